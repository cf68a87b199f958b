import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { testCallRecord } from '../calls/test-call-record.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { type Answer, answerOf, problem, startTestApi, type TestApi } from './test-api.ts';

const password = 'S3cret/pass;word"{}';
let postgres: TestPostgres;
let api: TestApi;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
beforeEach(async () => {
  api = await startTestApi(await postgres.createDatabase());
  return () => api.stop();
});
afterAll(() => postgres.stop());

const trunkInput = { name: 'Main', domain: 'PBX.example.com', extension: '1000', password };
async function create(path: string, body: unknown): Promise<Record<string, unknown> & { id: string }> {
  const answer = await api.send('POST', path, body);
  expect(answer).toMatchObject({ status: 201 });
  const { id } = answer.body as { id: string };
  expect(answer.headers.get('location')).toBe(`${path}/${id}`);
  return answer.body as Record<string, unknown> & { id: string };
}

test('a trunk is made, read, changed, deactivated and deleted', async () => {
  const trunk = await create('/api/v1/trunks', { ...trunkInput, pbxType: '3cx' });
  expect(trunk).toEqual({
    id: trunk.id,
    connectionType: 'extension',
    name: 'Main',
    pbxType: '3cx',
    domain: 'pbx.example.com',
    port: 5060,
    transport: 'udp',
    tlsVerify: true,
    tlsCaPem: null,
    mediaEncryption: 'off',
    extension: '1000',
    username: '1000',
    authId: '1000',
    expirySeconds: 600,
    codecs: ['PCMA', 'PCMU'],
    concurrentCallLimit: 10,
    transferMode: 'refer',
    briefTarget: false,
    allowAnyExtension: false,
    allowOutsideTransfers: false,
    transferSupport: { refer: null, replaces: null },
    agentId: null,
    active: true,
    status: {
      state: 'connecting',
      text: 'Connecting',
      check: '',
      since: expect.any(String) as string,
      nextAttemptAt: null,
    },
    createdAt: expect.any(String) as string,
  });
  const path = `/api/v1/trunks/${trunk.id}`;
  expect(await api.send('GET', path)).toMatchObject({ status: 200, body: trunk });
  expect(await api.send('GET', '/api/v1/trunks')).toMatchObject({ status: 200, body: { items: [trunk] } });
  expect(await api.send('POST', `${path}/re-register`)).toMatchObject({ status: 200 });
  expect(api.asked).toEqual([`re-register ${trunk.id}`]);
  expect(await api.send('PATCH', path, { active: false, extension: '2000' })).toMatchObject({
    status: 200,
    body: { active: false, extension: '2000', username: '2000', name: 'Main' },
  });
  expect(api.configuration.current.trunks.get(trunk.id)?.password).toBe(password);
  expect(await api.send('POST', `${path}/re-register`)).toMatchObject(problem(409, 'conflict'));
  expect(await api.send('DELETE', path)).toMatchObject({ status: 204, text: '' });
  for (const method of ['GET', 'DELETE']) {
    expect(await api.send(method, path)).toMatchObject(problem(404, 'not-found'));
  }
  expect(await api.send('PATCH', path, {})).toMatchObject(problem(404, 'not-found'));
});

