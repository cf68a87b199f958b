/** Lets in who is signed in, and opens the live link for him; shows everybody else the log-in, or the first run. */
import { Center } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import type { SessionAnswer } from '../../../controller/contract/account.ts';
import { whenSignedOut } from '../api/request.ts';
import { FailureNote } from '../components/failure-note.tsx';
import { Loading } from '../components/loading.tsx';
import { LiveStore } from '../live/live-store.ts';
import { LiveContext } from '../live/use-live.ts';
import { sessionQuery, setupQuery, signOut } from './session.ts';
import { SessionContext } from './use-session.ts';

const LogInScreen = lazy(async () => ({ default: (await import('./log-in-screen.tsx')).LogInScreen }));
const FirstRunScreen = lazy(async () => ({
  default: (await import('./first-run-screen.tsx')).FirstRunScreen,
}));

export const SessionGate = ({ children }: { children: ReactNode }) => {
  const queries = useQueryClient();
  const session = useQuery(sessionQuery);
  const enter = useCallback(
    (entered: SessionAnswer) => queries.setQueryData(sessionQuery.queryKey, entered),
    [queries],
  );
  const leave = useCallback(() => {
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    queries.setQueryData(sessionQuery.queryKey, null);
  }, [queries]);
  useEffect(() => whenSignedOut(leave), [leave]);
  if (session.data === undefined)
    return session.error === null ? (
      <Loading />
    ) : (
      <Center mih="100vh" p="md" component="main">
        <FailureNote error={session.error} onRetry={() => void session.refetch()} />
      </Center>
    );
  return (
    <Suspense fallback={<Loading />}>
      {session.data === null ? (
        <Outside onEnter={enter} />
      ) : (
        <Inside session={session.data} onLeave={leave}>
          {children}
        </Inside>
      )}
    </Suspense>
  );
};

const Outside = ({ onEnter }: { onEnter: (session: SessionAnswer) => void }) => {
  const setup = useQuery(setupQuery);
  if (setup.data === undefined)
    return setup.error === null ? (
      <Loading />
    ) : (
      <FailureNote error={setup.error} onRetry={() => void setup.refetch()} />
    );
  return setup.data.needed ? (
    <FirstRunScreen isTokenNeeded={setup.data.tokenNeeded} onEnter={onEnter} />
  ) : (
    <LogInScreen onEnter={onEnter} />
  );
};

const Inside = (props: { session: SessionAnswer; onLeave: () => void; children: ReactNode }) => {
  const { session, onLeave, children } = props;
  const [live] = useState(() => new LiveStore(session.workspaceId));
  const connection = useSyncExternalStore(live.subscribe, () => live.read().connection);
  useEffect(() => {
    live.open();
    return () => live.close();
  }, [live]);
  useEffect(() => {
    if (connection === 'unauthorized') onLeave();
  }, [connection, onLeave]);
  const own = useMemo(
    () => ({ ...session, logOut: () => void signOut().then(onLeave, onLeave) }),
    [session, onLeave],
  );
  return (
    <SessionContext value={own}>
      <LiveContext value={live}>{children}</LiveContext>
    </SessionContext>
  );
};
