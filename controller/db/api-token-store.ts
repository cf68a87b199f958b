/** API tokens of programs. The token itself is given once and stored as a hash (it is random: no slow hash is needed). */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type ApiTokenAnswer, Scope } from '../contract/account.ts';
import { AppError } from '../errors.ts';
import type { Database } from './database.ts';
import type { ApiTokenModel } from './generated/models.ts';
import { written } from './violation.ts';

export type KnownToken = { id: string; name: string; workspaceId: string; scopes: ReadonlySet<Scope> };

const noteMs = 60_000;
const hash = (token: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(token).digest());

export class ApiTokenStore {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  /** `token` is nowhere else. */
  async create(
    workspaceId: string,
    input: { name: string; scopes: Scope[]; expiresAt: string | null; createdBy: string },
  ): Promise<{ id: string; token: string }> {
    const [id, token] = [randomUUID(), `offhook_${randomBytes(32).toString('base64url')}`];
    const { expiresAt, ...rest } = input;
    const data = {
      ...rest,
      id,
      workspaceId,
      tokenHash: hash(token),
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
    };
    await this.#database.run((prisma) => written('API token', prisma.apiToken.create({ data })));
    return { id, token };
  }

  /** Whose token it is; null when it is none, or expired. */
  async find(token: string): Promise<KnownToken | null> {
    const now = new Date();
    const row = await this.#database.run((prisma) =>
      prisma.apiToken.findUnique({ where: { tokenHash: hash(token) } }),
    );
    if (row === null || (row.expiresAt !== null && row.expiresAt <= now)) return null;
    if (row.usedAt === null || now.getTime() - row.usedAt.getTime() > noteMs) {
      // one that was revoked this moment is not there any more
      await this.#database.run((prisma) =>
        prisma.apiToken.updateMany({ where: { id: row.id }, data: { usedAt: now } }),
      );
    }
    const { id, name, workspaceId } = row;
    return { id, name, workspaceId, scopes: new Set(row.scopes.map((scope) => Scope.parse(scope))) };
  }

  /** By name; expired ones too. */
  async list(workspaceId: string): Promise<ApiTokenAnswer[]> {
    const rows = await this.#database.run((prisma) =>
      prisma.apiToken.findMany({ where: { workspaceId }, orderBy: [{ name: 'asc' }, { id: 'asc' }] }),
    );
    return rows.map(toAnswer);
  }

  async get(workspaceId: string, tokenId: string): Promise<ApiTokenAnswer> {
    const row = /^[0-9a-f-]{36}$/i.test(tokenId)
      ? await this.#database.run((prisma) =>
          prisma.apiToken.findUnique({ where: { id: tokenId, workspaceId } }),
        )
      : null;
    if (row === null) throw new AppError('not-found', 'there is no such API token');
    return toAnswer(row);
  }

  async revoke(workspaceId: string, tokenId: string): Promise<void> {
    await this.#database.run((prisma) =>
      written('API token', prisma.apiToken.delete({ where: { id: tokenId, workspaceId } })),
    );
  }
}

const toAnswer = (row: ApiTokenModel): ApiTokenAnswer => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes.map((scope) => Scope.parse(scope)),
  createdBy: row.createdBy,
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt?.toISOString() ?? null,
  lastUsedAt: row.usedAt?.toISOString() ?? null,
});
