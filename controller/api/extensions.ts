/** /trunks/:trunkId/extensions: the directory of one trunk. */
import { z } from 'zod';
import type { Configuration } from '../configuration.ts';
import { ExtensionAnswer } from '../contract/answers.ts';
import { ExtensionInput, ExtensionPatch } from '../contract/extension.ts';
import { PageQuery, pageOf, SearchText } from '../contract/page.ts';
import { AppError } from '../errors.ts';
import type { StoresOf } from '../open-stores.ts';
import { operator, viewer } from './caller.ts';
import { findTrunk } from './input.ts';
import { is, matches, paginate } from './paginate.ts';
import { type Route, route } from './route.ts';

export type ExtensionRoutes = { configuration: Configuration; stores: StoresOf };

export function extensionRoutes({ configuration, stores }: ExtensionRoutes): Route[] {
  const tag = 'Directory';
  const trunkOf = (workspaceId: string, trunkId: string) => findTrunk(configuration.of(workspaceId), trunkId);
  const find = (workspaceId: string, trunkId: string, extensionId: string) => {
    const extension = trunkOf(workspaceId, trunkId).directory.find(({ id }) => id === extensionId);
    if (extension === undefined) throw new AppError('not-found', 'the trunk has no such extension');
    return { body: extension, version: extension.version };
  };
  return [
    route({
      method: 'get',
      path: '/trunks/:trunkId/extensions',
      id: 'listExtensions',
      tag,
      summary: 'The directory of a trunk, by extension',
      access: viewer('directory:read'),
      query: PageQuery.extend({
        /** in extension, name, owner, department and aliases */
        search: SearchText.optional(),
        department: SearchText.optional(),
        enabled: z.enum(['true', 'false']).optional(),
      }),
      answer: pageOf(ExtensionAnswer),
      handle: ({ workspaceId, params, query }) => {
        const enabled = query.enabled === undefined ? undefined : query.enabled === 'true';
        const found = trunkOf(workspaceId, params.trunkId)
          .directory.filter((entry) =>
            matches(query.search, entry.ext, entry.name, entry.owner, entry.department, ...entry.aliases),
          )
          .filter((entry) => is(query.department, entry.department) && is(enabled, entry.enabled));
        return { body: paginate(found, query, ({ ext }) => ext) };
      },
    }),
    route({
      method: 'post',
      path: '/trunks/:trunkId/extensions',
      id: 'createExtension',
      tag,
      summary: 'Add an extension to the directory',
      access: operator('directory:write'),
      body: ExtensionInput,
      status: 201,
      answer: ExtensionAnswer,
      problems: ['conflict'],
      handle: async ({ workspaceId, params, body, commit }) => {
        const { id: trunkId } = trunkOf(workspaceId, params.trunkId);
        const extensionId = await commit('extension', null, () =>
          stores(workspaceId).extensions.create(trunkId, body),
        );
        await configuration.refreshExtension(trunkId, extensionId);
        const location = `/api/v1/trunks/${trunkId}/extensions/${extensionId}`;
        return { ...find(workspaceId, trunkId, extensionId), location };
      },
    }),
    route({
      method: 'get',
      path: '/trunks/:trunkId/extensions/:extensionId',
      id: 'getExtension',
      tag,
      summary: 'One extension',
      access: viewer('directory:read'),
      answer: ExtensionAnswer,
      handle: ({ workspaceId, params }) => find(workspaceId, params.trunkId, params.extensionId),
    }),
    route({
      method: 'patch',
      path: '/trunks/:trunkId/extensions/:extensionId',
      id: 'changeExtension',
      tag,
      summary: 'Change an extension; what is left out stays',
      access: operator('directory:write'),
      body: ExtensionPatch,
      answer: ExtensionAnswer,
      problems: ['conflict'],
      handle: async ({ workspaceId, params, body, commit }) => {
        const { id, trunkId } = find(workspaceId, params.trunkId, params.extensionId).body;
        await commit('extension', id, () => stores(workspaceId).extensions.change(trunkId, id, body));
        await configuration.refreshExtension(trunkId, id);
        return find(workspaceId, trunkId, id);
      },
    }),
    route({
      method: 'delete',
      path: '/trunks/:trunkId/extensions/:extensionId',
      id: 'removeExtension',
      tag,
      summary: 'Delete an extension from the directory',
      access: operator('directory:write'),
      handle: async ({ workspaceId, params, commit }) => {
        const { id, trunkId } = find(workspaceId, params.trunkId, params.extensionId).body;
        await commit('extension', id, () => stores(workspaceId).extensions.remove(trunkId, id));
        await configuration.refreshExtension(trunkId, id);
        return { body: undefined };
      },
    }),
  ];
}
