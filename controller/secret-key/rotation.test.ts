/** Stored secrets under a new key: while everything goes on, killed in between, beside a backup, from the environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi } from '../api/test-api.ts';
import { defaultWorkspaceId, openDatabase } from '../db/database.ts';
import { openSecretKeys, openSecrets } from '../db/secrets.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { until } from '../db/test-process.ts';
import { silentLog } from '../log.ts';
import { repositoryPath, repositoryRoot } from '../paths.ts';
import { takeShared } from './backup-lock.ts';
import { OpenChanges } from './open-changes.ts';
import { SecretKeyRotation } from './rotation.ts';

/** no controller is there, and none can be */
const noPort = '1';
let folder: string;
let postgres: TestPostgres;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-rotation-'));
  postgres = await startTestPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // a failed test leaves it open
  await client.connect();
  return client;
};
/** As Offhook encrypted before ciphertexts named their key. */
const firstVersion = (key: Buffer, plain: string, rowId: string): string => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(rowId));
  const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `v1:${body.toString('base64')}`;
};
const keysIn = async (dataDir: string): Promise<string[]> =>
  (await readFile(join(dataDir, 'secret-key'), 'utf8')).trim().split('\n');

/** A database with so many trunks, the password of each `password <its id>`, encrypted as the first version did. */
const withTrunks = async (count: number) => {
  const dataDir = await mkdtemp(join(folder, 'data-'));
  const url = await postgres.createDatabase();
  await openSecrets({ dataDir });
  const [text = ''] = await keysIn(dataDir);
  const key = Buffer.from(text, 'base64');
  const client = await connect(url);
  await client.query(`INSERT INTO workspace (id, name) VALUES ($1, 'Default') ON CONFLICT DO NOTHING`, [
    defaultWorkspaceId,
  ]);
  const ids = Array.from({ length: count }, () => randomUUID()).sort();
  await client.query(
    `INSERT INTO trunk (id, workspace_id, name, pbx_type, domain, port, transport, extension, password_encrypted,
                        concurrent_call_limit, active)
     SELECT id, $1, 'T' || id, 'other', 'pbx.example.com', 5060, 'udp', 'e' || id, sealed, 10, false
     FROM unnest($2::uuid[], $3::text[]) AS t(id, sealed)`,
    [defaultWorkspaceId, ids, ids.map((id) => firstVersion(key, `password ${id}`, id))],
  );
  return { dataDir, url, client, ids };
};
/** What every trunk's password is, read with the keys of the folder. */
const passwords = async (client: pg.Client, dataDir: string): Promise<string[]> => {
  const secrets = await openSecrets({ dataDir });
  const { rows } = await client.query<{ id: string; sealed: string }>(
    'SELECT id, password_encrypted AS sealed FROM trunk ORDER BY id',
  );
  return rows.map(({ id, sealed }) => secrets.decrypt(sealed, id));
};

const command = (
  environment: Record<string, string>,
): { child: ChildProcess; ended: Promise<{ code: number | null; said: string }> } => {
  const main = repositoryPath('controller/secret-key/main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    cwd: repositoryRoot,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, said }));
  });
  return { child, ended };
};