test('directory, agents and numbers are made, read, changed and deleted', async () => {
  const { id: trunkId } = await create('/api/v1/trunks', trunkInput);
  const directory = `/api/v1/trunks/${trunkId}/extensions`;
  const sarah = await create(directory, { ext: '215', name: ' Sarah ', aliases: ['accounts', 'billing'] });
  expect(sarah).toMatchObject({
    id: sarah.id,
    trunkId,
    ext: '215',
    name: 'Sarah',
    owner: '',
    department: '',
    enabled: true,
    aliases: ['accounts', 'billing'],
  });
  await create(directory, { ext: '100', name: 'Reception' });
  expect(await api.send('PATCH', `${directory}/${sarah.id}`, { department: 'Billing' })).toMatchObject({
    status: 200,
    body: { department: 'Billing', aliases: ['accounts', 'billing'] },
  });
  expect(await api.send('GET', directory)).toMatchObject({
    body: { items: [{ ext: '100' }, { ext: '215' }] },
  });
  expect(await api.send('POST', directory, { ext: '215', name: 'X' })).toMatchObject(
    problem(409, 'conflict', 'ext'),
  );
  expect(await api.send('DELETE', `${directory}/${sarah.id}`)).toMatchObject({ status: 204 });
  expect(await api.send('GET', `${directory}/${sarah.id}`)).toMatchObject(problem(404, 'not-found'));

  const agent = await create('/api/v1/agents', {
    name: 'Front desk',
    settings: { fallbackExtension: '100' },
  });
  expect(agent).toMatchObject({
    kind: 'receptionist',
    firstMessage: '',
    settings: {
      confirm: 'when unsure',
      fallbackExtension: '100',
      silenceSeconds: 8,
      maxDurationSeconds: 1800,
    },
  });
  const agentPath = `/api/v1/agents/${agent.id}`;
  expect(await api.send('PATCH', agentPath, { settings: { silenceSeconds: 4 } })).toMatchObject({
    body: { settings: { fallbackExtension: '100', silenceSeconds: 4 } },
  });
  const number = await create('/api/v1/numbers', { number: '+27 87 250-0100', trunkId, agentId: agent.id });
  expect(number).toMatchObject({ number: '27872500100', label: '', agentId: agent.id });
  expect(await api.send('DELETE', agentPath)).toMatchObject(problem(409, 'conflict'));
  expect(await api.send('DELETE', `/api/v1/numbers/${number.id}`)).toMatchObject({ status: 204 });
  expect(await api.send('DELETE', agentPath)).toMatchObject({ status: 204 });
  expect(await api.send('GET', '/api/v1/agents')).toMatchObject({ body: { items: [] } });
  expect(await api.send('GET', '/api/v1/numbers')).toMatchObject({ body: { items: [] } });
});

test('one number in every form; a default country is set and taken back', async () => {
  const { id: trunkId } = await create('/api/v1/trunks', trunkInput);
  const agent = await create('/api/v1/agents', { name: 'Front desk' });
  const national = { number: '087 250 0100', trunkId, agentId: agent.id, label: 'Main line' };
  expect(await api.send('GET', '/api/v1/settings')).toMatchObject({
    status: 200,
    body: { defaultCountry: null, recordingDays: null },
  });
  expect(await api.send('POST', '/api/v1/numbers', national)).toMatchObject(
    problem(400, 'invalid-input', 'number'),
  );
  expect(await api.send('PATCH', '/api/v1/settings', { defaultCountry: 'za' })).toMatchObject({
    status: 200,
    body: { defaultCountry: 'ZA' },
  });
  expect(await api.send('GET', '/api/v1/settings')).toMatchObject({ body: { defaultCountry: 'ZA' } });
  // Connect PBX Extension: everything in one request, or nothing of it
  expect(await api.send('POST', '/api/v1/numbers', { ...national, agentId: randomUUID() })).toMatchObject(
    problem(400, 'invalid-input', 'agentId'),
  );
  expect(await api.send('GET', '/api/v1/numbers')).toMatchObject({ body: { items: [] } });
  const number = await create('/api/v1/numbers', national);
  expect(number).toMatchObject({ number: '27872500100', label: 'Main line', trunkId, agentId: agent.id });
  for (const same of ['27872500100', '+27 87 250 0100', '0027 87 250 0100', '(087) 250-0100']) {
    expect(await api.send('POST', '/api/v1/numbers', { number: same, trunkId }), same).toMatchObject(
      problem(409, 'conflict', 'number'),
    );
  }
  const path = `/api/v1/numbers/${number.id}`;
  expect(await api.send('PATCH', path, { number: '087 250 0101' })).toMatchObject({
    body: { number: '27872500101', label: 'Main line' },
  });
  expect(await api.send('PATCH', path, { number: '250 01' })).toMatchObject(
    problem(400, 'invalid-input', 'number'),
  );
  for (const defaultCountry of ['XX', 'ZAF', '', 27]) {
    expect(await api.send('PATCH', '/api/v1/settings', { defaultCountry })).toMatchObject(
      problem(400, 'invalid-input', 'defaultCountry'),
    );
  }
  expect(await api.send('PATCH', '/api/v1/settings', {})).toMatchObject({ body: { defaultCountry: 'ZA' } });
  expect(await api.send('PATCH', '/api/v1/settings', { defaultCountry: null })).toMatchObject({
    body: { defaultCountry: null, recordingDays: null },
  });
  expect(await api.send('GET', path)).toMatchObject({ body: { number: '27872500101' } });
});

