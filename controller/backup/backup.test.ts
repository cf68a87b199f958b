import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../db/embedded-postgres.ts';
import { migrate } from '../db/migrate.ts';
import { openSecrets } from '../db/secrets.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { repositoryPath, repositoryRoot } from '../paths.ts';
import { makeBackup } from './backup.ts';
import { restoreBackup } from './restore.ts';
import { listTables } from './tables.ts';
import { refuseUnfinishedRestore, unfinishedRestore } from './unfinished.ts';

const run = promisify(execFile);
const workspaceId = '5f0c7b1e-0d4e-4c53-9d0a-6f66686f6f6b';
const say = () => undefined;
let folder: string;
let postgres: TestPostgres;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-backup-'));
  await chmod(folder, 0o755);
  postgres = await startTestPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A workspace whose name has everything that COPY has to escape. */
const awkwardName = 'Tab\tnew\nline \\N "quoted" ünïcode';
const fill = async (client: pg.Client): Promise<void> => {
  await client.query(
    'INSERT INTO workspace (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = $2',
    [workspaceId, awkwardName],
  );
  for (let index = 0; index < 300; index++) {
    await client.query(
      `INSERT INTO call (id, workspace_id, trunk_name, channel_id, sip_call_id, caller_number, caller_name, called_number,
                         state, offered_at) VALUES ($1, $2, 'PBX', 'c', 's', '1', '', '1000', 'ended', now())`,
      [`call-${index}`, workspaceId],
    );
    await client.query(
      `INSERT INTO call_event (call_id, seq, at, kind, text, data) VALUES ($1, $2, now(), 'offered', 'x', '{"a":"b\\\\n"}')`,
      [`call-${index}`, index],
    );
  }
};

const contentOf = async (client: pg.Client): Promise<Record<string, unknown[]>> => {
  const content: Record<string, unknown[]> = {};
  for (const { name } of await listTables(client)) {
    content[name] = (await client.query(`SELECT to_jsonb(t) AS row FROM "${name}" t ORDER BY 1`)).rows;
  }
  return content;
};

const connect = async (config: pg.ClientConfig): Promise<pg.Client> => {
  const client = new pg.Client(config);
  await client.connect();
  return client;
};

/** A data folder with a secret, an encrypted password and a recording; its database on the test server. */
const filled = async (name: string) => {
  const dataDir = join(folder, name);
  await mkdir(join(dataDir, 'recordings', '2026'), { recursive: true });
  const recording = randomBytes(200_000);
  await writeFile(join(dataDir, 'recordings', '2026', 'a.ogg'), recording);
  await writeFile(join(dataDir, 'empty'), '');
  const secrets = await openSecrets({ dataDir });
  const databaseUrl = await postgres.createDatabase();
  const client = await connect({ connectionString: databaseUrl });
  await fill(client);
  return { dataDir, databaseUrl, client, recording, encrypted: secrets.encrypt('hunter2', 'row') };
};

