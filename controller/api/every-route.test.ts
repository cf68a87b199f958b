/** Tries every declared route with every wrong right, so that a new one is covered by itself. */
import type { Express } from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../contract/account.ts';
import { defaultWorkspaceId } from '../db/database.ts';
import { BrowserClient } from './browser-client.ts';
import { sampleOf, type World } from './every-request.ts';
import { ask, openStage, type Stage } from './every-stage.ts';
import { problem, type TestApi } from './test-api.ts';

let stage: Stage;
let api: TestApi;
let own: World;
let other: World;
let owner: BrowserClient;
beforeAll(async () => {
  stage = await openStage();
  ({ api, own, other, owner } = stage);
}, 60_000);
afterAll(() => stage.stop());

const protectedRoutes = () => stage.protectedRoutes;
const userOf: Stage['userOf'] = (...asked) => stage.userOf(...asked);
/** Nothing of a workspace may be changed by what is refused; the last uses of sessions are no part of it. */
const contents = async (workspaceId: string): Promise<string> =>
  JSON.stringify(
    await api.database.run((prisma) =>
      Promise.all([
        prisma.trunk.findMany({
          where: { workspaceId },
          include: { extensions: true },
          orderBy: { id: 'asc' },
        }),
        prisma.agent.findMany({ where: { workspaceId }, orderBy: { id: 'asc' } }),
        prisma.number.findMany({ where: { workspaceId }, orderBy: { id: 'asc' } }),
        prisma.membership.findMany({ where: { workspaceId }, orderBy: { userId: 'asc' } }),
        prisma.apiToken.findMany({ where: { workspaceId }, orderBy: { id: 'asc' } }),
        prisma.workspace.findMany({
          where: { id: workspaceId },
          omit: { walletBalanceMicros: true, walletPriceMicros: true, walletLowMicros: true },
        }),
        prisma.auditEntry.count({ where: { workspaceId } }),
      ]),
    ),
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );
test('every Express route below /api is declared', () => {
  type Layer = { route?: { path: string | string[] }; handle: { stack?: Layer[] } };
  const found: string[] = [];
  const collect = (layers: Layer[]): void => {
    for (const { route, handle } of layers) {
      if (route) found.push(...[route.path].flat());
      if (handle.stack) collect(handle.stack);
    }
  };
  collect((api.app as Express & { router: { stack: Layer[] } }).router.stack);
  const declared = new Set(api.routes.map(({ path }) => path));
  const elsewhere = found.filter((path) => !declared.has(path));
  // health, the document, the UI, and what bots ask at the addresses that their protocols have
  expect(elsewhere.sort((one, two) => one.localeCompare(two))).toEqual([
    '/{*screen}',
    '/2010-04-01/Accounts/:accountSid/Calls/:callSid.json',
    '/2010-04-01/Accounts/:accountSid/Calls/:callSid.json',
    '/api/docs',
    '/api/docs/open.js',
    '/api/docs/swagger-ui-bundle.js',
    '/api/docs/swagger-ui.css',
    '/api/v1/openapi.json',
    '/bots/calls/:token/tools/:tool',
    '/healthz',
    '/metrics',
    '/offhook.v1.schema.json',
    '/readyz',
  ]);
  expect(new Set(api.routes.map(({ id }) => id)).size).toBe(api.routes.length);
  for (const { id } of api.routes) sampleOf(id, own);
});

test('no credentials, an ended session, a missing proof, a foreign page: refused by every route', async () => {
  const before = await contents(defaultWorkspaceId);
  const ended = await userOf('admin');
  const cookie = ended.cookie;
  await ended.send('DELETE', '/api/v1/session');
  ended.cookie = cookie;
  const mark = await contents(defaultWorkspaceId);
  for (const route of protectedRoutes()) {
    const stranger = new BrowserClient(api.url);
    expect(await ask(stranger, route, own), route.id).toMatchObject(problem(401, 'unauthorized'));
    expect(await ask(ended, route, own), route.id).toMatchObject(problem(401, 'unauthorized'));
    if (route.method === 'get') continue;
    for (const headers of [{ 'Offhook-Proof': 'wrong' }, { Origin: 'https://evil.example' }]) {
      expect(await ask(owner, route, own, headers), route.id).toMatchObject(problem(403, 'proof-missing'));
    }
  }
  expect(before).not.toBe(mark); // the user that was made
  expect(await contents(defaultWorkspaceId)).toBe(mark);
});

