import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DirectoryImport } from '../contract/directory-import.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { until } from '../db/test-process.ts';
import { mostFileBytes } from './directory-files.ts';
import { type Answer, answerOf, problem, startTestApi, type TestApi } from './test-api.ts';

let postgres: TestPostgres;
let api: TestApi;
let trunkId: string;
let refreshes: number;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
beforeEach(async () => {
  api = await startTestApi(await postgres.createDatabase());
  const trunk = { name: 'Main', domain: 'pbx.example.com', extension: '1000', password: 'x' };
  trunkId = ((await api.send('POST', '/api/v1/trunks', trunk)).body as { id: string }).id;
  refreshes = 0;
  api.configuration.onChange(() => {
    refreshes += 1;
  });
  return () => api.stop();
});
afterAll(() => postgres.stop());

async function upload(query: string, file: string | Uint8Array, headers: object = {}): Promise<Answer> {
  return answerOf(
    await fetch(`${api.url}/api/v1/trunks/${trunkId}/extensions/import${query}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${api.token}`, 'Content-Type': 'text/csv', ...headers },
      body: file as string,
    }),
  );
}
const exported = (): Promise<Answer> => api.send('GET', `/api/v1/trunks/${trunkId}/extensions/export`);
const directory = () => api.configuration.current.trunks.get(trunkId)?.directory ?? [];
const add = (entry: object): Promise<Answer> =>
  api.send('POST', `/api/v1/trunks/${trunkId}/extensions`, entry);
const file =
  'ext,name,owner,department,aliases\r\n215,Sarah,Ann,Billing,"accounts;payroll"\r\n216,Tom,,,\r\n';

test('a dry run says what it would do, an import does it, and the export is the same file', async () => {
  await add({ ext: '216', name: 'Thomas', enabled: false });
  await add({ ext: '300', name: 'Not in the file' });
  refreshes = 0;
  const rows = [
    { line: 2, ext: '215', action: 'create', fields: [], problems: [] },
    { line: 3, ext: '216', action: 'change', fields: ['name'], problems: [] },
  ];
  const counts = { create: 1, change: 1, unchanged: 0, wrong: 0 };
  for (const query of ['', '?dryRun=true']) {
    expect(await upload(query, file)).toMatchObject({
      status: 200,
      body: { dryRun: true, imported: false, counts, rows },
    });
  }
  expect(directory().map(({ name }) => name)).toEqual(['Thomas', 'Not in the file']);
  expect(refreshes).toBe(0);
  expect(await upload('?dryRun=false', file)).toMatchObject({
    status: 200,
    body: { dryRun: false, imported: true, counts, rows },
  });
  expect(refreshes).toBe(1);
  expect(directory()).toMatchObject([
    { ext: '215', name: 'Sarah', owner: 'Ann', aliases: ['accounts', 'payroll'], enabled: true },
    { ext: '216', name: 'Tom', enabled: false },
    { ext: '300', name: 'Not in the file' },
  ]);
  const answer = await exported();
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="Main directory.csv"');
  expect(answer.text).toBe(`${file}300,Not in the file,,,\r\n`);
  expect(await upload('?dryRun=false', answer.text)).toMatchObject({
    body: { imported: true, counts: { create: 0, change: 0, unchanged: 3, wrong: 0 } },
  });
  expect(refreshes).toBe(1);
});

test('with one bad row nothing is written, and each bad line is named', async () => {
  const bad = `${file}2,Short,,,\r\n215,Again,,,\r\n`;
  expect(await upload('', bad)).toMatchObject({
    status: 200,
    body: {
      counts: { create: 2, change: 0, unchanged: 0, wrong: 2 },
      rows: [
        { line: 2 },
        { line: 3 },
        { line: 4, action: 'wrong', problems: ['ext: 2 to 6 digits'] },
        { line: 5, ext: '215', action: 'wrong', problems: ['ext: 215 is on line 2 already'] },
      ],
    },
  });
  const answer = await upload('?dryRun=false', bad);
  expect(answer).toMatchObject(problem(400, 'invalid-input', 'line 4'));
  expect(answer.body).toMatchObject({
    detail: '2 rows are wrong, so nothing was imported',
    fields: { 'line 5': 'ext: 215 is on line 2 already' },
  });
  expect(directory()).toEqual([]);
});

