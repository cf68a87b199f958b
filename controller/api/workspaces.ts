/** /workspaces: the ones that the caller belongs to; making, renaming and removing them. */
import type { Configuration } from '../configuration.ts';
import { WorkspaceAnswer, WorkspaceInput } from '../contract/account.ts';
import { PageQuery, pageOf, SearchText } from '../contract/page.ts';
import type { Workspace, WorkspaceStore } from '../db/workspace-store.ts';
import { AppError } from '../errors.ts';
import type { Authentication } from './authentication.ts';
import { type Caller, viewer } from './caller.ts';
import { matches, paginate } from './paginate.ts';
import { type Route, route } from './route.ts';

export type WorkspaceRoutes = {
  workspaces: WorkspaceStore;
  configuration: Pick<Configuration, 'refreshWorkspace'>;
  authentication: Pick<Authentication, 'forget'>;
};

export function workspaceRoutes({ workspaces, configuration, authentication }: WorkspaceRoutes): Route[] {
  const tag = 'Workspaces';
  const access = { kind: 'installation' } as const;
  const all = async (caller: Caller) =>
    (await workspaces.list()).flatMap((workspace) => {
      const role = roleIn(workspace, caller);
      return role === null ? [] : [{ ...workspace, role }];
    });
  const shown = async (caller: Caller, workspaceId: string) => {
    const workspace = (await all(caller)).find(({ id }) => id === workspaceId);
    if (workspace === undefined) throw new AppError('not-found', 'there is no such workspace');
    const { version, ...body } = workspace;
    return { body, version };
  };
  return [
    route({
      method: 'get',
      path: '/workspaces',
      id: 'listWorkspaces',
      tag,
      summary: 'The workspaces that the caller belongs to',
      access: viewer('settings:read'),
      query: PageQuery.extend({ search: SearchText.optional() }),
      answer: pageOf(WorkspaceAnswer),
      handle: async ({ caller, query }) => {
        const found = (await all(caller)).filter(({ name }) => matches(query.search, name));
        return { body: paginate(found, query, ({ name }) => name) };
      },
    }),
    route({
      method: 'post',
      path: '/workspaces',
      id: 'createWorkspace',
      tag,
      summary: 'Make a workspace',
      access,
      body: WorkspaceInput,
      status: 201,
      answer: WorkspaceAnswer,
      handle: async ({ body, caller, commit }) => {
        const workspaceId = await commit('workspace', null, () => workspaces.create(body.name));
        await configuration.refreshWorkspace(workspaceId);
        authentication.forget();
        return { ...(await shown(caller, workspaceId)), location: `/api/v1/workspaces/${workspaceId}` };
      },
    }),
    route({
      method: 'get',
      path: '/workspaces/:workspaceId',
      id: 'getWorkspace',
      tag,
      summary: 'One workspace',
      access: viewer('settings:read'),
      answer: WorkspaceAnswer,
      handle: ({ caller, params }) => shown(caller, params.workspaceId),
    }),
    route({
      method: 'patch',
      path: '/workspaces/:workspaceId',
      id: 'renameWorkspace',
      tag,
      summary: 'Rename a workspace',
      access,
      body: WorkspaceInput,
      answer: WorkspaceAnswer,
      handle: async ({ params, body, caller, commit }) => {
        const { id } = (await shown(caller, params.workspaceId)).body;
        await commit('workspace', id, () => workspaces.rename(id, body.name));
        await configuration.refreshWorkspace(id);
        authentication.forget();
        return await shown(caller, id);
      },
    }),
    route({
      method: 'delete',
      path: '/workspaces/:workspaceId',
      id: 'removeWorkspace',
      tag,
      summary: 'Remove a workspace in which nothing is left',
      access,
      problems: ['conflict'],
      handle: async ({ params, caller, commit, workspaceId }) => {
        const { id } = (await shown(caller, params.workspaceId)).body;
        if (id === workspaceId) throw new AppError('conflict', 'the request itself is for this workspace');
        await commit('workspace', id, () => workspaces.remove(id));
        await configuration.refreshWorkspace(id);
        authentication.forget();
        return { body: undefined };
      },
    }),
  ];
}

/** Null: not his, so that he does not even learn that it is there. */
function roleIn({ id }: Workspace, { installation, signedIn, workspaceId }: Caller) {
  if (installation) return 'admin' as const;
  if (signedIn !== null) return signedIn.workspaces.find((own) => own.id === id)?.role ?? null;
  return id === workspaceId ? ('admin' as const) : null;
}
