/**
 * Changes the key that stored secrets are encrypted with, while everything goes on:
 *
 *   one key ──▶ a new one before it in the file ──▶ every secret encrypted anew ──▶ the old one dropped from the file
 *
 * Killed anywhere, the file has every key that is needed, and the next start goes on by itself. Keys that come from the
 * environment are the operator's to change: then only the middle part is done, and the log says when it is.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { SecretKeyState } from '../contract/secret-key.ts';
import type { Database } from '../db/database.ts';
import { newSecretKey, type SecretKeyFile } from '../db/secret-key-file.ts';
import type { SecretKeys, Secrets } from '../db/secrets.ts';
import { AppError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { tryAloneInTransaction } from './backup-lock.ts';
import type { OpenChanges } from './open-changes.ts';
import { countStale, resealAll } from './reseal.ts';

export type RotationOptions = {
  keys: SecretKeys;
  database: Pick<Database, 'run' | 'transaction' | 'whenReady'>;
  changes: OpenChanges;
  log: Logger;
  retryMs?: number;
};

export class SecretKeyRotation {
  readonly #secrets: Secrets;
  readonly #file: SecretKeyFile | null;
  readonly #database: RotationOptions['database'];
  readonly #changes: OpenChanges;
  readonly #log: Logger;
  readonly #retryMs: number;
  readonly #closing = new AbortController();
  #running: Promise<void> | null = null;
  #resealed = 0;
  #unreadable = 0;
  #problem: string | null = null;

  constructor({ keys, database, changes, log, retryMs = 2000 }: RotationOptions) {
    this.#secrets = keys.secrets;
    this.#file = keys.file;
    this.#database = database;
    this.#changes = changes;
    this.#log = log;
    this.#retryMs = retryMs;
  }

  state(): SecretKeyState {
    return {
      keyId: this.#secrets.keyId,
      source: this.#file === null ? 'environment' : 'file',
      rotating: this.#running !== null,
      previousKeys: this.#secrets.previousKeys,
      resealed: this.#resealed,
      unreadable: this.#unreadable,
      problem: this.#problem,
    };
  }

  /** Goes on with what an earlier process has begun, or what the environment asks for. */
  resume(): void {
    if (this.#secrets.previousKeys > 0 && this.#running === null) this.#begin();
  }

  /** A new key. Resolves when it is in use; `ended` when the old one is gone. */
  async rotate(): Promise<void> {
    if (this.#file === null) {
      throw new AppError(
        'conflict',
        'the key comes from the environment: start with a new OFFHOOK_SECRET_KEY and the old one as OFFHOOK_SECRET_KEY_PREVIOUS',
      );
    }
    if (this.#running !== null || this.#secrets.previousKeys > 0) {
      throw new AppError('conflict', 'the key is being changed already');
    }
    const key = newSecretKey();
    this.#running = Promise.resolve();
    try {
      await this.#file.add(key);
    } catch (thrown) {
      this.#running = null;
      throw thrown;
    }
    this.#secrets.change(key);
    this.#log.info({ keyId: this.#secrets.keyId }, 'new secret key; secrets are encrypted anew');
    this.#begin();
  }

  /** Resolves when nothing is being changed (any more). */
  async ended(): Promise<void> {
    await this.#running;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  #begin(): void {
    this.#resealed = 0;
    this.#running = this.#live().finally(() => {
      this.#running = null;
    });
  }

  /** Never rejects: what goes wrong is said and tried again. */
  async #live(): Promise<void> {
    const { signal } = this.#closing;
    // whoever began to change something before may still write what the old key encrypted
    await this.#changes.settled();
    while (!signal.aborted) {
      try {
        await this.#database.whenReady();
        const { unreadable } = await resealAll({
          database: this.#database,
          secrets: this.#secrets,
          onRows: (rows) => {
            this.#resealed += rows;
          },
          signal,
        });
        this.#unreadable = unreadable;
        this.#problem = null;
        if (this.#file === null) {
          this.#log.info(
            { resealed: this.#resealed, unreadable },
            'every secret is encrypted with OFFHOOK_SECRET_KEY: OFFHOOK_SECRET_KEY_PREVIOUS can go',
          );
          return;
        }
        if (await this.#dropped(this.#file)) {
          this.#log.info({ resealed: this.#resealed, unreadable }, 'the old secret key is gone');
          return;
        }
      } catch (thrown) {
        if (signal.aborted) return;
        this.#problem = messageOf(thrown);
        this.#log.warn({ reason: this.#problem }, 'secrets could not be encrypted anew, will be tried again');
      }
      await delay(this.#retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** False: not yet, somebody needs the old key. */
  async #dropped(file: SecretKeyFile): Promise<boolean> {
    return await this.#database.transaction(async () => {
      const [lock] = await this.#database.run((prisma) =>
        prisma.$queryRawUnsafe<{ taken: boolean }[]>(tryAloneInTransaction),
      );
      if (lock?.taken !== true) {
        this.#problem = 'a backup is being made, which needs the old key';
        return false;
      }
      const stale = await countStale({ database: this.#database, secrets: this.#secrets });
      if (stale > this.#unreadable) return false;
      await file.dropPrevious();
      this.#secrets.forgetPrevious();
      this.#problem = null;
      return true;
    });
  }
}
