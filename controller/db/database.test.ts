import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { type Database, type DatabaseOptions, defaultWorkspaceId, openDatabase } from './database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { processesWith, until } from './test-process.ts';

const folders: string[] = [];
const databases: Database[] = [];
const servers: EmbeddedPostgres[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.close();
  for (const server of servers.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-dbtest-'));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}
function open(options: Partial<DatabaseOptions> & { dataDir: string }): Database {
  const database = openDatabase({ log: silentLog(), ...options });
  databases.push(database);
  return database;
}
const serverPid = (clusterFolder: string): number =>
  Number(readFileSync(join(clusterFolder, 'postmaster.pid'), 'utf8').split('\n')[0]);
const countWorkspaces = (database: Database) => database.run((prisma) => prisma.workspace.count());
const isUp = (database: Database) =>
  countWorkspaces(database).then(
    () => true,
    () => false,
  );
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle);
  });
  const { port } = server.address() as { port: number };
  await new Promise((settle) => {
    server.close(settle);
  });
  return port;
}

test('the embedded server is opened, migrated and given a workspace; what is written stays', async () => {
  const dataDir = newFolder();
  const first = open({ dataDir });
  expect(first.readiness()).toEqual({ ready: false, text: 'the embedded database is being opened' });
  await expect(countWorkspaces(first)).rejects.toMatchObject({ code: 'database-down' });
  await first.whenReady();
  expect(first.readiness()).toEqual({ ready: true, text: 'ready' });
  const rows = await first.run((prisma) => prisma.workspace.findMany());
  expect(rows.map(({ id }) => id)).toEqual([defaultWorkspaceId]);
  await first.run((prisma) => prisma.workspace.create({ data: { name: 'Second' } }));
  await first.close();
  await first.close();
  await until('no server is left', () => processesWith(dataDir, 'bin/postgres').length === 0);
  await expect(first.whenReady()).rejects.toMatchObject({ code: 'database-down' });

  const second = open({ dataDir });
  await second.whenReady();
  expect(await countWorkspaces(second)).toBe(2);
});

test('the embedded server killed is restarted in this process; meanwhile every failure is database-down', async () => {
  const dataDir = newFolder();
  const database = open({ dataDir });
  await database.whenReady();
  let timesReady = 0;
  database.onReady = () => {
    timesReady += 1;
  };
  const acknowledged: string[] = [];
  const failures: unknown[] = [];
  const stopWriting = new AbortController();
  const writers = [0, 1, 2, 3].map(async (writer) => {
    for (let n = 0; !stopWriting.signal.aborted; n++) {
      const name = `w${writer}-${n}`;
      try {
        await database.run((prisma) =>
          prisma.$transaction(async (tx) => {
            await tx.workspace.create({ data: { name } });
            await tx.workspace.count();
          }),
        );
        acknowledged.push(name);
      } catch (thrown) {
        failures.push(thrown);
        await database.whenReady();
      }
    }
  });
  for (let round = 1; round <= 3; round++) {
    const before = acknowledged.length;
    await until('writes go on', () => acknowledged.length > before + 20);
    process.kill(serverPid(join(dataDir, 'postgres', 'cluster')), 'SIGKILL');
    await until('it is ready again', () => timesReady >= round);
  }
  const before = acknowledged.length;
  await until('writes go on', () => acknowledged.length > before + 20);
  stopWriting.abort();
  await Promise.all(writers);
  expect(failures.length).toBeGreaterThan(0);
  for (const failure of failures) expect(failure).toMatchObject({ code: 'database-down' });
  const names = await database.run((prisma) => prisma.workspace.findMany({ select: { name: true } }));
  const kept = new Set(names.map(({ name }) => name));
  expect(acknowledged.filter((name) => !kept.has(name))).toEqual([]);
});

