/**
 * `npm run rotate-key`: the process edge. A controller that runs does it itself, asked over its API; otherwise it is done
 * here. Repeating it after a kill goes on with what was begun.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openBackupDatabase } from '../backup/backup-database.ts';
import { refuseUnfinishedRestore } from '../backup/unfinished.ts';
import { type Config, ConfigError, loadConfig } from '../config.ts';
import { ApiFailure } from '../contract/client/failure.ts';
import { RestClient } from '../contract/client/rest-client.ts';
import type { SecretKeyState } from '../contract/secret-key.ts';
import { controllerSessions, openDatabase } from '../db/database.ts';
import { openSecretKeys } from '../db/secrets.ts';
import { AppError, messageOf } from '../errors.ts';
import { silentLog } from '../log.ts';
import { OpenChanges } from './open-changes.ts';
import { SecretKeyRotation } from './rotation.ts';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const told = ({ resealed, unreadable, keyId, source }: SecretKeyState): void => {
  const old = source === 'file' ? 'the old one is gone' : 'OFFHOOK_SECRET_KEY_PREVIOUS can go';
  say(`Done: ${resealed} rows are encrypted with the new key ${keyId}; ${old}.`);
  if (unreadable > 0) {
    say(`${unreadable} rows have a secret that no key reads, before or now: enter those secrets again.`);
  }
  say(
    source === 'file'
      ? 'Backups made before have the old key in them and can be restored.'
      : 'Keep the old key as long as backups that were made with it.',
  );
};

/** Null: no controller answers there. */
const askController = async (client: RestClient): Promise<SecretKeyState | null> => {
  try {
    return await client.request<SecretKeyState>('POST', '/secret-key/rotate');
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    if (error.code === 'unreachable') return null;
    if (error.code !== 'conflict') throw error;
    const state = await client.request<SecretKeyState>('GET', '/secret-key');
    if (state.source === 'environment') throw error;
    say('The key is being changed already.');
    return state;
  }
};

const throughController = async (config: Config): Promise<boolean> => {
  const token = (await readFile(join(config.DATA_DIR, 'api-token'), 'utf8').catch(() => '')).trim();
  const host = config.HTTP_HOST === '0.0.0.0' || config.HTTP_HOST === '::' ? '127.0.0.1' : config.HTTP_HOST;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${config.HTTP_PORT}`;
  const client = new RestClient({ url, token });
  let state = await askController(client);
  if (state === null) return false;
  say(`The controller at ${url} encrypts every secret anew; calls go on.`);
  for (let problem: string | null = null; state.rotating; ) {
    await delay(200);
    state = await client.request<SecretKeyState>('GET', '/secret-key');
    if (state.problem !== null && state.problem !== problem) say(`  waiting: ${state.problem}`);
    problem = state.problem;
  }
  told(state);
  return true;
};

const alone = async (config: Config): Promise<void> => {
  const where = { url: config.DATABASE_URL, dataDir: config.DATA_DIR };
  const found = await openBackupDatabase(where);
  const isUsed = found.isRunning || (await controllerSessions(found.client)) > 0;
  await found.close();
  if (isUsed) {
    throw new AppError(
      'conflict',
      `a controller uses the database and does not answer at ${config.HTTP_HOST}:${config.HTTP_PORT}: give this command the HTTP_HOST and HTTP_PORT that it has, or stop it`,
    );
  }
  const log = silentLog();
  const database = openDatabase({ ...where, log });
  try {
    await database.whenReady();
    const keys = await openSecretKeys({
      key: config.OFFHOOK_SECRET_KEY,
      previous: config.OFFHOOK_SECRET_KEY_PREVIOUS,
      dataDir: config.DATA_DIR,
    });
    const rotation = new SecretKeyRotation({ keys, database, changes: new OpenChanges(), log });
    say('No controller runs: every secret is encrypted anew here.');
    if (keys.secrets.previousKeys > 0) rotation.resume();
    else await rotation.rotate();
    await rotation.ended();
    told(rotation.state());
  } finally {
    await database.close();
  }
};

try {
  if (process.argv.length > 2) throw new AppError('invalid-input', 'usage: npm run rotate-key');
  const config = loadConfig(process.env);
  refuseUnfinishedRestore(config.DATA_DIR);
  if (!(await throughController(config))) await alone(config);
} catch (error) {
  say(error instanceof ConfigError ? error.message : `The key was not changed: ${messageOf(error)}`);
  process.exitCode = 1;
}
