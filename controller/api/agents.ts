/** /agents: who answers. A change takes effect with the next call. */
import type { Configuration } from '../configuration.ts';
import { AgentInput, AgentKind, AgentPatch } from '../contract/agent.ts';
import { AgentAnswer } from '../contract/answers.ts';
import { PageQuery, pageOf, SearchText } from '../contract/page.ts';
import { AppError } from '../errors.ts';
import type { StoresOf } from '../open-stores.ts';
import { admin, viewer } from './caller.ts';
import { is, matches, paginate } from './paginate.ts';
import { type Route, route } from './route.ts';

export type AgentRoutes = { configuration: Configuration; stores: StoresOf };

export function agentRoutes({ configuration, stores }: AgentRoutes): Route[] {
  const tag = 'Agents';
  const find = (workspaceId: string, agentId: string) => {
    const agent = configuration.of(workspaceId).agents.get(agentId);
    if (agent === undefined) throw new AppError('not-found', 'there is no such agent');
    return { body: agent, version: agent.version };
  };
  return [
    route({
      method: 'get',
      path: '/agents',
      id: 'listAgents',
      tag,
      summary: 'The agents, by name',
      access: viewer('agents:read'),
      query: PageQuery.extend({ search: SearchText.optional(), kind: AgentKind.optional() }),
      answer: pageOf(AgentAnswer),
      handle: ({ workspaceId, query }) => {
        const found = [...configuration.of(workspaceId).agents.values()]
          .filter(({ name }) => matches(query.search, name))
          .filter(({ kind }) => is(query.kind, kind));
        return { body: paginate(found, query, ({ name }) => name) };
      },
    }),
    route({
      method: 'post',
      path: '/agents',
      id: 'createAgent',
      tag,
      summary: 'Make an agent',
      access: admin('agents:write'),
      body: AgentInput,
      status: 201,
      answer: AgentAnswer,
      problems: ['conflict'],
      handle: async ({ workspaceId, body, commit }) => {
        const agentId = await commit('agent', null, () => stores(workspaceId).agents.create(body));
        await configuration.refreshAgent(agentId);
        return { ...find(workspaceId, agentId), location: `/api/v1/agents/${agentId}` };
      },
    }),
    route({
      method: 'get',
      path: '/agents/:agentId',
      id: 'getAgent',
      tag,
      summary: 'One agent',
      access: viewer('agents:read'),
      answer: AgentAnswer,
      handle: ({ workspaceId, params }) => find(workspaceId, params.agentId),
    }),
    route({
      method: 'patch',
      path: '/agents/:agentId',
      id: 'changeAgent',
      tag,
      summary: 'Change an agent; what is left out stays',
      access: admin('agents:write'),
      body: AgentPatch,
      answer: AgentAnswer,
      problems: ['conflict'],
      handle: async ({ workspaceId, params, body, commit }) => {
        const { id } = find(workspaceId, params.agentId).body;
        await commit('agent', id, () => stores(workspaceId).agents.change(id, body));
        await configuration.refreshAgent(id);
        return find(workspaceId, id);
      },
    }),
    route({
      method: 'delete',
      path: '/agents/:agentId',
      id: 'removeAgent',
      tag,
      summary: 'Delete an agent that no trunk and no number needs',
      access: admin('agents:write'),
      problems: ['conflict'],
      handle: async ({ workspaceId, params, commit }) => {
        const { id } = find(workspaceId, params.agentId).body;
        await commit('agent', id, () => stores(workspaceId).agents.remove(id));
        await configuration.refreshAgent(id);
        return { body: undefined };
      },
    }),
  ];
}
