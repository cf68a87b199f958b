/** Signing in and out, and the first administrator, against the API. */
import { queryOptions } from '@tanstack/react-query';
import type { SessionAnswer, SetupState } from '../../../controller/contract/account.ts';
import { ApiFailure } from '../api/problem.ts';
import { keepProof, keepWorkspace, request } from '../api/request.ts';
import { chosenWorkspace, rememberWorkspace } from './chosen-workspace.ts';

const choose = (workspaceId: string | null): void => {
  rememberWorkspace(workspaceId);
  keepWorkspace(workspaceId);
};
keepWorkspace(chosenWorkspace());

/** null: nobody is signed in */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }): Promise<SessionAnswer | null> => {
    try {
      return taken(await request<SessionAnswer>('GET', '/session', { signal }));
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (error.status === 401) return null;
      if (error.status !== 404 || chosenWorkspace() === null) throw error;
      // it is gone, or this is another account, which may not enter it
      choose(null);
      return taken(await request<SessionAnswer>('GET', '/session', { signal }));
    }
  },
});

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => request<SetupState>('GET', '/setup', { signal }),
});

export const signIn = async (body: { email: string; password: string }): Promise<SessionAnswer> => {
  // of who was here before, perhaps
  choose(null);
  return taken(await request<SessionAnswer>('POST', '/session', { body }));
};

export type FirstAdministrator = { name: string; email: string; password: string; token?: string };
export const setUp = async (body: FirstAdministrator): Promise<SessionAnswer> =>
  taken(await request<SessionAnswer>('POST', '/setup', { body }));

export const signOut = (): Promise<unknown> => request('DELETE', '/session');

const taken = (session: SessionAnswer): SessionAnswer => {
  keepProof(session.proof);
  return session;
};