test('wrong input is named field by field', async () => {
  const { id: trunkId } = await create('/api/v1/trunks', trunkInput);
  const cases: [string, unknown, string][] = [
    ['/api/v1/trunks', { ...trunkInput, domain: 'a;b,c{d}' }, 'domain'],
    ['/api/v1/trunks', { ...trunkInput, extension: 'abc' }, 'extension'],
    ['/api/v1/trunks', { ...trunkInput, name: 'a\u0000b' }, 'name'],
    ['/api/v1/trunks', { ...trunkInput, name: '\ud800' }, 'name'],
    ['/api/v1/trunks', { ...trunkInput, password: 'with\nbreak' }, 'password'],
    ['/api/v1/trunks', { ...trunkInput, name: 'Other', extension: '1001', agentId: randomUUID() }, 'agentId'],
    ['/api/v1/trunks', { ...trunkInput, codecs: ['PCMU', 'PCMU'] }, 'codecs'],
    ['/api/v1/agents', { name: 'A', settings: { silenceSeconds: 0 } }, 'settings.silenceSeconds'],
    ['/api/v1/numbers', { number: '087 250 0100', trunkId }, 'number'],
    ['/api/v1/numbers', { number: '+27872500100', trunkId: randomUUID() }, 'trunkId'],
    [`/api/v1/trunks/${trunkId}/extensions`, { ext: '1', name: 'X' }, 'ext'],
  ];
  for (const [path, body, field] of cases) {
    expect(await api.send('POST', path, body), field).toMatchObject(problem(400, 'invalid-input', field));
  }
  expect(await api.send('POST', '/api/v1/trunks', { ...trunkInput, extension: '1001' })).toMatchObject(
    problem(409, 'conflict', 'name'),
  );
  expect(await api.send('POST', '/api/v1/agents', { name: 'A', colour: 'red' })).toMatchObject(
    problem(400, 'invalid-input'),
  );
});

test('calls: those that stand, the history by pages, hang-up and transfer', async () => {
  const record = testCallRecord();
  const timeline = [{ at: record.offeredAt, kind: 'offered' as const, text: 'Call to 1000' }];
  api.calls.push({ record, timeline });
  expect(await api.send('GET', '/api/v1/calls?live=true')).toMatchObject({
    body: { items: [record], nextCursor: null },
  });
  expect(await api.send('GET', `/api/v1/calls?live=true&trunkId=${randomUUID()}`)).toMatchObject({
    body: { items: [] },
  });
  expect(await api.send('GET', '/api/v1/calls?live=true&isTest=true')).toMatchObject({ body: { items: [] } });
  expect(await api.send('GET', '/api/v1/calls?live=true&isTest=false')).toMatchObject({
    body: { items: [record] },
  });
  expect(await api.send('GET', `/api/v1/calls/${record.id}`)).toMatchObject({
    body: { ...record, timeline },
  });
  expect(await api.send('POST', `/api/v1/calls/${record.id}/hang-up`)).toMatchObject({ status: 202 });
  expect(await api.send('POST', `/api/v1/calls/${record.id}/transfer`, { ext: '215' })).toMatchObject({
    status: 200,
    body: { result: 'busy', callerStillHere: true },
  });
  expect(api.asked).toEqual([`hang up ${record.id}`, `transfer ${record.id} to 215`]);
  expect(await api.send('POST', `/api/v1/calls/${record.id}/transfer`, { ext: '*1' })).toMatchObject(
    problem(400, 'invalid-input', 'ext'),
  );
  expect(await api.send('POST', `/api/v1/calls/${randomUUID()}/hang-up`)).toMatchObject(
    problem(404, 'not-found'),
  );
  for (const path of [randomUUID(), '%00', '..%2f', 'x'.repeat(500)]) {
    expect(await api.send('GET', `/api/v1/calls/${path}`)).toMatchObject(problem(404, 'not-found'));
  }
  for (const query of [
    'limit=0',
    'limit=x',
    'limit=201',
    'cursor=!',
    'trunkId=1',
    'live=no',
    'isTest=perhaps',
    'who=me',
    'limit=1&limit=2',
  ]) {
    expect(await api.send('GET', `/api/v1/calls?${query}`), query).toMatchObject(
      problem(400, 'invalid-input'),
    );
  }
});