test('killed in the middle it leaves every secret readable, and the next one goes on', async () => {
  const { dataDir, url, client, ids } = await withTrunks(450);
  const environment = {
    DATA_DIR: dataDir,
    DATABASE_URL: url,
    HTTP_PORT: noPort,
  };
  const plain = ids.map((id) => `password ${id}`);
  const [before] = await keysIn(dataDir);
  // somebody holds the last row: there it stops
  const holder = await connect(url);
  await holder.query('BEGIN');
  await holder.query('SELECT 1 FROM trunk WHERE id = $1 FOR UPDATE', [ids.at(-1)]);
  const done = async (): Promise<number> => {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM trunk WHERE password_encrypted LIKE 'v2:%'`,
    );
    return rows[0]?.n ?? 0;
  };
  const first = command(environment);
  await until('some are done', async () => (await done()) > 0);
  first.child.kill('SIGKILL');
  expect(await first.ended).toMatchObject({ code: null });
  expect(await done()).toBeGreaterThanOrEqual(200);
  expect(await done()).toBeLessThan(450);
  const between = await keysIn(dataDir);
  expect(between).toEqual([expect.not.stringContaining(before ?? ''), before]);
  expect(await passwords(client, dataDir)).toEqual(plain);

  await holder.query('ROLLBACK');
  await holder.end();
  const second = await command(environment).ended;
  expect(second.said).toContain('Done');
  expect(second.code).toBe(0);
  expect(await keysIn(dataDir)).toEqual([between[0]]);
  expect((await stat(join(dataDir, 'secret-key'))).mode & 0o777).toBe(0o600);
  expect(await passwords(client, dataDir)).toEqual(plain);
  const { rows } = await client.query(
    'SELECT DISTINCT version, left(password_encrypted, 3) AS form FROM trunk',
  );
  expect(rows).toEqual([{ version: 1, form: 'v2:' }]);
  await client.end();
});

test('every kind of secret of a running Offhook is under the new key, also one that is written meanwhile', async () => {
  const keys = await mkdtemp(join(folder, 'keys-'));
  const url = await postgres.createDatabase();
  const api = await startTestApi(url, silentLog(), '/nonexistent', keys);
  const client = await connect(url);
  try {
    const made = async (path: string, body: unknown) =>
      (await api.send('POST', `/api/v1${path}`, body)).body as { id: string };
    const sip = await made('/trunks', {
      connectionType: 'sip-trunk',
      name: 'In',
      domain: 'pbx.example.com',
      password: 'first-password-of-it',
    });
    await api.send('POST', `/api/v1/trunks/${sip.id}/rotate-password`, { password: 'second-password-of-it' });
    const hook = await made('/webhooks', { name: 'H', url: 'http://127.0.0.1:9/', events: ['call.ended'] });
    await api.send('POST', `/api/v1/webhooks/${hook.id}/rotate-secret`);
    const bot = {
      name: 'Bot',
      kind: 'offhook',
      connection: { kind: 'offhook', url: 'wss://b.example.com/', token: 'the-token-of-the-bot' },
    };
    await made('/agents', bot);
    // a secret that nobody can read any more takes none of the others with it
    await client.query(
      `INSERT INTO webhook (id, workspace_id, name, url, events, secret_encrypted, previous_secret_encrypted, active)
       SELECT gen_random_uuid(), workspace_id, 'Broken', url, events, 'v2:00000000:' || repeat('A', 60), NULL, false
       FROM webhook WHERE id = $1`,
      [hook.id],
    );
    const sealed = async () =>
      (
        await client.query<{ id: string; text: string }>(
          `SELECT id, unnest(ARRAY[password_encrypted, old_password_encrypted]) AS text FROM trunk
           UNION ALL SELECT id, secrets_encrypted FROM agent WHERE secrets_encrypted IS NOT NULL
           UNION ALL SELECT id, unnest(ARRAY[secret_encrypted, previous_secret_encrypted]) FROM webhook WHERE name = 'H'`,
        )
      ).rows;
    const read = async () => {
      const secrets = await openSecrets({ dataDir: keys });
      return (await sealed()).map(({ id, text }) => secrets.decrypt(text, id)).sort();
    };
    const plain = await read();
    expect(plain).toEqual(expect.arrayContaining(['first-password-of-it', 'second-password-of-it']));
    expect(plain).toHaveLength(5);
    const before = await api.send('GET', '/api/v1/secret-key');
    expect(before.body).toMatchObject({ source: 'file', rotating: false, previousKeys: 0 });
    const etag = (await api.send('GET', `/api/v1/trunks/${sip.id}`)).headers.get('etag');

    // an agent that was begun before waits in the database: what it has encrypted has to be taken along
    const blocker = await connect(url);
    await blocker.query('BEGIN');
    await blocker.query(
      `INSERT INTO agent (id, workspace_id, kind, name, first_message, settings) SELECT gen_random_uuid(), workspace_id,
       kind, 'Late', '', settings FROM agent LIMIT 1`,
    );
    const late = made('/agents', { ...bot, name: 'Late' });
    await until('it waits', async () => {
      const { rows } = await client.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
      return rows.length > 0;
    });
    const asked = await api.send('POST', '/api/v1/secret-key/rotate');
    expect(asked).toMatchObject({ status: 202, body: { rotating: true, previousKeys: 1 } });
    expect(await api.send('POST', '/api/v1/secret-key/rotate')).toMatchObject({ status: 409 });
    expect(await keysIn(keys)).toHaveLength(2);
    await blocker.query('ROLLBACK');
    await blocker.end();
    await late;
    await api.secretKey.ended();

    expect((await api.send('GET', '/api/v1/secret-key')).body).toEqual({
      keyId: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
      source: 'file',
      rotating: false,
      previousKeys: 0,
      resealed: 4,
      unreadable: 1,
      problem: null,
    });
    expect(await keysIn(keys)).toHaveLength(1);
    const [, ...rest] = [...new Set((await sealed()).map(({ text }) => text.slice(0, 12)))];
    expect(rest).toEqual([]);
    const after = await read();
    expect(after).toHaveLength(6);
    expect(after).toEqual(expect.arrayContaining(plain));
    // nobody has to read anything anew because of it
    expect((await api.send('GET', `/api/v1/trunks/${sip.id}`)).headers.get('etag')).toBe(etag);
  } finally {
    await client.end();
    await api.stop();
  }
});

test('no key goes while a backup is made that may need it', async () => {
  const { dataDir, url, client, ids } = await withTrunks(3);
  const database = openDatabase({ url, dataDir, log: silentLog() });
  await database.whenReady();
  const keys = await openSecretKeys({ dataDir });
  const log = silentLog();
  const rotation = new SecretKeyRotation({ keys, database, changes: new OpenChanges(), log, retryMs: 20 });
  await client.query(takeShared);
  await rotation.rotate();
  await until('it waits for the backup', () => rotation.state().problem?.includes('backup'));
  expect(await keysIn(dataDir)).toHaveLength(2);
  expect(await passwords(client, dataDir)).toEqual(ids.map((id) => `password ${id}`));
  await client.end(); // and with it the lock
  await rotation.ended();
  expect(await keysIn(dataDir)).toHaveLength(1);
  await database.close();
});

test('a key from the environment is changed by the operator: what the old one encrypted is under the new one', async () => {
  const { dataDir, url, client, ids } = await withTrunks(3);
  const [old = ''] = await keysIn(dataDir);
  const key = randomBytes(32).toString('base64');
  const database = openDatabase({ url, dataDir, log: silentLog() });
  await database.whenReady();
  const keys = await openSecretKeys({ key, previous: `${old}, ${old}`, dataDir });
  const log = silentLog();
  const rotation = new SecretKeyRotation({ keys, database, changes: new OpenChanges(), log });
  await expect(rotation.rotate()).rejects.toThrow(/OFFHOOK_SECRET_KEY_PREVIOUS/);
  rotation.resume();
  await rotation.ended();
  expect(rotation.state()).toMatchObject({ source: 'environment', resealed: 3, unreadable: 0 });
  const { rows } = await client.query<{ id: string; sealed: string }>(
    'SELECT id, password_encrypted AS sealed FROM trunk ORDER BY id',
  );
  const secrets = await openSecrets({ key, dataDir });
  expect(rows.map(({ id, sealed }) => secrets.decrypt(sealed, id))).toEqual(
    ids.map((id) => `password ${id}`),
  );
  await expect(openSecrets({ previous: old, dataDir })).rejects.toThrow(/without OFFHOOK_SECRET_KEY/);
  await client.end();
  await database.close();
});