test('each lower role and each token without the scope is refused, the right ones are not', async () => {
  const people = {
    viewer: await userOf('viewer'),
    operator: await userOf('operator'),
    admin: await userOf('admin'),
  };
  const mark = await contents(defaultWorkspaceId);
  for (const route of protectedRoutes()) {
    const { access } = route;
    if (access.kind === 'person') continue;
    const least = access.kind === 'workspace' ? roles.indexOf(access.role) : roles.length;
    for (const role of roles) {
      if (roles.indexOf(role) >= least) continue;
      expect(await ask(people[role], route, own), `${route.id} as ${role}`).toMatchObject(
        problem(403, 'forbidden'),
      );
    }
  }
  expect(await contents(defaultWorkspaceId)).toBe(mark);
  for (const route of protectedRoutes()) {
    const { access } = route;
    if (access.kind !== 'workspace' || route.method !== 'get') continue;
    const answer = await ask(people[access.role], route, own);
    expect(answer, `${route.id} ${answer.text}`).toMatchObject({ status: 200 });
  }
  const scopes = [
    ...new Set(
      protectedRoutes().flatMap(({ access }) => (access.kind === 'workspace' ? [access.scope] : [])),
    ),
  ];
  const program = new BrowserClient(api.url);
  const bearer = async (name: string, given: string[]) => {
    const made = await owner.send('POST', '/api/v1/tokens', { name, scopes: given });
    return { Authorization: `Bearer ${(made.body as { token: string }).token}` };
  };
  for (const scope of scopes) {
    const others = scopes.filter((each) => each !== scope && each !== 'all');
    const [only, without] = [
      await bearer(`Only ${scope}`, [scope]),
      await bearer(`Without ${scope}`, others),
    ];
    for (const route of protectedRoutes()) {
      if (route.access.kind !== 'workspace' || route.access.scope !== scope) continue;
      expect(await ask(program, route, own, without), `${route.id} without ${scope}`).toMatchObject(
        problem(403, 'forbidden'),
      );
      if (route.method !== 'get') continue;
      expect((await ask(program, route, own, only)).status, `${route.id} with ${scope}`).toBe(200);
    }
  }
});

test('with the ids of another workspace every route finds nothing and changes nothing', async () => {
  const foreign = await userOf('admin', other.workspaceId);
  const mark = await contents(defaultWorkspaceId);
  const asked = [...api.asked];
  for (const route of protectedRoutes()) {
    if (route.access.kind !== 'workspace') continue;
    if (!route.path.includes(':')) {
      if (route.method !== 'get') continue;
      const { text } = await ask(foreign, route, other);
      for (const id of Object.values(own)) expect(text, `${route.id} lists ${id}`).not.toContain(id);
      continue;
    }
    expect(await ask(foreign, route, own), route.id).toMatchObject(problem(404, 'not-found'));
  }
  // named in a body instead of a path
  const trunk = { name: 'Thief', domain: 'thief.example.com', extension: '1009', password: 'secret' };
  for (const [method, path, body, field] of [
    ['POST', '/trunks', { ...trunk, agentId: own.agentId }, 'agentId'],
    ['PATCH', `/trunks/${other.trunkId}`, { agentId: own.agentId }, 'agentId'],
    ['POST', '/numbers', { number: '+27872500199', trunkId: own.trunkId }, 'trunkId'],
    ['POST', '/numbers', { number: '+27872500199', trunkId: other.trunkId, agentId: own.agentId }, 'agentId'],
    ['PATCH', `/numbers/${other.numberId}`, { trunkId: own.trunkId }, 'trunkId'],
  ] as const) {
    expect(await foreign.send(method, `/api/v1${path}`, body), path).toMatchObject(
      problem(400, 'invalid-input', field),
    );
  }
  foreign.workspaceId = own.workspaceId;
  for (const route of protectedRoutes()) {
    expect(await ask(foreign, route, own), route.id).toMatchObject(problem(404, 'not-found'));
  }
  expect(await contents(defaultWorkspaceId)).toBe(mark);
  expect(api.asked).toEqual(asked);
  // the same number in both, each with its own answer
  expect(
    await foreign.send('GET', '/api/v1/workspaces', undefined, { 'Offhook-Workspace': other.workspaceId }),
  ).toMatchObject({
    body: { items: [{ id: other.workspaceId }] },
  });
});

test('two who change the same version: one is told', async () => {
  for (const route of protectedRoutes().filter(
    ({ method, access }) => method === 'patch' && access.kind !== 'person',
  )) {
    const read = api.routes.find(({ method, path }) => method === 'get' && path === route.path);
    if (read === undefined) throw new Error(`${route.id} changes what nobody can read`);
    const world = { ...own, workspaceId: own.spareWorkspaceId };
    const tag = (await ask(owner, read, world)).headers.get('etag') ?? '';
    expect(tag, read.id).toMatch(/^"\d+"$/);
    const answers = await Promise.all([1, 2].map(() => ask(owner, route, world, { 'If-Match': tag })));
    const statuses = answers.map(({ status }) => status).sort((one, two) => one - two);
    expect(statuses, route.id).toEqual([200, 412]);
    expect(await ask(owner, route, world, { 'If-Match': '"x", W/"1"' }), route.id).toMatchObject(
      problem(412, 'changed-meanwhile'),
    );
  }
});