test('connections killed are only lost connections: the database stays ready', async () => {
  const database = open({ dataDir: newFolder(), timing: { firstRetryMs: 1, pingEveryMs: 50 } });
  await database.whenReady();
  for (let round = 0; round < 5; round++) {
    await Promise.all([isUp(database), isUp(database), isUp(database)]);
    let readyAgain = false;
    database.onReady = () => {
      readyAgain = true;
    };
    const watching = setInterval(() => expect(database.readiness().ready).toBe(true), 1);
    // our own watch over the server is among them
    await database.run(
      (prisma) =>
        prisma.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    await until('the watch stands again', () => readyAgain);
    clearInterval(watching);
    await until('queries work', () => isUp(database));
  }
});

test('a server that is down at the start is tried again and said in words, without its password', async () => {
  const folder = newFolder();
  const dead = open({
    url: `postgresql://app:hush@127.0.0.1:${await freePort()}/app`,
    dataDir: folder,
    timing: { firstRetryMs: 20, longestRetryMs: 40 },
  });
  await until('it says why', () => dead.readiness().text.endsWith('does not answer: connection refused'));
  expect(dead.readiness().text).toMatch(/^the database at 127\.0\.0\.1:\d+ /);
  const unknown = open({ url: 'postgresql://app:hush@no-such-host.invalid/app', dataDir: folder });
  await until('it says why', () => /cannot be found: no such host name/.test(unknown.readiness().text));
  expect(() => open({ url: 'not a url', dataDir: folder })).toThrow('DATABASE_URL is not a URL');

  const socketFolder = join(folder, 'run');
  const late = open({
    url: `postgresql://app@localhost/app?host=${encodeURIComponent(socketFolder)}`,
    dataDir: folder,
    timing: { firstRetryMs: 20, longestRetryMs: 40 },
  });
  await until('it is down', () => late.readiness().text.endsWith('does not answer: connection refused'));
  await expect(countWorkspaces(late)).rejects.toMatchObject({ code: 'database-down' });
  servers.push(await startEmbeddedPostgres({ folder }));
  await late.whenReady();
  expect(await countWorkspaces(late)).toBe(1);

  const wrongName = open({
    url: `postgresql://app@localhost/nothing?host=${encodeURIComponent(socketFolder)}`,
    dataDir: folder,
  });
  await until('it says why', () => /does not have the database/.test(wrongName.readiness().text));
});

test('a server that is stopped, started again, frozen and thawed is followed', async () => {
  const folder = newFolder();
  const start = async () => {
    const server = await startEmbeddedPostgres({ folder });
    servers.push(server);
    return server;
  };
  const server = await start();
  const database = open({
    url: server.url,
    dataDir: folder,
    timing: {
      firstRetryMs: 20,
      longestRetryMs: 100,
      pingEveryMs: 100,
      pingTimeoutMs: 300,
      queryTimeoutMs: 500,
    },
  });
  await database.whenReady();
  const pool = [1, 2, 3, 4, 5].map(() => isUp(database));
  await Promise.all(pool);
  await server.stop();
  await until('the loss is noticed without a query', () => !database.readiness().ready);
  await expect(countWorkspaces(database)).rejects.toMatchObject({ code: 'database-down' });
  await start();
  await until('it is back', () => database.readiness().ready);
  expect(await countWorkspaces(database)).toBe(1);

  const frozen = processesWith(folder, 'bin/postgres').concat(
    processesWith('postgres:', 'app app'), // its backends name themselves; those of other tests thaw with ours
  );
  const ours = frozen.filter((pid) => ownedBy(pid, serverPid(join(folder, 'cluster'))));
  for (const pid of ours) process.kill(pid, 'SIGSTOP');
  try {
    await expect(countWorkspaces(database)).rejects.toMatchObject({ code: 'database-down' });
    await until('the silence is noticed', () => !database.readiness().ready);
    expect(database.readiness().text).toMatch(/does not answer in time/);
  } finally {
    for (const pid of ours) process.kill(pid, 'SIGCONT');
  }
  await until('it is back', () => database.readiness().ready);
  expect(await countWorkspaces(database)).toBe(1);
});

/** Is it that server or one of its children? */
function ownedBy(pid: number, server: number): boolean {
  if (pid === server) return true;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]) === server;
}
