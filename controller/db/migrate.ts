/**
 * Applies prisma/migrations at start, without Prisma's CLI. Keeps Prisma's own book (`_prisma_migrations`: same lock,
 * same checksums), so that `prisma migrate status` and `deploy` agree with it on any database.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { messageOf } from '../errors.ts';

const prismaAdvisoryLock = 72_707_369;
const book = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;

type Entry = { migration_name: string; checksum: string; finished_at: Date | null };

/**
 * `client`: one connection, not a pool, because the lock is the session's. Returns the names that it applied.
 * `only`: leaves every other migration for later, so that a backup of an older version finds the tables that it knows.
 */
export async function migrate(
  client: pg.ClientBase,
  folder: string,
  options: { only?: readonly string[] } = {},
): Promise<string[]> {
  const names = (await readdir(folder))
    .filter((name) => existsSync(join(folder, name, 'migration.sql')))
    .filter((name) => options.only?.includes(name) ?? true)
    .sort();
  await client.query('SELECT pg_advisory_lock($1)', [prismaAdvisoryLock]);
  try {
    await client.query(book);
    const { rows } = await client.query<Entry>(
      'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
    );
    const done = new Map(rows.map((row) => [row.migration_name, row]));
    for (const name of done.keys()) {
      if (names.includes(name)) continue;
      throw new Error(`the database is newer than this version of Offhook: it has the migration ${name}`);
    }
    const applied: string[] = [];
    for (const name of names) {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      const before = done.get(name);
      if (before === undefined) {
        await apply(client, { name, sql, checksum });
        applied.push(name);
      } else if (before.finished_at === null) {
        throw new Error(`migration ${name} failed earlier: repair it with prisma migrate resolve`);
      } else if (before.checksum !== checksum) {
        throw new Error(`migration ${name} was changed after it had been applied`);
      }
    }
    return applied;
  } finally {
    // fails only with the connection, and then the lock is gone too
    await client.query('SELECT pg_advisory_unlock($1)', [prismaAdvisoryLock]).catch(() => {});
  }
}

async function apply(
  client: pg.ClientBase,
  migration: { name: string; sql: string; checksum: string },
): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), now(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {});
    throw new Error(`migration ${migration.name}: ${messageOf(cause)}`, { cause });
  }
}
