/** Lets in who is logged in, and opens the live link for him; shows the log-in to everybody else. */
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { currentToken, keepToken } from '../api/token.ts';
import { LiveStore } from '../live/live-store.ts';
import { LiveContext } from '../live/use-live.ts';
import { LogInScreen } from './log-in-screen.tsx';
import { SessionContext } from './use-session.ts';

export const SessionGate = ({ children }: { children: ReactNode }) => {
  const [token, setToken] = useState(currentToken);
  const [live] = useState(() => new LiveStore());
  const queries = useQueryClient();
  const connection = useSyncExternalStore(live.subscribe, () => live.read().connection);
  const isIn = token !== null && connection !== 'unauthorized';
  useEffect(() => {
    if (token === null) return undefined;
    live.open();
    return () => live.close();
  }, [token, live]);
  const session = useMemo(
    () => ({
      name: '',
      role: 'admin' as const,
      logOut: () => {
        keepToken(null);
        setToken(null);
        queries.clear();
      },
    }),
    [queries],
  );
  if (!isIn) {
    return (
      <LogInScreen
        onLogIn={(given) => {
          keepToken(given);
          setToken(given);
        }}
      />
    );
  }
  return (
    <SessionContext value={session}>
      <LiveContext value={live}>{children}</LiveContext>
    </SessionContext>
  );
};
