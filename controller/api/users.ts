/** /users: who belongs to the workspace, and in which role. */
import type { Passwords } from '../accounts/password.ts';
import { Role, UserAnswer, UserInput, UserPatch } from '../contract/account.ts';
import { PageQuery, pageOf, SearchText } from '../contract/page.ts';
import type { SessionStore } from '../db/session-store.ts';
import type { UserStore } from '../db/user-store.ts';
import { AppError } from '../errors.ts';
import type { Authentication } from './authentication.ts';
import { admin } from './caller.ts';
import { is, matches, paginate } from './paginate.ts';
import { type Route, route } from './route.ts';

export type UserRoutes = {
  users: UserStore;
  sessions: SessionStore;
  passwords: Passwords;
  authentication: Pick<Authentication, 'forget'>;
};

export function userRoutes({ users, sessions, passwords, authentication }: UserRoutes): Route[] {
  const tag = 'Users';
  const access = admin('all');
  const shown = async (workspaceId: string, userId: string) => {
    const { version, ...body } = await users.find(workspaceId, userId);
    return { body, version };
  };
  return [
    route({
      method: 'get',
      path: '/users',
      id: 'listUsers',
      tag,
      summary: 'The users of the workspace',
      access,
      query: PageQuery.extend({ search: SearchText.optional(), role: Role.optional() }),
      answer: pageOf(UserAnswer),
      handle: async ({ workspaceId, query }) => {
        const found = (await users.list(workspaceId))
          .filter(({ name, email }) => matches(query.search, name, email))
          .filter(({ role }) => is(query.role, role));
        return { body: paginate(found, query, ({ name }) => name) };
      },
    }),
    route({
      method: 'post',
      path: '/users',
      id: 'createUser',
      tag,
      summary: 'Make a user, or let an existing account join the workspace',
      description:
        'With `name` and `password` a new account is made. Without a password an account that exists joins the workspace; only the administrator of the installation may do that.',
      access,
      body: UserInput,
      status: 201,
      answer: UserAnswer,
      problems: ['conflict', 'forbidden'],
      handle: async ({ workspaceId, body, caller, commit }) => {
        const { email, name, password, role } = body;
        let userId: string;
        if (password === undefined || name === undefined) {
          if (!caller.installation) throw missing(name === undefined ? 'name' : 'password');
          const existing = await users.findByEmail(email);
          if (existing === null) throw missing(name === undefined ? 'name' : 'password');
          userId = await commit('user_account', null, async () => {
            await users.join(workspaceId, existing.id, role);
            return existing.id;
          });
        } else {
          const passwordHash = await passwords.hash(password);
          userId = await commit('user_account', null, () =>
            users.create(workspaceId, { email, name, passwordHash }, role),
          );
        }
        authentication.forget();
        return { ...(await shown(workspaceId, userId)), location: `/api/v1/users/${userId}` };
      },
    }),
    route({
      method: 'get',
      path: '/users/:userId',
      id: 'getUser',
      tag,
      summary: 'One user',
      access,
      answer: UserAnswer,
      handle: ({ workspaceId, params }) => shown(workspaceId, params.userId),
    }),
    route({
      method: 'patch',
      path: '/users/:userId',
      id: 'changeUser',
      tag,
      summary: 'Change a user',
      description:
        'Name, password and `active` concern the account as a whole: where the user belongs to other workspaces too, only the administrator of the installation may change them. A new password, a lower role and deactivation end the sessions.',
      access,
      body: UserPatch,
      answer: UserAnswer,
      problems: ['conflict', 'forbidden'],
      handle: async ({ workspaceId, params, body, caller, commit }) => {
        const user = await users.find(workspaceId, params.userId);
        const { password, role, ...rest } = body;
        const concernsAccount =
          password !== undefined || Object.values(rest).some((value) => value !== undefined);
        if (concernsAccount && !caller.installation && !(await users.isOnlyOf(workspaceId, user.id))) {
          throw new AppError('forbidden', 'this account belongs to other workspaces too');
        }
        const passwordHash = password === undefined ? undefined : await passwords.hash(password);
        await commit('user_account', user.id, async () => {
          await users.change(workspaceId, user.id, { ...rest, role, passwordHash });
          if (passwordHash !== undefined || rest.active === false) await sessions.endOf(user.id);
        });
        authentication.forget();
        return await shown(workspaceId, user.id);
      },
    }),
    route({
      method: 'delete',
      path: '/users/:userId',
      id: 'removeUser',
      tag,
      summary: 'Take a user out of the workspace; an account without a workspace is deleted',
      access,
      problems: ['conflict'],
      handle: async ({ workspaceId, params, commit }) => {
        const user = await users.find(workspaceId, params.userId);
        await commit('user_account', user.id, () => users.leave(workspaceId, user.id));
        authentication.forget();
        return { body: undefined };
      },
    }),
  ];
}

const missing = (field: string): AppError =>
  new AppError('invalid-input', `${field}: must be given for a new account`, {
    fields: { [field]: 'must be given for a new account' },
  });