test('10,000 rows, twice at once, end as one directory', async () => {
  const rows = Array.from(
    { length: 10_000 },
    (_, n) => `${10_000 + n};Person ${n};;Department ${n % 9};a${n}|b${n}`,
  );
  const large = ['ext;name;owner;department;aliases', ...rows].join('\n');
  const answers = await Promise.all([upload('?dryRun=false', large), upload('?dryRun=false', large)]);
  const created = answers.map(({ body }) => (body as DirectoryImport).counts.create);
  expect(created.sort((one, other) => one - other)).toEqual([0, 10_000]);
  expect(directory()).toHaveLength(10_000);
  expect(directory()[9999]).toMatchObject({ ext: '19999', name: 'Person 9999', aliases: ['a9999', 'b9999'] });
  expect(await upload('', (await exported()).text)).toMatchObject({
    body: { counts: { unchanged: 10_000 } },
  });
});

test('what is no such file is refused in words', async () => {
  expect(await upload('?dryRun=maybe', file)).toMatchObject(problem(400, 'invalid-input', 'dryRun'));
  expect(await upload('', file, { 'Content-Type': 'text/plain' })).toMatchObject(
    problem(400, 'invalid-input'),
  );
  expect(await upload('', file, { 'Content-Encoding': 'gzip' })).toMatchObject(problem(400, 'invalid-input'));
  expect(await api.send('POST', `/api/v1/trunks/${trunkId}/extensions/import`, {})).toMatchObject(
    problem(400, 'invalid-input'),
  );
  expect(await upload('', 'x'.repeat(mostFileBytes + 1))).toMatchObject(problem(413, 'too-large'));
  const rows = Array.from({ length: 50_001 }, (_, n) => `${100_000 + n},x`);
  expect(await upload('', ['ext,name', ...rows].join('\n'))).toMatchObject(problem(413, 'too-large'));
  const path = `/api/v1/trunks/00000000-0000-4000-8000-000000000000/extensions`;
  expect(await api.send('GET', `${path}/export`)).toMatchObject(problem(404, 'not-found'));
  expect(await api.send('POST', `${path}/import`)).toMatchObject(problem(404, 'not-found'));
  expect(directory()).toEqual([]);
});

test('an upload of unknown length is stopped at the limit, one that breaks off imports nothing', async () => {
  const { port } = new URL(api.url);
  const head = (length: string) =>
    `POST /api/v1/trunks/${trunkId}/extensions/import?dryRun=false HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Type: text/csv\r\n${length}\r\n\r\n`;
  const endless = connect(Number(port), '127.0.0.1');
  let answer = '';
  endless.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  endless.on('error', () => {}); // the server may close while we still write
  endless.write(head('Transfer-Encoding: chunked'));
  const row = `${'x'.repeat(9999)}\n`;
  for (let sent = 0; sent <= mostFileBytes; sent += row.length)
    endless.write(`${row.length.toString(16)}\r\n${row}\r\n`);
  await until('it is refused', () => answer.includes('too-large'));
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  endless.destroy();

  const broken = connect(Number(port), '127.0.0.1');
  broken.write(`${head(`Content-Length: ${file.length + 10}`)}${file}`, () => broken.destroy());
  await until('the answer found nobody', () => broken.closed);
  expect(await exported()).toMatchObject({ status: 200, text: 'ext,name,owner,department,aliases\r\n' });
});

test('a trunk that is deleted meanwhile, or a database that is away, is said', async () => {
  await api.database.run((prisma) => prisma.trunk.delete({ where: { id: trunkId } }));
  expect(await upload('?dryRun=false', file)).toMatchObject(problem(404, 'not-found'));
  await api.database.close();
  expect(await upload('', file)).toMatchObject(problem(503, 'database-down'));
});
