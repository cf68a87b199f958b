/**
 * A private PostgreSQL server: on a Unix socket only, fsync on, gone when this process is gone in whatever way.
 * Knows neither our tables nor who uses it; restarting a crashed one is `database.ts`'s business.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, statSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import {
  type Binaries,
  findBinaries,
  findServerUser,
  ownerOf,
  type ServerUser,
} from './embedded-binaries.ts';
import { findServerFolder } from './server-folder.ts';

export type EmbeddedPostgres = {
  readonly connection: { host: string; user: string; database: string };
  /** the same as a URL, for tools */
  readonly url: string;
  /** where its files are; not the wanted folder when its user cannot get there */
  readonly folder: string;
  /** why they are not in the wanted folder, in words; null when they are */
  readonly elsewhereBecause: string | null;
  /** settles when the server ended, whoever ended it */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
};

const user = 'app';
const database = 'app';

// "$@" is the server. When our end of stdin closes (by stop() or by the death of this process) it gets a fast shutdown,
// asked for until it is gone: a server that is only just starting ignores the first signal.
const watchdog =
  'exec 3<&0; "$@" </dev/null 3<&- & p=$!; ' +
  '(cat <&3 >/dev/null; while kill -INT $p 2>/dev/null; do sleep 1; done) & w=$!; ' +
  'trap "kill -INT $p" TERM INT; wait $p; r=$?; wait $p 2>/dev/null; kill $w 2>/dev/null; exit $r';

export async function startEmbeddedPostgres(options: {
  folder: string;
  /** root's server keeps its files below this one when its user cannot reach `folder` */
  elsewhere?: string;
  timeoutMs?: number;
  /** no fsync: for tests and tools whose data nobody misses */
  temporary?: boolean;
  signal?: AbortSignal;
}): Promise<EmbeddedPostgres> {
  const wanted = resolve(options.folder);
  const runAs = await findServerUser();
  await mkdir(wanted, { recursive: true, mode: 0o755 });
  const place = await findServerFolder({
    wanted,
    runAs,
    ...(options.elsewhere === undefined ? {} : { elsewhere: options.elsewhere }),
  });
  const root = place.folder;
  const cluster = join(root, 'cluster');
  const binaries = await findBinaries(runAs, root);
  await ensureCluster({ root, cluster, binaries, runAs, temporary: options.temporary ?? false });
  const socketFolder = await ensureSocketFolder(root, runAs);
  const connection = { host: socketFolder, user, database };
  const logFile = join(root, 'postgres.log');

  const deadline = Date.now() + (options.timeoutMs ?? 60_000);
  let started: ChildProcess | null = null;
  while (started === null) {
    options.signal?.throwIfAborted();
    const settings = [
      'listen_addresses=',
      `unix_socket_directories=${socketFolder}`,
      'unix_socket_permissions=0700',
      'max_connections=50',
      'shared_buffers=64MB',
      ...(process.platform === 'linux' ? ['recovery_init_sync_method=syncfs'] : []),
      ...(options.temporary === true ? ['fsync=off'] : []),
    ];
    const attempt = await spawnServer({ root, cluster, binaries, runAs, settings, logFile });
    if (await comesUp(attempt, { cluster, connection, deadline, signal: options.signal })) {
      started = attempt.process;
    } else {
      attempt.process.stdin?.destroy();
      if (Date.now() >= deadline) {
        throw new Error(
          `the embedded PostgreSQL did not start (is another Offhook using ${root}?); its log is ${logFile}`,
        );
      }
      await delay(150); // most often the previous server is still shutting down
    }
  }
  const server = started;
  const ended = new Promise<void>((settle) => {
    if (server.exitCode !== null || server.signalCode !== null) settle();
    else server.once('exit', () => settle());
  });
  try {
    await ensureDatabase(connection);
  } catch (thrown) {
    server.stdin?.end();
    throw thrown;
  }
  return {
    connection,
    url: `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(socketFolder)}`,
    folder: root,
    elsewhereBecause: place.because,
    ended,
    stop: () => {
      server.stdin?.end();
      return ended;
    },
  };
}

/** The server that another process runs on these files, as a backup wants it; null when there is none. */
export async function joinEmbeddedPostgres(options: {
  folder: string;
  elsewhere?: string;
}): Promise<EmbeddedPostgres['connection'] | null> {
  const wanted = resolve(options.folder);
  if (!existsSync(wanted)) return null;
  const runAs = await findServerUser();
  const { elsewhere } = options;
  const { folder } = await findServerFolder({
    wanted,
    runAs,
    ...(elsewhere === undefined ? {} : { elsewhere }),
  });
  const connection = { host: socketFolderOf(folder), user, database };
  return await ask(connection, 'select 1').then(
    () => connection,
    () => null,
  );
}

