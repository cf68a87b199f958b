/** Two workspaces with one of everything, and the people who try every route there. For tests. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect } from 'vitest';
import type { Role } from '../contract/account.ts';
import { defaultWorkspaceId } from '../db/database.ts';
import { startTestPostgres } from '../db/test-postgres.ts';
import { BrowserClient } from './browser-client.ts';
import { addressOf, prepareWorld, sampleOf, type World } from './every-request.ts';
import type { Route } from './route.ts';
import { type Answer, startTestApi, type TestApi } from './test-api.ts';

const password = 'correct horse battery';

export type Stage = {
  api: TestApi;
  /** of the default workspace */
  own: World;
  other: World;
  /** the administrator of the installation */
  owner: BrowserClient;
  /** warnings and errors */
  logged: string[];
  protectedRoutes: Route[];
  /** A new user, signed in. */
  userOf(role: Role, workspaceId?: string): Promise<BrowserClient>;
  stop(): Promise<void>;
};

export async function openStage(): Promise<Stage> {
  const postgres = await startTestPostgres();
  const logged: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  const api = await startTestApi(await postgres.createDatabase(), log);
  await api.recordings.start();
  const clientOf = async (path: string, body: unknown): Promise<BrowserClient> => {
    const browser = new BrowserClient(api.url);
    const answer = await browser.send('POST', path, body);
    expect(answer, answer.text).toMatchObject({ status: 201 });
    browser.proof = (answer.body as { proof: string }).proof;
    return browser;
  };
  const owner = await clientOf('/api/v1/setup', { email: 'ann@example.com', name: 'Ann', password });
  const own = await prepareWorld(api, defaultWorkspaceId, (method, path, body) =>
    api.send(method, path, body),
  );
  const second = (await api.send('POST', '/api/v1/workspaces', { name: 'Second' })).body as { id: string };
  const there = Object.assign(new BrowserClient(api.url), owner, { workspaceId: second.id });
  const other = await prepareWorld(api, second.id, (method, path, body) => there.send(method, path, body));
  return {
    api,
    own,
    other,
    owner,
    logged,
    protectedRoutes: api.routes.filter(({ access }) => access.kind !== 'public'),
    userOf: async (role, workspaceId = defaultWorkspaceId) => {
      const email = `${randomUUID()}@example.com`;
      const input = { email, name: role, password, role };
      const made = await owner.send('POST', '/api/v1/users', input, { 'Offhook-Workspace': workspaceId });
      expect(made, made.text).toMatchObject({ status: 201 });
      return await clientOf('/api/v1/session', { email, password });
    },
    stop: async () => {
      await api.recordings.stop();
      await api.stop();
      await postgres.stop();
    },
  };
}

/** Sends what the route's sample says, with the ids of that world. */
export async function ask(
  client: BrowserClient,
  route: Route,
  world: World,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const sample = sampleOf(route.id, world);
  const { body, type } = sample;
  return await client.send(
    route.method.toUpperCase(),
    addressOf(route.path, sample),
    body,
    type === undefined ? headers : { ...headers, 'Content-Type': type },
  );
}
