/** In a screen's place when it cannot be loaded or drawn; the frame around it stays. */
import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { useRouteError } from 'react-router';
import { messageOf } from '../api/problem.ts';
import { Empty } from '../components/empty.tsx';
import { t } from '../texts/texts.ts';

export const ScreenFailure = () => {
  const error = useRouteError();
  const [isAway, setAway] = useState(false);
  /** Only when the controller answers: else the browser would put its own error page here. */
  const reload = async (): Promise<void> => {
    const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null);
    if (answer?.ok) window.location.reload();
    else setAway(true);
  };
  return (
    <Empty
      title={t.problems.screen}
      text={isAway ? t.problems.unreachable : t.problems.screenDo}
      detail={messageOf(error)}
    >
      <Group justify="center">
        <Button variant="default" onClick={() => void reload()}>
          {t.problems.reload}
        </Button>
      </Group>
    </Empty>
  );
};
