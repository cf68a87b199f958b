/** Who is signed in, for screens. `session-gate.tsx` provides it. */
import { createContext, useCallback, useContext } from 'react';
import type { Role, SessionAnswer } from '../../../controller/contract/account.ts';

export type Session = SessionAnswer & { logOut: () => void };

export const SessionContext = createContext<Session | null>(null);

export const useSession = (): Session => {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('no SessionContext above');
  return session;
};

/** From the least to the most, as in the contract (which has zod with it, and is not for the first load). */
const roles: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Whether who is signed in may do what takes a role; the controller is asked again anyway. */
export const useRights = (): ((role: Role) => boolean) => {
  const own = useSession().role;
  return useCallback((role) => own !== null && roles.indexOf(own) >= roles.indexOf(role), [own]);
};

export const useMay = (role: Role): boolean => useRights()(role);
