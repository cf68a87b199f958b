import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { answerOf, problem, startTestApi, type TestApi } from './test-api.ts';

const password = 'S3cret/pass;word"{}';
let postgres: TestPostgres;
let api: TestApi;
const logged: string[] = [];
beforeAll(async () => {
  postgres = await startTestPostgres();
});
beforeEach(async () => {
  logged.length = 0;
  const log = pino({ level: 'trace' }, { write: (line: string) => logged.push(line) });
  api = await startTestApi(await postgres.createDatabase(), log);
  return () => api.stop();
});
afterAll(() => postgres.stop());

const trunkInput = { name: 'Main', domain: 'PBX.example.com', extension: '1000', password };
async function create(path: string, body: unknown): Promise<{ id: string }> {
  const answer = await api.send('POST', path, body);
  expect(answer.status).toBe(201);
  return answer.body as { id: string };
}

test('without the right token nothing under /api answers, not even that there is nothing', async () => {
  const tokens = [
    undefined,
    'Bearer',
    'Bearer wrong',
    `Bearer ${api.token}x`,
    `Bearer ${api.token.slice(1)}`,
    `Basic ${api.token}`,
    api.token,
  ];
  for (const path of ['/api/v1/trunks', '/api/v1/nothing', `/api/v1/trunks?token=${api.token}`]) {
    for (const token of tokens) {
      const answer = await answerOf(
        await fetch(`${api.url}${path}`, {
          method: 'POST',
          headers: {
            ...(token === undefined ? {} : { Authorization: token }),
            'Content-Type': 'application/json',
          },
          body: '{"half',
        }),
      );
      expect(answer).toMatchObject(problem(401, 'unauthorized'));
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  }
  for (const path of ['/', '/api', '/api/v1/nothing', '/index.html', '/%', '/api/v1/trunks/%E0%A4%A']) {
    const answer = await api.send('GET', path);
    expect([400, 404]).toContain(answer.status);
    expect(answer).toMatchObject(
      problem(answer.status, answer.status === 400 ? 'invalid-input' : 'not-found'),
    );
  }
  expect(await api.send('PUT', '/api/v1/trunks', {})).toMatchObject(problem(404, 'not-found'));
});

test('no secret is in any answer, nor in the log', async () => {
  const { id: trunkId } = await create('/api/v1/trunks', trunkInput);
  const row = await api.database.run((prisma) => prisma.trunk.findUniqueOrThrow({ where: { id: trunkId } }));
  const path = `/api/v1/trunks/${trunkId}`;
  const answers = [
    await api.send('GET', '/api/v1/trunks'),
    await api.send('GET', path),
    await api.send('PATCH', path, { password: `${password}2` }),
    await api.send('PATCH', path, { password: `${password}\n` }),
    await api.send('POST', '/api/v1/trunks', trunkInput),
    await api.send('POST', '/api/v1/trunks', { ...trunkInput, domain: '!' }),
    await api.send('POST', `${path}/re-register`),
    await api.send('GET', '/metrics'),
    await api.send('GET', '/readyz'),
  ];
  const everything =
    answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n') + logged.join('\n');
  for (const secret of [password, JSON.stringify(password).slice(1, -1), row.passwordEncrypted, api.token]) {
    expect(everything).not.toContain(secret);
  }
});

test('whatever a body is, the answer is a problem of the 4xx kind', async () => {
  const { id: trunkId } = await create('/api/v1/trunks', trunkInput);
  const { id: agentId } = await create('/api/v1/agents', { name: 'Front desk' });
  const routes: [string, string][] = [
    ['POST', '/api/v1/trunks'],
    ['PATCH', `/api/v1/trunks/${trunkId}`],
    ['POST', `/api/v1/trunks/${trunkId}/extensions`],
    ['POST', '/api/v1/agents'],
    ['PATCH', `/api/v1/agents/${agentId}`],
    ['POST', '/api/v1/numbers'],
    ['PATCH', '/api/v1/settings'],
    ['POST', `/api/v1/trunks/${trunkId}/extensions/import`],
    ['POST', `/api/v1/calls/${randomUUID()}/transfer`],
  ];
  const field = fc.constantFrom(
    'name',
    'domain',
    'extension',
    'password',
    'ext',
    'settings',
    'aliases',
    'number',
    'agentId',
    '__proto__',
    'constructor',
    'codecs',
    'port',
    'nonsense',
  );
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('\0', '\ud800', "'; DROP TABLE trunk; --", '${x}', '%s%n', 'a'.repeat(5000)),
    fc.double(),
    fc.jsonValue(),
  );
  const body = fc.oneof(
    fc.dictionary(field, hostile, { minKeys: 1 }).map((value) => JSON.stringify({ ...value, nonsense: 1 })),
    fc.json().filter((text) => text !== '{}'), // an empty change is none, and no fault
    fc.string({ unit: 'binary' }).filter((text) => text !== ''),
    fc.constantFrom('{"a":', '[[[[', '{"name":"\\ud800","nonsense":1}', '1e999', '"x"', 'null', '\ufeff{}x'),
  );
  const type = fc.constantFrom(
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=nonsense',
    'text/plain',
    'multipart/form-data',
    'application/x-www-form-urlencoded',
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...routes), body, type, async ([method, path], text, contentType) => {
      const answer = await answerOf(
        await fetch(`${api.url}${path}`, {
          method,
          headers: { Authorization: `Bearer ${api.token}`, 'Content-Type': contentType },
          body: text,
        }),
      );
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.type).toMatch(/^application\/problem\+json/);
    }),
    { numRuns: 400 },
  );
  const large = await api.send('POST', '/api/v1/agents', { name: 'x'.repeat(200_000) });
  expect(large).toMatchObject(problem(413, 'too-large'));
  const gzip = await fetch(`${api.url}/api/v1/agents`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${api.token}`,
      'Content-Type': 'application/json',
      'Content-Encoding': 'gzip',
    },
    body: 'not gzip',
  });
  expect(gzip.status).toBe(400);
  expect(logged.filter((line) => line.includes('request failed'))).toEqual([]);
  expect(await api.send('GET', '/api/v1/trunks')).toMatchObject({ status: 200 });
});
