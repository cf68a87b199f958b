import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PbxType } from '../contract/trunk.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { type Answer, answerOf, problem, startTestApi, type TestApi } from './test-api.ts';

const password = 'Never-In-A-Guide-7';
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

const guideOf = async (trunkId: string, accept?: string): Promise<Answer> =>
  answerOf(
    await fetch(`${api.url}/api/v1/trunks/${trunkId}/guide`, {
      headers: { Authorization: `Bearer ${api.token}`, ...(accept === undefined ? {} : { Accept: accept }) },
    }),
  );
async function create(path: string, body: unknown): Promise<{ id: string }> {
  const answer = await api.send('POST', `/api/v1/${path}`, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body as { id: string };
}

test('PBX types come with a label and what they fill in', async () => {
  const { status, body } = await api.send('GET', '/api/v1/pbx-types');
  expect(status).toBe(200);
  const { items } = body as { items: { pbxType: string }[] };
  expect(items.map(({ pbxType }) => pbxType)).toEqual(PbxType.options);
  expect(items[0]).toEqual({
    pbxType: '3cx',
    label: '3CX',
    connectionType: 'extension',
    defaults: { port: 5060, transport: 'udp', codecs: ['PCMA', 'PCMU'], expirySeconds: 600 },
    notes: expect.arrayContaining([expect.stringMatching(/Authentication ID/)]) as string[],
  });
  expect(await api.send('GET', '/api/v1/pbx-types?connectionType=pigeon')).toMatchObject(
    problem(400, 'invalid-input', 'connectionType'),
  );
});

test('a guide is Markdown, or JSON for whoever asks for it, with this trunk’s values and never its password', async () => {
  const agent = await create('agents', { name: 'Front desk' });
  const { id } = await create('trunks', {
    name: 'Acme <b>HQ</b>',
    pbxType: 'yeastar',
    domain: 'pbx.acme.example',
    extension: '777',
    authId: 'reg-4711',
    password,
    agentId: agent.id,
  });
  await create('numbers', { number: '+27 87 250 0100', label: 'Sales', trunkId: id });
  const markdown = await guideOf(id);
  expect(markdown).toMatchObject({ status: 200, type: 'text/markdown; charset=utf-8' });
  expect(markdown.headers.get('vary')).toMatch(/Accept/);
  expect(markdown.text).toContain('# Connect Yeastar: Acme &lt;b&gt;HQ&lt;/b&gt;\n');
  for (const accept of ['*/*', 'text/html', 'text/plain;q=0.5'])
    expect(await guideOf(id, accept)).toMatchObject({ status: 200, text: markdown.text });

  const json = await guideOf(id, 'application/json');
  expect(json).toMatchObject({ status: 200, type: 'application/json; charset=utf-8' });
  expect(json.body).toMatchObject({ title: 'Connect Yeastar: Acme <b>HQ</b>' });
  for (const value of ['reg-4711', '+27872500100', 'extension 777 (Sales)', 'pbx.acme.example'])
    expect(json.text).toContain(value);
  for (const { text } of [markdown, json]) {
    expect(text).toContain('Front desk');
    expect(text).not.toContain(password);
  }
});

test('there is a guide for a trunk whose password cannot be read, and none for a trunk that is not there', async () => {
  const { id } = await create('trunks', { name: 'A', domain: 'pbx', extension: '10', password });
  await api.database.run((prisma) =>
    prisma.trunk.update({ where: { id }, data: { passwordEncrypted: 'unreadable' } }),
  );
  await api.configuration.refresh();
  expect(api.configuration.current.unreadableTrunks.has(id)).toBe(true);
  expect(await guideOf(id)).toMatchObject({ status: 200 });
  expect(await guideOf('6fa459ea-ee8a-3ca4-894e-db77e160355e')).toMatchObject(problem(404, 'not-found'));
});
