/**
 * Idempotency-Keys: which creations were asked for, and what was answered. A key that was taken is given back when the
 * creation fails. Once its change is in the database it is never done again, also when the answer got lost in a crash.
 *
 *   running ──▶ changed ──▶ answered      kept for a day
 *      └──▶ given back, or taken over when its process died
 */
import { createHash, createHmac } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { Database } from './database.ts';
import { Secrets } from './secrets.ts';

export type KeyedRequest = {
  workspaceId: string;
  /** keys of different callers are different keys */
  actor: string;
  key: string;
  operation: string;
  /** all that must be the same the second time */
  request: string;
};
export type KeyedAnswer = { status: number; location: string | null; version: number | null; answer: string };
export type HeldKey =
  | ({ kind: 'answered' } & KeyedAnswer)
  | {
      kind: 'new';
      /** to be called in the transaction of the change */
      changed: () => Promise<void>;
      answered: (answer: KeyedAnswer) => Promise<void>;
      giveBack: () => Promise<void>;
    };

const keptMs = 24 * 3600_000;
/** nothing takes longer: whoever holds a key so long without a change has died */
const longestRunMs = 120_000;

export class RequestKeyStore {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  async take(asked: KeyedRequest): Promise<HeldKey> {
    if (!/^[!-~]{8,200}$/.test(asked.key)) {
      const text = 'an Idempotency-Key is 8 to 200 printable characters, such as a random UUID';
      throw new AppError('invalid-input', text, { fields: { 'Idempotency-Key': text } });
    }
    const { workspaceId, actor, operation } = asked;
    const key = createHash('sha256').update(asked.key).digest('base64url');
    const requestHash = new Uint8Array(createHash('sha256').update(asked.request).digest());
    const id = { workspaceId, actor, key };
    const secrets = new Secrets({
      key: createHmac('sha256', asked.key).update(`${workspaceId} ${actor}`).digest(),
    });
    const isTaken = await this.#database.run(async (prisma) => {
      const stale = { ...id, state: 'running', createdAt: { lt: new Date(Date.now() - longestRunMs) } };
      await prisma.requestKey.deleteMany({ where: stale });
      const data = [{ ...id, operation, requestHash, state: 'running' }];
      return (await prisma.requestKey.createMany({ data, skipDuplicates: true })).count === 1;
    });
    if (isTaken) {
      const where = { workspaceId_actor_key: id };
      return {
        kind: 'new',
        changed: async () => {
          await this.#database.run((prisma) =>
            prisma.requestKey.update({ where, data: { state: 'changed' } }),
          );
        },
        answered: async ({ answer, ...rest }) => {
          const data = { ...rest, state: 'answered', answer: secrets.encrypt(answer, key) };
          await this.#database.run((prisma) => prisma.requestKey.update({ where, data }));
        },
        giveBack: async () => {
          await this.#database.run((prisma) =>
            prisma.requestKey.deleteMany({ where: { ...id, state: 'running' } }),
          );
        },
      };
    }
    const row = await this.#database.run((prisma) =>
      prisma.requestKey.findUnique({ where: { workspaceId_actor_key: id } }),
    );
    if (row === null) throw running();
    if (row.operation !== operation || !Buffer.from(row.requestHash).equals(requestHash)) {
      throw new AppError('key-reused', 'this Idempotency-Key was used with another request: take a new one');
    }
    if (row.state === 'answered' && row.status !== null && row.answer !== null) {
      const { status, location, version } = row;
      return { kind: 'answered', status, location, version, answer: secrets.decrypt(row.answer, key) };
    }
    if (row.state === 'changed' && row.createdAt.getTime() < Date.now() - longestRunMs) {
      throw new AppError('conflict', 'this was done, but its answer got lost: look for it in the list');
    }
    throw running();
  }

  async prune(): Promise<void> {
    const where = { createdAt: { lt: new Date(Date.now() - keptMs) } };
    await this.#database.run((prisma) => prisma.requestKey.deleteMany({ where }));
  }
}

const running = (): AppError =>
  new AppError('request-running', 'the same request is still being worked on', { retryAfterSeconds: 1 });
