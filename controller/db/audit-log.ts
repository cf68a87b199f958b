/**
 * Writes and reads the audit log. A change of a row and its entry are one transaction, in which the row is locked: so
 * of two who change the same version of it one is told. Knows tables by name only; what looks like a secret is hidden.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ActorKind, AuditEntry, AuditQuery } from '../contract/audit.ts';
import type { Page } from '../contract/page.ts';
import { AppError } from '../errors.ts';
import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';
import type { AuditEntryModel } from './generated/models.ts';
import { behind, pageOf } from './time-cursor.ts';

export type Actor = { kind: ActorKind; id: string | null; name: string; address: string };
export type Change = {
  workspaceId: string;
  actor: Actor;
  action: string;
  /** the table; also the resource's name in the entry */
  table: string;
  /** null: the row is made, and `work` returns its id */
  id: string | null;
  /** those that the caller has seen; null: whatever it is */
  versions: ReadonlySet<number> | null;
};
type Row = Record<string, unknown>;

export class AuditLog {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  /** Runs `work` and writes down what it did to the row, both or neither. */
  async commit<T>(change: Change, work: () => Promise<T>): Promise<T> {
    const { table, id } = change;
    return await this.#database.transaction(async () => {
      if (id !== null) await this.#lock(table, id);
      const before = id === null ? null : await this.#row(change, id);
      if (before !== null && change.versions?.has(before['version'] as number) === false) {
        throw new AppError(
          'changed-meanwhile',
          'somebody else has changed this since it was read: read it again, then change it',
        );
      }
      const result = await work();
      const resultId = id ?? (typeof result === 'string' ? result : null);
      const after = resultId === null ? null : await this.#row(change, resultId);
      if (!isDeepStrictEqual(before, after)) {
        await this.note(change, { resource: table, resourceId: resultId, ...difference(before, after) });
      }
      return result;
    });
  }

  /** Writes an entry of something that is not the change of one row. */
  async note(
    who: Pick<Change, 'workspaceId' | 'actor' | 'action'>,
    what: { resource: string; resourceId: string | null; before?: Row | null; after?: Row | null },
  ): Promise<void> {
    const json = (row: Row | null | undefined) =>
      row === null || row === undefined ? Prisma.DbNull : (withoutSecrets(row) as Prisma.InputJsonObject);
    await this.#database.run((prisma) =>
      prisma.auditEntry.create({
        data: {
          workspaceId: who.workspaceId,
          actorKind: who.actor.kind,
          actorId: who.actor.id,
          actorName: who.actor.name,
          address: who.actor.address,
          action: who.action,
          resource: what.resource,
          resourceId: what.resourceId,
          before: json(what.before),
          after: json(what.after),
        },
      }),
    );
  }

  /** Latest first. */
  async list(workspaceId: string, query: AuditQuery): Promise<Page<AuditEntry>> {
    const at = {
      ...(query.from === undefined ? {} : { gte: new Date(query.from) }),
      ...(query.to === undefined ? {} : { lt: new Date(query.to) }),
    };
    const where: Prisma.AuditEntryWhereInput = {
      workspaceId,
      ...(query.actorId === undefined ? {} : { actorId: query.actorId }),
      ...(query.action === undefined ? {} : { action: query.action }),
      ...(query.resource === undefined ? {} : { resource: query.resource }),
      ...(query.resourceId === undefined ? {} : { resourceId: query.resourceId }),
      at,
      ...behind('at', query.cursor),
    };
    const rows = await this.#database.run((prisma) =>
      prisma.auditEntry.findMany({
        where,
        orderBy: [{ at: 'desc' }, { id: 'desc' }],
        take: query.limit + 1,
      }),
    );
    return pageOf('at', rows, query.limit, toEntry);
  }

  /** A statement of its own: what it waited for is seen by the next one only (PostgreSQL, Read Committed). */
  async #lock(table: string, id: string): Promise<void> {
    if (!/^[a-z_]+$/.test(table)) throw new Error(`${table} is no table of ours`);
    await this.#database.run(
      (prisma) =>
        prisma.$queryRaw`SELECT 1 FROM ${Prisma.raw(`"${table}"`)} WHERE id = ${id}::uuid FOR UPDATE`,
    );
  }

  async #row({ table, workspaceId }: Change, id: string): Promise<Row | null> {
    const rows = await this.#database.run(
      (prisma) =>
        prisma.$queryRaw<{ row: Row }[]>`
          SELECT to_jsonb(it) || ${besides(table, workspaceId)} AS row
          FROM ${Prisma.raw(`"${table}"`)} AS it WHERE id = ${id}::uuid`,
    );
    return rows[0]?.row ?? null;
  }
}

/** A user as the workspace sees him has a role in it; changing that changes him. */
const besides = (table: string, workspaceId: string): Prisma.Sql =>
  table === 'user_account'
    ? Prisma.sql`COALESCE((
        SELECT jsonb_build_object('role', own.role, 'version', it.version + own.version)
        FROM membership AS own WHERE own.user_id = it.id AND own.workspace_id = ${workspaceId}::uuid
      ), '{}')`
    : Prisma.sql`'{}'::jsonb`;

/** Of a changed row only what changed; of a new or a gone one all. */
function difference(before: Row | null, after: Row | null): { before: Row | null; after: Row | null } {
  if (before === null || after === null) return { before, after };
  const keys = Object.keys(after).filter(
    (key) => key !== 'version' && !isDeepStrictEqual(before[key], after[key]),
  );
  const only = (row: Row): Row => Object.fromEntries(keys.map((key) => [key, row[key]]));
  return { before: only(before), after: only(after) };
}

const secretName = /password|passphrase|secret|hash|token|encrypted|api_?key|authorization|credential/i;

/** Column names as the API spells them. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      secretName.test(name) && inner !== null && typeof inner !== 'boolean'
        ? '[hidden]'
        : withoutSecrets(inner),
    ]),
  );
}

const toEntry = (row: AuditEntryModel): AuditEntry => ({
  id: row.id,
  at: row.at.toISOString(),
  actor: { kind: row.actorKind as ActorKind, id: row.actorId, name: row.actorName },
  address: row.address,
  action: row.action,
  resource: row.resource,
  resourceId: row.resourceId,
  before: row.before as AuditEntry['before'],
  after: row.after as AuditEntry['after'],
});
