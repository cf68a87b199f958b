/** Who is logged in, for screens. `session-gate.tsx` provides it. */
import { createContext, useContext } from 'react';

export type Session = {
  /** blank for whoever came with an API token */
  name: string;
  role: 'viewer' | 'operator' | 'admin';
  logOut: () => void;
};

export const SessionContext = createContext<Session | null>(null);

export const useSession = (): Session => {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('no SessionContext above');
  return session;
};
