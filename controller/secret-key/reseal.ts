/**
 * Encrypts every stored secret anew with the present key, in small transactions, so that it can be killed anywhere and
 * done again. Knows no table by name: what ends in `_encrypted` is a secret, sealed for its row's `id`, so that no later
 * one can be forgotten.
 */
import type { Database } from '../db/database.ts';
import { SecretError, type Secrets } from '../db/secrets.ts';

type Sealed = { table: string; columns: string[] };
type Row = { id: string } & Record<string, string | null>;

export type Resealing = {
  database: Pick<Database, 'run' | 'transaction'>;
  secrets: Secrets;
  /** rows in one transaction: so many are locked at a time */
  rows?: number;
  /** is told of every transaction that is done */
  onRows?: (rows: number) => void;
  signal?: AbortSignal;
};

/** Returns how many rows have a secret that no key of ours reads; those stay as they are. */
export const resealAll = async (options: Resealing): Promise<{ resealed: number; unreadable: number }> => {
  const total = { resealed: 0, unreadable: 0 };
  for (const sealed of await sealedTables(options)) {
    let after: string | null = null;
    do {
      options.signal?.throwIfAborted();
      const done: Batch = await resealBatch(sealed, after, options);
      total.resealed += done.resealed;
      total.unreadable += done.unreadable;
      if (done.resealed > 0) options.onRows?.(done.resealed);
      after = done.last;
    } while (after !== null);
  }
  return total;
};

/** How many rows have a secret that another key encrypted. */
export const countStale = async (options: Pick<Resealing, 'database' | 'secrets'>): Promise<number> => {
  let rows = 0;
  for (const sealed of await sealedTables(options)) {
    const [found] = await options.database.run((prisma) =>
      prisma.$queryRawUnsafe<{ stale: number }[]>(
        `SELECT count(*)::int AS stale FROM "${sealed.table}" WHERE ${staleIn(sealed)}`,
        `${options.secrets.mark}%`,
      ),
    );
    rows += found?.stale ?? 0;
  }
  return rows;
};

type Batch = { resealed: number; unreadable: number; last: string | null };

const resealBatch = async (
  { table, columns }: Sealed,
  after: string | null,
  { database, secrets, rows: limit = 200 }: Resealing,
): Promise<Batch> =>
  await database.transaction(async () => {
    const rows = await database.run((prisma) =>
      prisma.$queryRawUnsafe<Row[]>(
        `SELECT id::text AS id, ${columns.join(', ')} FROM "${table}"
         WHERE (${staleIn({ table, columns })}) AND ($2::uuid IS NULL OR id > $2::uuid)
         ORDER BY id LIMIT ${limit} FOR UPDATE`,
        `${secrets.mark}%`,
        after,
      ),
    );
    const found = rows.map((row) => resealed(row, columns, secrets));
    const changed = found.flatMap(({ fresh }) => fresh ?? []);
    if (changed.length > 0) {
      // no change of the row that anybody has to be told of: migration 20261122224000_reseal
      await database.run((prisma) => prisma.$executeRawUnsafe(`SET LOCAL offhook.resealing = 'on'`));
      await database.run((prisma) =>
        prisma.$executeRawUnsafe(
          `UPDATE "${table}" SET ${columns.map((column) => `${column} = fresh.${column}`).join(', ')}
           FROM unnest($1::uuid[], ${columns.map((_, index) => `$${index + 2}::text[]`).join(', ')})
             AS fresh(id, ${columns.join(', ')})
           WHERE "${table}".id = fresh.id`,
          changed.map(({ id }) => id),
          ...columns.map((column) => changed.map((row) => row[column] ?? null)),
        ),
      );
    }
    return {
      resealed: changed.length,
      unreadable: found.filter(({ isReadable }) => !isReadable).length,
      last: rows.length < limit ? null : (rows.at(-1)?.id ?? null),
    };
  });

/** Each secret for itself: one that cannot be read stays, and takes none of its neighbours with it. */
const resealed = (
  row: Row,
  columns: readonly string[],
  secrets: Secrets,
): { fresh: Row | null; isReadable: boolean } => {
  const fresh: Row = { ...row };
  let [isChanged, isReadable] = [false, true];
  for (const column of columns) {
    const stored = row[column] ?? null;
    if (stored === null || stored.startsWith(secrets.mark)) continue;
    try {
      fresh[column] = secrets.encrypt(secrets.decrypt(stored, row.id), row.id);
      isChanged = true;
    } catch (thrown) {
      if (!(thrown instanceof SecretError)) throw thrown;
      isReadable = false;
    }
  }
  return { fresh: isChanged ? fresh : null, isReadable };
};

const staleIn = ({ columns }: Sealed): string =>
  columns.map((column) => `(${column} IS NOT NULL AND ${column} NOT LIKE $1)`).join(' OR ');

const sealedTables = async ({ database }: Pick<Resealing, 'database'>): Promise<Sealed[]> => {
  const found = await database.run((prisma) =>
    prisma.$queryRawUnsafe<{ table: string; columns: string[] }[]>(
      `SELECT c.table_name::text AS table, array_agg(c.column_name::text ORDER BY c.column_name) AS columns
       FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
       WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.column_name LIKE '%\\_encrypted'
       GROUP BY c.table_name ORDER BY c.table_name`,
    ),
  );
  for (const name of found.flatMap(({ table, columns }) => [table, ...columns])) {
    if (!/^[a-z_]+$/.test(name)) throw new Error(`${name} is no name of ours`);
  }
  return found;
};
