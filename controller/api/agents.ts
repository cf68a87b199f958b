/** /agents: who answers. A change takes effect with the next call. */
import { Router } from 'express';
import type { Configuration } from '../configuration.ts';
import { type Agent, AgentInput, AgentPatch } from '../contract/agent.ts';
import type { AgentStore } from '../db/agent-store.ts';
import { AppError } from '../errors.ts';
import { parseBody, pathPart } from './input.ts';

export type AgentRoutes = { configuration: Configuration; agents: AgentStore };

export function agentsRouter({ configuration, agents }: AgentRoutes): Router {
  const find = (agentId: string): Agent => {
    const agent = configuration.current.agents.get(agentId);
    if (agent === undefined) throw new AppError('not-found', 'there is no such agent');
    return agent;
  };
  const router = Router();
  router.get('/', (_request, response) => {
    const items = [...configuration.current.agents.values()];
    response.json({ items: items.sort((one, other) => one.name.localeCompare(other.name)) });
  });
  router.post('/', async (request, response) => {
    const agentId = await agents.create(parseBody(AgentInput, request));
    await configuration.refreshAgent(agentId);
    response.status(201).location(`/api/v1/agents/${agentId}`).json(find(agentId));
  });
  router.get('/:agentId', (request, response) => {
    response.json(find(pathPart(request, 'agentId')));
  });
  router.patch('/:agentId', async (request, response) => {
    const { id: agentId } = find(pathPart(request, 'agentId'));
    await agents.change(agentId, parseBody(AgentPatch, request));
    await configuration.refreshAgent(agentId);
    response.json(find(agentId));
  });
  router.delete('/:agentId', async (request, response) => {
    const { id: agentId } = find(pathPart(request, 'agentId'));
    await agents.remove(agentId);
    await configuration.refreshAgent(agentId);
    response.status(204).end();
  });
  return router;
}
