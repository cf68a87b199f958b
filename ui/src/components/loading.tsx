/** While something comes: quiet at first, so that what comes at once does not flicker. */
import { Center, Loader } from '@mantine/core';
import { useEffect, useState } from 'react';
import { t } from '../texts/texts.ts';

export const Loading = () => {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 250);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Center mih={160} role="status" aria-label={t.common.loading}>
      {isShown && <Loader size="sm" />}
    </Center>
  );
};
