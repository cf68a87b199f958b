import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { repositoryPath } from '../paths.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { processesWith, until } from './test-process.ts';

const folders: string[] = [];
const servers: EmbeddedPostgres[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-pgtest-'));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}
async function start(folder: string, timeoutMs?: number): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  servers.push(server);
  return server;
}
async function ask(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client(server.connection);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows.map((row) => Object.values(row)[0]);
}

test('keeps what was written over a stop, and listens on no network', async () => {
  const folder = newFolder();
  const first = await start(folder);
  await ask(first, `CREATE TABLE t AS SELECT lower('ÄÖ') AS word`);
  expect(await ask(first, 'SHOW listen_addresses')).toEqual(['']);
  expect(await ask(first, 'SHOW fsync')).toEqual(['on']);
  await first.stop();
  const second = await start(folder);
  expect(await ask(second, 'SELECT word FROM t')).toEqual(['äö']);
});

test('a killed process takes its server with it, and the next one opens the same data', async () => {
  const folder = newFolder();
  const program = `
    import { startEmbeddedPostgres } from ${JSON.stringify(repositoryPath('controller/db/embedded-postgres.ts'))};
    await startEmbeddedPostgres({ folder: ${JSON.stringify(folder)} });
    process.stdout.write('up');
    setInterval(() => {}, 1000);`;
  writeFileSync(join(folder, 'owner.mts'), program);
  const owner = spawn(process.execPath, ['--import', 'tsx', join(folder, 'owner.mts')], {
    cwd: repositoryPath(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((settle, fail) => {
    owner.stdout.once('data', () => settle());
    owner.once('exit', () => fail(new Error('the owner ended by itself')));
  });
  expect(processesWith(folder, 'bin/postgres').length).toBeGreaterThan(0);
  owner.kill('SIGKILL');
  const next = await start(folder); // at once: the old server is still shutting down
  expect(await ask(next, 'SELECT 1')).toEqual([1]);
  await next.stop();
  await until('no server is left', () => processesWith(folder, 'bin/postgres').length === 0);
});

test('a second instance on the same folder is refused in words', async () => {
  const folder = newFolder();
  await start(folder);
  await expect(start(folder, 1500)).rejects.toThrow(/is another Offhook using/);
});

test('a stale pid file whose pid is somebody else now does not stop it', async () => {
  const folder = newFolder();
  const first = await start(folder);
  await ask(first, 'CREATE TABLE t AS SELECT 7 AS n');
  const pidFile = join(folder, 'cluster', 'postmaster.pid');
  const lines = readFileSync(pidFile, 'utf8').split('\n');
  process.kill(Number(lines[0]), 'SIGKILL');
  await first.ended;
  await until('its children are gone', () => processesWith(folder, 'postgres').length === 0);
  writeFileSync(pidFile, [String(process.pid), ...lines.slice(1)].join('\n'));
  expect(await ask(await start(folder), 'SELECT n FROM t')).toEqual([7]);
});

test('another major version is refused in words, a half-made cluster is made anew', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'cluster.new'));
  writeFileSync(join(folder, 'cluster.new', 'PG_VERSION'), '18');
  const server = await start(folder);
  await server.stop();
  writeFileSync(join(folder, 'cluster', 'PG_VERSION'), '12\n');
  await expect(start(folder)).rejects.toThrow(/was made by PostgreSQL 12 .* brings 18/);
});

test('a folder too deep for a socket path works', async () => {
  const folder = join(newFolder(), 'd'.repeat(60), 'e'.repeat(60));
  mkdirSync(folder, { recursive: true });
  const server = await start(folder);
  expect(await ask(server, 'SELECT 1')).toEqual([1]);
  folders.push(server.connection.host);
});