test('health, readiness and metrics need no token and give nothing away', async () => {
  await create('/api/v1/trunks', trunkInput);
  const get = async (path: string): Promise<Answer> => answerOf(await fetch(`${api.url}${path}`));
  expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  const yes = { ready: true };
  const parts = { switch: yes, database: yes, speech: yes, disk: yes };
  api.readiness.agents = { ready: false, text: 'Front desk failed in its last call (refused)' };
  const failing = { agents: { ready: false } };
  expect(await get('/readyz')).toMatchObject({ status: 200, body: { ready: true, ...parts, ...failing } });
  const away = { ready: false, text: 'the switch does not answer' };
  api.readiness.switch = away;
  const answer = await get('/readyz');
  expect(answer).toMatchObject({ status: 503 });
  // by yes and no alone: nobody has said who he is
  expect(answer.body).toEqual({ ready: false, ...parts, switch: { ready: false }, ...failing });
  expect(await get('/api/v1/system')).toMatchObject(problem(401, 'unauthorized'));
  const told = await api.send('GET', '/api/v1/system');
  expect(told).toMatchObject({ status: 200, body: { switch: away, agents: api.readiness.agents } });
  await api.send('GET', `/api/v1/trunks/${randomUUID()}/extensions/${randomUUID()}`);
  await get(`/nothing/${randomUUID()}`);
  const metrics = await get('/metrics');
  expect(metrics.status).toBe(200);
  expect(metrics.text).toContain('offhook_trunks{state="connecting"} 1');
  expect(metrics.text).toContain('offhook_database_ready 1');
  expect(metrics.text).toMatch(
    /offhook_http_request_seconds_count\{method="GET",route="\/api\/v1\/trunks\/:trunkId\/extensions\/:extensionId",status="404"\} 1/,
  );
  expect(metrics.text).toContain('route="other"');
  expect(metrics.text).not.toMatch(/Main|pbx\.example|[0-9a-f]{8}-[0-9a-f]{4}/);
  const { headers } = await get('/healthz');
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('with the database away, what is in memory is still answered and the rest says so', async () => {
  const { id: trunkId } = await create('/api/v1/trunks', trunkInput);
  await api.database.close();
  expect(await api.send('GET', `/api/v1/trunks/${trunkId}`)).toMatchObject({ status: 200 });
  expect(await api.send('GET', '/api/v1/calls?live=true')).toMatchObject({ status: 200 });
  for (const [method, path, body] of [
    ['GET', '/api/v1/calls', undefined],
    ['GET', `/api/v1/calls/${randomUUID()}`, undefined],
    ['POST', '/api/v1/agents', { name: 'A' }],
    ['PATCH', `/api/v1/trunks/${trunkId}`, { name: 'B' }],
    ['DELETE', `/api/v1/trunks/${trunkId}`, undefined],
  ] as const) {
    const answer = await api.send(method, path, body);
    expect(answer, `${method} ${path}`).toMatchObject(problem(503, 'database-down'));
    expect(answer.headers.get('retry-after')).toBe('2');
  }
});

test('a trunk whose password cannot be read says so and is repaired by a new one', async () => {
  const { id: trunkId } = await create('/api/v1/trunks', trunkInput);
  await api.database.run((prisma) =>
    prisma.trunk.update({ where: { id: trunkId }, data: { passwordEncrypted: 'v1:AAAA' } }),
  );
  await api.configuration.refresh();
  const path = `/api/v1/trunks/${trunkId}`;
  expect(await api.send('GET', path)).toMatchObject({
    status: 200,
    body: { status: { state: 'failed', text: 'Failed — the stored password cannot be read' } },
  });
  expect(await api.send('PATCH', path, { password })).toMatchObject({
    body: { status: { text: 'Connecting' } },
  });
});
