import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedPostgres, startTemporaryPostgres } from './embedded-postgres.ts';
import { migrate } from './migrate.ts';

let server: EmbeddedPostgres;
const folder = mkdtempSync(join(tmpdir(), 'offhook-migrations-'));
const clients: pg.Client[] = [];

beforeAll(async () => {
  server = await startTemporaryPostgres();
});
afterAll(async () => {
  for (const client of clients) await client.end();
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client(server.connection);
  await client.connect();
  clients.push(client);
  return client;
}
function write(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'migration.sql'), sql);
}

test('applies what is new, once, and refuses what does not fit', async () => {
  const client = await connect();
  write('1_first', 'CREATE TABLE one (n int);');
  expect(await migrate(client, folder)).toEqual(['1_first']);
  expect(await migrate(client, folder)).toEqual([]);

  write('2_second', `INSERT INTO one VALUES (1); SELECT 1/0;`);
  await expect(migrate(client, folder)).rejects.toThrow('migration 2_second: division by zero');
  expect((await client.query('SELECT * FROM one')).rows).toEqual([]);

  write('2_second', 'INSERT INTO one VALUES (2);');
  const two = await Promise.all([migrate(client, folder), migrate(await connect(), folder)]);
  expect(two.flat()).toEqual(['2_second']);
  expect((await client.query('SELECT * FROM one')).rows).toEqual([{ n: 2 }]);

  write('1_first', 'CREATE TABLE one (n bigint);');
  await expect(migrate(client, folder)).rejects.toThrow(
    'migration 1_first was changed after it had been applied',
  );

  write('1_first', 'CREATE TABLE one (n int);');
  rmSync(join(folder, '2_second'), { recursive: true });
  await expect(migrate(client, folder)).rejects.toThrow(/newer than this version of Offhook.*2_second/);
});
