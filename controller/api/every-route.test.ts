/** Tries every declared route, so that a new one is covered by itself. */
import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Role, roles } from '../contract/account.ts';
import { defaultWorkspaceId } from '../db/database.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { BrowserClient } from './browser-client.ts';
import { addressOf, prepareWorld, sampleOf, type World } from './every-request.ts';
import type { Route } from './route.ts';
import { type Answer, answerOf, problem, startTestApi, type TestApi } from './test-api.ts';

let postgres: TestPostgres;
let api: TestApi;
/** two workspaces with one of everything */
let own: World;
let other: World;
const owner = new BrowserClient('');
const logged: string[] = [];
const password = 'correct horse battery';

beforeAll(async () => {
  postgres = await startTestPostgres();
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  api = await startTestApi(await postgres.createDatabase(), log);
  await api.recordings.start();
  const browser = await clientOf('POST', '/api/v1/setup', {
    email: 'ann@example.com',
    name: 'Ann',
    password,
  });
  Object.assign(owner, browser);
  own = await prepareWorld(api, defaultWorkspaceId, (method, path, body) => api.send(method, path, body));
  const second = (await api.send('POST', '/api/v1/workspaces', { name: 'Second' })).body as { id: string };
  const there = Object.assign(new BrowserClient(api.url), owner, { workspaceId: second.id });
  other = await prepareWorld(api, second.id, (method, path, body) => there.send(method, path, body));
}, 60_000);
afterAll(async () => {
  await api.recordings.stop();
  await api.stop();
  await postgres.stop();
});

async function clientOf(method: string, path: string, body: unknown): Promise<BrowserClient> {
  const browser = new BrowserClient(api.url);
  const answer = await browser.send(method, path, body);
  expect(answer, answer.text).toMatchObject({ status: 201 });
  browser.proof = (answer.body as { proof: string }).proof;
  return browser;
}
async function userOf(role: Role, workspaceId = defaultWorkspaceId): Promise<BrowserClient> {
  const email = `${randomUUID()}@example.com`;
  owner.workspaceId = workspaceId;
  const made = await owner.send('POST', '/api/v1/users', { email, name: role, password, role });
  expect(made, made.text).toMatchObject({ status: 201 });
  owner.workspaceId = null;
  return await clientOf('POST', '/api/v1/session', { email, password });
}
async function ask(
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
const protectedRoutes = () => api.routes.filter(({ access }) => access.kind !== 'public');

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

test('whatever comes in, the answer is a problem of the 4xx kind', async () => {
  const names = [
    ...new Set(
      api.routes.flatMap(({ body }) => Object.keys((body as { shape?: object } | undefined)?.shape ?? {})),
    ),
  ];
  const field = fc.constantFrom(...names, '__proto__', 'constructor', 'toString', 'nonsense');
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom(
      '\0',
      '\ud800',
      "'; DROP TABLE trunk; --",
      '${x}',
      '%s%n',
      'a'.repeat(5000),
      1e308,
      -1,
      null,
    ),
    fc.double(),
    fc.jsonValue(),
  );
  const nested = fc
    .tuple(fc.constantFrom('[', '{"a":'), fc.constantFrom(50, 2000, 20_000))
    .map(([open, depth]) => open.repeat(depth));
  const body = fc.oneof(
    fc.dictionary(field, hostile, { minKeys: 1 }).map((value) => JSON.stringify({ ...value, nonsense: 1 })),
    fc.json().filter((text) => text !== '{}'),
    fc.string({ unit: 'binary' }).filter((text) => text !== ''),
    nested,
    nested.map(
      (text) =>
        text + (text.startsWith('[') ? ']' : '1}').repeat(text.length / (text.startsWith('[') ? 1 : 5)),
    ),
    fc.constantFrom(
      '{"a":',
      '{"name":"\\ud800","nonsense":1}',
      '1e999',
      '"x"',
      'null',
      '\ufeff{}x',
      ' '.repeat(200_000),
    ),
  );
  const type = fc.constantFrom(
    'application/json',
    'application/json; charset=nonsense',
    'text/plain',
    'multipart/form-data',
  );
  const query = fc.dictionary(
    fc.constantFrom('limit', 'cursor', 'search', 'from', 'format', 'nonsense'),
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.constantFrom('-1', '1e9', 'NaN', '%00', '../..'),
    ),
  );
  const withBody = protectedRoutes().filter(({ body, upload }) => body !== undefined || upload !== undefined);
  const routeOf = (id: string): Route => api.routes.find((route) => route.id === id) as Route;
  const answers4xx = async (
    route: Route,
    search: string,
    init: { body?: string; headers?: Record<string, string> },
  ): Promise<void> => {
    const sample = sampleOf(route.id, other);
    const answer = await answerOf(
      await fetch(`${api.url}${addressOf(route.path, { ...sample, query: {} })}${search}`, {
        ...init,
        method: route.method.toUpperCase(),
        headers: {
          ...init.headers,
          Cookie: owner.cookie ?? '',
          'Offhook-Proof': owner.proof ?? '',
          'Offhook-Workspace': other.workspaceId,
        },
      }),
    );
    expect(
      answer.status,
      `${route.id} ${search} ${init.body?.slice(0, 300)} ${answer.text}`,
    ).toBeGreaterThanOrEqual(400);
    expect(answer.status, `${route.id} ${search} ${init.body?.slice(0, 300)} ${answer.text}`).toBeLessThan(
      500,
    );
    expect(answer.type).toMatch(/^application\/problem\+json/);
  };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...withBody.map(({ id }) => id)), body, type, (id, text, contentType) =>
      answers4xx(routeOf(id), '', { body: text, headers: { 'Content-Type': contentType } }),
    ),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        ...protectedRoutes()
          .filter(({ method }) => method === 'get')
          .map(({ id }) => id),
      ),
      query,
      (id, search) =>
        answers4xx(routeOf(id), `?${new URLSearchParams({ ...search, nonsense: '1' }).toString()}`, {}),
    ),
    { numRuns: 100 },
  );
  expect(logged.filter((line) => line.includes('request failed'))).toEqual([]);
});