test('database, secrets and recordings come back as they were, into an empty folder with its own database', async () => {
  const from = await filled('whole');
  const file = join(folder, 'whole.tar.gz');
  await makeBackup({ dataDir: from.dataDir, databaseUrl: from.databaseUrl, file, say });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const before = await contentOf(from.client);
  await from.client.end();
  expect(before['call']).toHaveLength(300);

  const dataDir = join(folder, 'whole-restored');
  await restoreBackup({ dataDir, databaseUrl: undefined, file, say });
  expect(() => refuseUnfinishedRestore(dataDir)).not.toThrow();
  const server = await startEmbeddedPostgres({ folder: join(dataDir, 'postgres'), temporary: true });
  try {
    const client = await connect(server.connection);
    expect(await contentOf(client)).toEqual(before);
    // the schema is complete too: nothing is left to migrate
    expect(await migrate(client, repositoryPath('prisma', 'migrations'))).toEqual([]);
    await client.end();
  } finally {
    await server.stop();
  }
  expect((await openSecrets({ dataDir })).decrypt(from.encrypted, 'row')).toBe('hunter2');
  expect((await stat(join(dataDir, 'secret-key'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(dataDir, 'recordings', '2026', 'a.ogg'))).toEqual(from.recording);
  expect(await readFile(join(dataDir, 'empty'), 'utf8')).toBe('');
});

test('a folder or a database that is in use is never overwritten', async () => {
  const from = await filled('used');
  const file = join(folder, 'used.tar.gz');
  await makeBackup({ dataDir: from.dataDir, databaseUrl: from.databaseUrl, file, say });
  await expect(restoreBackup({ dataDir: from.dataDir, databaseUrl: undefined, file, say })).rejects.toThrow(
    /is not empty/,
  );
  const dataDir = join(folder, 'used-restored');
  await expect(restoreBackup({ dataDir, databaseUrl: from.databaseUrl, file, say })).rejects.toThrow(
    /database is not empty/,
  );
  expect((await from.client.query('SELECT 1 FROM call')).rowCount).toBe(300);
  await from.client.end();
  // it can be given an empty one afterwards: nothing of the refused attempt is in the way
  const empty = await postgres.createDatabase();
  const client = await connect({ connectionString: empty });
  await client.query('DROP SCHEMA public CASCADE');
  await client.query('CREATE SCHEMA public');
  await restoreBackup({ dataDir, databaseUrl: empty, file, say });
  expect((await client.query('SELECT 1 FROM call')).rowCount).toBe(300);
  await client.end();
  await expect(
    makeBackup({ dataDir: from.dataDir, databaseUrl: from.databaseUrl, file, say }),
  ).rejects.toThrow(/is there already/);
});

test('a cut-off, changed or foreign file is refused before anything is put in place', async () => {
  const from = await filled('damaged');
  await from.client.end();
  const file = join(folder, 'damaged.tar.gz');
  await makeBackup({ dataDir: from.dataDir, databaseUrl: from.databaseUrl, file, say });
  const whole = await readFile(file);
  const cut = join(folder, 'cut.tar.gz');
  await writeFile(cut, whole);
  await truncate(cut, Math.floor(whole.length / 2));
  const flipped = Buffer.from(whole);
  flipped.writeUInt8(flipped.readUInt8(whole.length >> 1) ^ 0x10, whole.length >> 1);
  const changed = join(folder, 'changed.tar.gz');
  await writeFile(changed, flipped);
  const foreign = join(folder, 'foreign.tar.gz');
  await writeFile(join(folder, 'evil'), 'x');
  await run('tar', ['-czf', foreign, '-P', '--transform', 's,.*,../../evil,', join(folder, 'evil')]);
  const text = join(folder, 'text.tar.gz');
  await writeFile(text, 'no archive');
  for (const [bad, words] of [
    [cut, /damaged|cut off/],
    [changed, /damaged/],
    [foreign, /no backup of Offhook has/],
    [text, /damaged or no backup/],
  ] as const) {
    const dataDir = join(folder, `restored-${Math.random()}`);
    await expect(restoreBackup({ dataDir, databaseUrl: undefined, file: bad, say })).rejects.toThrow(words);
    expect(await readdir(dataDir)).toEqual([]);
  }
});

test('a restore that was killed can be repeated, and no controller starts on its half', async () => {
  const from = await filled('killed');
  await from.client.end();
  const file = join(folder, 'killed.tar.gz');
  await makeBackup({ dataDir: from.dataDir, databaseUrl: from.databaseUrl, file, say });
  const dataDir = join(folder, 'killed-restored');
  const databaseUrl = await postgres.createDatabase();
  await mkdir(join(dataDir, 'restoring', 'tables'), { recursive: true });
  await writeFile(unfinishedRestore(dataDir), 'filling\n');
  expect(() => refuseUnfinishedRestore(dataDir)).toThrow(/repeat it/);
  await expect(makeBackup({ dataDir, databaseUrl, file: join(folder, 'no'), say })).rejects.toThrow(
    /never finished/,
  );
  await restoreBackup({ dataDir, databaseUrl, file, say });
  expect(() => refuseUnfinishedRestore(dataDir)).not.toThrow();
});

test('a disk without room leaves no half backup behind and says so', async () => {
  const from = await filled('full');
  await from.client.end();
  const target = join(folder, 'small');
  await mkdir(target);
  // a limit on the size of any file is a full disk that needs no rights to make; its signal has to be ignored for an error
  const command = `trap '' XFSZ; ulimit -f 100; exec "${process.execPath}" --import tsx controller/backup/main.ts backup "$0"`;
  const attempt = run('bash', ['-c', command, join(target, 'b.tar.gz')], {
    cwd: repositoryRoot,
    env: { ...process.env, DATA_DIR: from.dataDir, DATABASE_URL: from.databaseUrl },
  });
  await expect(attempt).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/backup failed: EFBIG/),
  });
  expect(await readdir(target)).toEqual([]);
});
