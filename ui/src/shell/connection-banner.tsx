/** A slim line while the live link is away, gone by itself when it is back. Screens keep what they show. */
import { Group, Loader, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useEffect, useRef, useState } from 'react';
import { useLive } from '../live/use-live.ts';
import { t } from '../texts/texts.ts';
import classes from './connection-banner.module.css';

/** shorter breaks are not worth a word */
const patienceMs = 1200;

export const ConnectionBanner = () => {
  const connection = useLive((state) => state.connection);
  const isLost = connection === 'lost';
  const [isShown, setShown] = useState(false);
  const wasShown = useRef(false);
  useEffect(() => {
    if (!isLost) {
      if (wasShown.current) notifications.show({ message: t.shell.back, color: 'teal', autoClose: 2500 });
      wasShown.current = false;
      setShown(false);
      return undefined;
    }
    const timer = setTimeout(() => {
      wasShown.current = true;
      setShown(true);
    }, patienceMs);
    return () => clearTimeout(timer);
  }, [isLost]);
  return (
    <div role="status">
      {isShown && (
        <Group className={classes['banner']} gap="xs" wrap="nowrap">
          <Loader size={14} color="currentColor" />
          <Text fz="sm" fw={500}>
            {t.shell.lost}
          </Text>
        </Group>
      )}
    </div>
  );
};
