/**
 * Sessions of people who signed in. The cookie has two halves: one that finds the session and stays, one that proves it
 * and is exchanged every hour. The half before counts until the browser has shown the new one, because an answer may
 * get lost. The database has only hashes of both.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role, WorkspaceRole } from '../contract/account.ts';
import type { Database } from './database.ts';
import type { SessionModel } from './generated/models.ts';

export const sessionLimits = {
  idleMs: 12 * 3600_000,
  absoluteMs: 7 * 24 * 3600_000,
  rotateMs: 3600_000,
  /** requests that were under way when the half was exchanged */
  graceMs: 60_000,
  /** how exactly the last use is noted */
  noteMs: 60_000,
} as const;

export type SignedIn = {
  sessionId: string;
  user: { id: string; email: string; name: string; installation: boolean };
  workspaces: WorkspaceRole[];
  proof: string;
  expiresAt: Date;
  /** to be set in the browser now; null: it has the right one */
  newCookie: string | null;
};

const hash = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(text).digest());
const isHash = (text: string, stored: Uint8Array | null): boolean =>
  stored !== null && timingSafeEqual(hash(text), stored);
const half = (): string => randomBytes(24).toString('base64url');
/** Follows from the half that stays, so that it is the same as long as the session lives and stored nowhere. */
const proofOf = (lookup: string): string =>
  createHmac('sha256', lookup).update('offhook proof').digest('base64url');

export class SessionStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(options: { database: Database; now?: () => number }) {
    this.#database = options.database;
    this.#now = options.now ?? Date.now;
  }

  async open(userId: string, from: { address: string; userAgent: string }): Promise<SignedIn> {
    const [lookup, secret, now] = [half(), half(), new Date(this.#now())];
    await this.#database.run((prisma) =>
      prisma.session.create({
        data: {
          userId,
          lookupHash: hash(lookup),
          secretHash: hash(secret),
          rotatedAt: now,
          confirmed: false,
          address: from.address,
          userAgent: from.userAgent.slice(0, 200),
          usedAt: now,
          expiresAt: new Date(now.getTime() + sessionLimits.absoluteMs),
        },
      }),
    );
    const cookie = `${lookup}.${secret}`;
    const signedIn = await this.find(cookie);
    if (signedIn === null) throw new Error('a session that was just opened is not there');
    return { ...signedIn, newCookie: cookie };
  }

  /** Who the cookie belongs to; null when it is none of ours, or its session has ended. */
  async find(cookie: string): Promise<SignedIn | null> {
    const [, lookup = '', secret = ''] = /^([\w-]{32})\.([\w-]{32})$/.exec(cookie) ?? [];
    if (lookup === '') return null;
    const row = await this.#database.run((prisma) =>
      prisma.session.findUnique({
        where: { lookupHash: hash(lookup) },
        include: {
          user: {
            include: { memberships: { include: { workspace: true }, orderBy: { createdAt: 'asc' } } },
          },
        },
      }),
    );
    if (row === null || !row.user.active || this.#isOver(row)) return null;
    const isNewest = isHash(secret, row.secretHash);
    if (!isNewest && !this.#isStillGood(row, secret)) return null;
    const newSecret = await this.#touch(row, isNewest);
    const { id, email, name, installation } = row.user;
    return {
      sessionId: row.id,
      user: { id, email, name, installation },
      workspaces: row.user.memberships.map(({ workspace, role }) => ({
        id: workspace.id,
        name: workspace.name,
        role: role as Role,
      })),
      proof: proofOf(lookup),
      expiresAt: row.expiresAt,
      newCookie: newSecret === null ? null : `${lookup}.${newSecret}`,
    };
  }

  async end(sessionId: string): Promise<void> {
    await this.#endWhere({ id: sessionId });
  }

  /** All of a user, but for one that he goes on with. */
  async endOf(userId: string, exceptId?: string): Promise<void> {
    await this.#endWhere({ userId, ...(exceptId === undefined ? {} : { id: { not: exceptId } }) });
  }

  /** Has the user signed in from this address in the last weeks? */
  async isKnown(userId: string, address: string): Promise<boolean> {
    const where = { userId, address };
    return (await this.#database.run((prisma) => prisma.session.findFirst({ where }))) !== null;
  }

  /** Forgets sessions that ended long ago. */
  async prune(): Promise<void> {
    const before = new Date(this.#now() - 30 * 24 * 3600_000);
    await this.#database.run((prisma) =>
      prisma.session.deleteMany({
        where: { OR: [{ endedAt: { lt: before } }, { expiresAt: { lt: before } }] },
      }),
    );
  }

  #isOver(row: SessionModel): boolean {
    const now = this.#now();
    return (
      row.endedAt !== null ||
      row.expiresAt.getTime() <= now ||
      row.usedAt.getTime() + sessionLimits.idleMs <= now
    );
  }

  #isStillGood(row: SessionModel, secret: string): boolean {
    const isFresh = this.#now() - row.rotatedAt.getTime() < sessionLimits.graceMs;
    return isHash(secret, row.previousHash) && (!row.confirmed || isFresh);
  }

  /** Notes the use and exchanges the half when it is time; of requests at once one does it. The new half, or null. */
  async #touch(row: SessionModel, isNewest: boolean): Promise<string | null> {
    const now = new Date(this.#now());
    const age = now.getTime() - row.rotatedAt.getTime();
    // whoever still has the half before, long after the exchange, has never got the new one
    const due = isNewest ? age > sessionLimits.rotateMs : age > sessionLimits.graceMs;
    if (due) {
      const secret = half();
      const { count } = await this.#database.run((prisma) =>
        prisma.session.updateMany({
          where: { id: row.id, rotatedAt: row.rotatedAt },
          data: {
            secretHash: hash(secret),
            ...(isNewest ? { previousHash: row.secretHash } : {}),
            rotatedAt: now,
            confirmed: false,
            usedAt: now,
          },
        }),
      );
      return count === 1 ? secret : null;
    }
    if ((isNewest && !row.confirmed) || now.getTime() - row.usedAt.getTime() > sessionLimits.noteMs) {
      await this.#database.run((prisma) =>
        prisma.session.updateMany({
          where: { id: row.id, rotatedAt: row.rotatedAt },
          data: { usedAt: now, ...(isNewest ? { confirmed: true } : {}) },
        }),
      );
    }
    return null;
  }

  async #endWhere(where: { id?: string | { not: string }; userId?: string }): Promise<void> {
    const data = { endedAt: new Date(this.#now()) };
    await this.#database.run((prisma) =>
      prisma.session.updateMany({ where: { ...where, endedAt: null }, data }),
    );
  }
}
