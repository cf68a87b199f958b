/** /setup: the first administrator. /session: signing in and out, and one's own password. */
import { z } from 'zod';
import type { Passwords } from '../accounts/password.ts';
import type { From, SignIn } from '../accounts/sign-in.ts';
import { PasswordChange, SessionAnswer, SessionInput, SetupInput, SetupState } from '../contract/account.ts';
import type { SessionStore, SignedIn } from '../db/session-store.ts';
import type { UserStore } from '../db/user-store.ts';
import { AppError } from '../errors.ts';
import type { Authentication } from './authentication.ts';
import { clearSessionCookie, setSessionCookie } from './browser.ts';
import type { Caller } from './caller.ts';
import { addressOf } from './mount.ts';
import { type Context, type Route, route } from './route.ts';
import { isToken, type TokenHash } from './token.ts';

export type SessionRoutes = {
  users: UserStore;
  sessions: SessionStore;
  signIn: SignIn;
  passwords: Passwords;
  authentication: Pick<Authentication, 'forget'>;
  /** of the token in the data directory */
  tokenHash: TokenHash;
};

type Any = Pick<Context<string, unknown, unknown>, 'request' | 'response' | 'caller'>;

export function sessionRoutes(options: SessionRoutes): Route[] {
  const { users, sessions, signIn, passwords, authentication, tokenHash } = options;
  const tag = 'Session';
  const welcome = ({ request, response }: Any, signedIn: SignedIn) => {
    if (signedIn.newCookie !== null) setSessionCookie(request, response, signedIn.newCookie);
    const { workspaces, user } = signedIn;
    const first = workspaces[0];
    return {
      body: toAnswer(signedIn, first?.id ?? null, user.installation ? 'admin' : (first?.role ?? null)),
    };
  };
  return [
    route({
      method: 'get',
      path: '/setup',
      id: 'getSetup',
      tag,
      summary: 'Whether the first administrator has still to be made',
      access: { kind: 'public' },
      answer: SetupState,
      handle: async ({ caller }) => {
        const needed = !(await users.isSetUp());
        return { body: { needed, tokenNeeded: needed && !isLoopback(caller.actor.address) } };
      },
    }),
    route({
      method: 'post',
      path: '/setup',
      id: 'createFirstAdministrator',
      tag,
      summary: 'Make the first administrator, once, and sign in',
      description:
        'From another machine than the one that Offhook runs on, the content of the file `api-token` in its data directory has to be sent as `token`.',
      access: { kind: 'public' },
      body: SetupInput,
      status: 201,
      answer: SessionAnswer,
      problems: ['conflict', 'forbidden'],
      handle: async (context) => {
        const { email, name, password, token } = context.body;
        if (await users.isSetUp()) {
          throw new AppError('conflict', 'the first administrator has been made already');
        }
        const isOwner =
          token === undefined ? isLoopback(context.caller.actor.address) : isToken(token, tokenHash);
        if (!isOwner) {
          const text = 'the content of the file api-token in the data directory';
          throw new AppError('forbidden', `from another machine, give ${text}`, { fields: { token: text } });
        }
        const passwordHash = await passwords.hash(password);
        const userId = await context.commit('user_account', null, () =>
          users.setUp({ email, name, passwordHash }, context.workspaceId),
        );
        return welcome(context, await sessions.open(userId, fromOf(context)));
      },
    }),
    route({
      method: 'post',
      path: '/session',
      id: 'signIn',
      tag,
      summary: 'Sign in',
      description:
        'Sets the session cookie. The answer has the proof that requests which change something must send in the header `Offhook-Proof`.',
      access: { kind: 'public' },
      body: SessionInput,
      status: 201,
      answer: SessionAnswer,
      unaudited: true,
      problems: ['wrong-credentials', 'too-many-requests'],
      handle: async (context) => {
        const { email, password } = context.body;
        return welcome(context, await signIn.signIn(email, password, fromOf(context)));
      },
    }),
    route({
      method: 'get',
      path: '/session',
      id: 'getSession',
      tag,
      summary: 'Who is signed in',
      access: { kind: 'person' },
      answer: SessionAnswer,
      handle: ({ caller }) => ({ body: toAnswer(personOf(caller), caller.workspaceId, caller.role) }),
    }),
    route({
      method: 'delete',
      path: '/session',
      id: 'signOut',
      tag,
      summary: 'Sign out',
      access: { kind: 'person' },
      unaudited: true,
      handle: async ({ caller, request, response }) => {
        await sessions.end(personOf(caller).sessionId);
        authentication.forget();
        clearSessionCookie(request, response);
        return { body: undefined };
      },
    }),
    route({
      method: 'put',
      path: '/session/password',
      id: 'changeOwnPassword',
      tag,
      summary: 'Change the own password; all other sessions end',
      access: { kind: 'person' },
      body: PasswordChange,
      answer: z.object({}),
      problems: ['wrong-credentials', 'too-many-requests'],
      handle: async (context) => {
        const { user, sessionId } = personOf(context.caller);
        const { currentPassword, newPassword } = context.body;
        await signIn.confirm(user, currentPassword, fromOf(context));
        const passwordHash = await passwords.hash(newPassword);
        await context.commit('user_account', user.id, async () => {
          await users.setPassword(user.id, passwordHash);
          await sessions.endOf(user.id, sessionId);
        });
        authentication.forget();
        return { body: {} };
      },
    }),
  ];
}

const personOf = ({ signedIn }: Caller): SignedIn => {
  if (signedIn === null) throw new Error('a route for people was called without one');
  return signedIn;
};

const toAnswer = (
  { user, workspaces, proof, expiresAt }: SignedIn,
  workspaceId: string | null,
  role: Caller['role'],
) => ({
  user,
  workspaces: user.installation
    ? workspaces.map((workspace) => ({ ...workspace, role: 'admin' as const }))
    : workspaces,
  workspaceId,
  role,
  proof,
  expiresAt: expiresAt.toISOString(),
});

const fromOf = ({ request }: Pick<Any, 'request'>): From => ({
  address: addressOf(request),
  userAgent: request.get('user-agent') ?? '',
});

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');
