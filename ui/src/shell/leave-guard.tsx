/** Asks before input is lost that is not saved yet: on the way to another screen, and to another page. */
import { lazy, Suspense, useEffect } from 'react';
import { useBlocker } from 'react-router';
import type { UnsavedInput } from '../forms/unsaved-input.ts';

const LeaveQuestion = lazy(async () => ({ default: (await import('./leave-question.tsx')).LeaveQuestion }));

export const LeaveGuard = ({ unsaved }: { unsaved: UnsavedInput }) => {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      (currentLocation.pathname !== nextLocation.pathname ||
        currentLocation.search !== nextLocation.search) &&
      unsaved.isLostAt(nextLocation),
  );
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (unsaved.isLostAt(null)) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [unsaved]);
  return blocker.state === 'blocked' ? (
    <Suspense>
      <LeaveQuestion onStay={() => blocker.reset()} onLeave={() => blocker.proceed()} />
    </Suspense>
  ) : null;
};
