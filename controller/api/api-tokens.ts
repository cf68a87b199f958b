/** /tokens: what programs may do. A token is shown once, when it is made. */
import { ApiTokenAnswer, ApiTokenInput, NewApiToken } from '../contract/account.ts';
import { PageQuery, pageOf, SearchText } from '../contract/page.ts';
import type { ApiTokenStore } from '../db/api-token-store.ts';
import { AppError } from '../errors.ts';
import type { Authentication } from './authentication.ts';
import { admin } from './caller.ts';
import { matches, paginate } from './paginate.ts';
import { type Route, route } from './route.ts';

export type ApiTokenRoutes = { tokens: ApiTokenStore; authentication: Pick<Authentication, 'forget'> };

export function apiTokenRoutes({ tokens, authentication }: ApiTokenRoutes): Route[] {
  const tag = 'Tokens';
  const access = admin('all');
  return [
    route({
      method: 'get',
      path: '/tokens',
      id: 'listApiTokens',
      tag,
      summary: 'The API tokens of the workspace',
      access,
      query: PageQuery.extend({ search: SearchText.optional() }),
      answer: pageOf(ApiTokenAnswer),
      handle: async ({ workspaceId, query }) => {
        const found = (await tokens.list(workspaceId)).filter(({ name }) => matches(query.search, name));
        return { body: paginate(found, query, ({ name }) => name) };
      },
    }),
    route({
      method: 'post',
      path: '/tokens',
      id: 'createApiToken',
      tag,
      summary: 'Make an API token',
      description: 'The answer is the only one that ever has the token.',
      access,
      body: ApiTokenInput,
      status: 201,
      answer: NewApiToken,
      problems: ['conflict'],
      handle: async ({ workspaceId, body, caller, commit }) => {
        if (body.expiresAt !== null && Date.parse(body.expiresAt) <= Date.now()) {
          const text = 'must lie ahead';
          throw new AppError('invalid-input', `expiresAt: ${text}`, { fields: { expiresAt: text } });
        }
        let token = '';
        const tokenId = await commit('api_token', null, async () => {
          const made = await tokens.create(workspaceId, { ...body, createdBy: caller.actor.name });
          token = made.token;
          return made.id;
        });
        const location = `/api/v1/tokens/${tokenId}`;
        return { body: { ...(await tokens.get(workspaceId, tokenId)), token }, location };
      },
    }),
    route({
      method: 'get',
      path: '/tokens/:tokenId',
      id: 'getApiToken',
      tag,
      summary: 'One API token, without the token itself',
      access,
      answer: ApiTokenAnswer,
      handle: async ({ workspaceId, params }) => ({ body: await tokens.get(workspaceId, params.tokenId) }),
    }),
    route({
      method: 'delete',
      path: '/tokens/:tokenId',
      id: 'revokeApiToken',
      tag,
      summary: 'Revoke an API token, at once',
      access,
      handle: async ({ workspaceId, params, commit }) => {
        const { id } = await tokens.get(workspaceId, params.tokenId);
        await commit('api_token', id, () => tokens.revoke(workspaceId, id));
        authentication.forget();
        return { body: undefined };
      },
    }),
  ];
}