/** For tests and tools: in a folder of its own that is gone when it is stopped. */
export async function startTemporaryPostgres(): Promise<EmbeddedPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-pg-'));
  chmodSync(folder, 0o755);
  const server = await startEmbeddedPostgres({ folder, temporary: true });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      await rm(server.folder, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Place = { root: string; cluster: string; binaries: Binaries; runAs: ServerUser | null };

async function ensureCluster(place: Place & { temporary: boolean }): Promise<void> {
  const { root, cluster, binaries, runAs } = place;
  const versionFile = join(cluster, 'PG_VERSION');
  if (existsSync(versionFile)) {
    const had = (await readFile(versionFile, 'utf8')).trim();
    if (had === binaries.major) return;
    throw new Error(
      `${cluster} was made by PostgreSQL ${had} and this version of Offhook brings ${binaries.major}: dump it with the old version and restore it into the new one`,
    );
  }
  const halfMade = `${cluster}.new`; // renamed when finished, so that a half-made cluster is never taken for a real one
  await rm(halfMade, { recursive: true, force: true });
  await mkdir(halfMade, { mode: 0o700 });
  if (runAs !== null) await chown(halfMade, runAs.uid, runAs.gid);
  const sync = place.temporary ? ['--no-sync'] : process.platform === 'linux' ? ['--sync-method=syncfs'] : [];
  const initdb = spawn(
    binaries.path('initdb'),
    // the builtin locale: lower() and ILIKE know umlauts, and no upgrade of the system's locale damages an index
    [
      `--pgdata=${halfMade}`,
      `--username=${user}`,
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
      ...sync,
    ],
    {
      ...ownerOf(runAs),
      cwd: '/',
      env: { ...process.env, HOME: root, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  initdb.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise<number | null>((settle, fail) => {
    initdb.once('error', fail);
    initdb.once('close', settle);
  });
  if (code !== 0) throw new Error(`the embedded database could not be made in ${root}: ${said.trim()}`);
  await rename(halfMade, cluster);
}

/** A Unix socket's path is at most 107 bytes (sockaddr_un), so a deep folder gets a short one elsewhere. */
function socketFolderOf(root: string): string {
  const beside = join(root, 'run');
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return Buffer.byteLength(beside) > 80 ? join('/tmp', `offhook-pg-${hash}`) : beside;
}

async function ensureSocketFolder(root: string, runAs: ServerUser | null): Promise<string> {
  const folder = socketFolderOf(root);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // in /tmp somebody else may have made it first, to sit between us and the server
  const { uid } = await lstat(folder);
  if (uid !== process.getuid?.() && uid !== runAs?.uid) {
    throw new Error(
      `${folder} belongs to another user: remove it, or use a data directory with a shorter path`,
    );
  }
  await chmod(folder, 0o700);
  if (runAs !== null) await chown(folder, runAs.uid, runAs.gid);
  return folder;
}

type Attempt = { process: ChildProcess; mark: string; exited: () => boolean };

async function spawnServer(place: Place & { settings: string[]; logFile: string }): Promise<Attempt> {
  const { root, cluster, binaries, runAs, settings, logFile } = place;
  // shown by the running server: tells ours from a previous one that is still shutting down
  const mark = `offhook-${randomUUID()}`;
  if (existsSync(logFile) && statSync(logFile).size > 10e6) await rename(logFile, `${logFile}.1`);
  const log = await open(logFile, 'a', 0o600);
  const recycled = await recycledPid(cluster);
  const server = spawn(
    '/bin/sh',
    [
      '-c',
      watchdog,
      'offhook-pg-watchdog',
      binaries.path('postgres'),
      '-D',
      cluster,
      ...[...settings, `cluster_name=${mark}`].flatMap((setting) => ['-c', setting]),
    ],
    {
      ...ownerOf(runAs),
      stdio: ['pipe', log.fd, log.fd],
      detached: true, // a Ctrl-C in the terminal is for us: we stop the server in our own order
      cwd: '/',
      env: {
        ...process.env,
        HOME: root,
        LC_ALL: 'C',
        ...(recycled === null ? {} : { PG_GRANDPARENT_PID: recycled }),
      },
    },
  );
  let exited = false;
  server.stdin?.on('error', () => {});
  server.once('exit', () => {
    exited = true;
    server.stdin?.destroy();
  });
  server.once('error', () => {
    exited = true;
  });
  await log.close();
  return { process: server, mark, exited: () => exited };
}

/**
 * After a crash postmaster.pid stays. When its pid now belongs to another program (usual in containers) PostgreSQL
 * would refuse to start for ever. It does not look at the pid in PG_GRANDPARENT_PID (CreateLockFile in
 * src/backend/utils/init/miscinit.c) and still checks the old shared memory.
 */
async function recycledPid(cluster: string): Promise<string | null> {
  try {
    const pid = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]?.trim() ?? '';
    const commandLine = await readFile(`/proc/${Number(pid)}/cmdline`, 'utf8');
    return commandLine.includes(cluster) ? null : pid;
  } catch {
    return null;
  }
}

async function comesUp(
  attempt: Attempt,
  options: {
    cluster: string;
    connection: EmbeddedPostgres['connection'];
    deadline: number;
    signal: AbortSignal | undefined;
  },
): Promise<boolean> {
  const pidFile = join(options.cluster, 'postmaster.pid');
  while (!attempt.exited() && Date.now() < options.deadline && options.signal?.aborted !== true) {
    try {
      if ((await readFile(pidFile, 'utf8')).includes('ready')) {
        const shown = await ask(options.connection, 'show cluster_name');
        if (shown[0]?.['cluster_name'] === attempt.mark) return true;
      }
    } catch {
      // not up yet
    }
    await delay(20);
  }
  return false;
}

async function ensureDatabase(connection: EmbeddedPostgres['connection']): Promise<void> {
  const there = await ask(connection, `select 1 from pg_database where datname = '${database}'`);
  if (there.length === 0) await ask(connection, `create database ${database}`);
}

async function ask(
  connection: EmbeddedPostgres['connection'],
  sql: string,
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ ...connection, database: 'postgres', connectionTimeoutMillis: 5000 });
  client.on('error', () => {}); // the query itself rejects
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
