/**
 * Moves whole tables between the database and files, in PostgreSQL's own COPY text form, without holding one in memory.
 * Knows no table by name: what the schema has is what is moved, so that no later table can be forgotten.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

export type Table = { name: string; columns: string[] };

/** Prisma's book of migrations is not copied: the restoring side writes it when it applies them. */
const book = '_prisma_migrations';
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const columnList = (table: Table): string => table.columns.map(quoted).join(', ');

/** Every table of ours with its columns, each after the tables that it refers to. */
export const listTables = async (client: pg.ClientBase): Promise<Table[]> => {
  const { rows: columns } = await client.query<{ name: string; column: string }>(
    `SELECT c.table_name AS name, c.column_name AS column
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name <> $1
       AND c.is_generated = 'NEVER'
     ORDER BY c.table_name, c.ordinal_position`,
    [book],
  );
  const { rows: references } = await client.query<{ child: string; parent: string }>(
    `SELECT child.relname AS child, parent.relname AS parent
     FROM pg_constraint JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
     WHERE contype = 'f' AND conrelid <> confrelid AND connamespace = 'public'::regnamespace`,
  );
  const tables = new Map<string, Table>();
  for (const { name, column } of columns) {
    const table = tables.get(name) ?? { name, columns: [] };
    table.columns.push(column);
    tables.set(name, table);
  }
  return parentsFirst(tables, references);
};

const parentsFirst = (
  tables: ReadonlyMap<string, Table>,
  references: readonly { child: string; parent: string }[],
): Table[] => {
  const sorted: Table[] = [];
  const left = new Map(tables);
  while (left.size > 0) {
    const free = [...left.values()].filter(
      ({ name }) => !references.some(({ child, parent }) => child === name && left.has(parent)),
    );
    if (free.length === 0)
      throw new Error(`tables refer to each other in a circle: ${[...left.keys()].join(', ')}`);
    for (const table of free) {
      sorted.push(table);
      left.delete(table.name);
    }
  }
  return sorted;
};

/** Writes a table into a new file; returns how many rows. The caller's transaction says as of when. */
export const dumpTable = async (client: pg.ClientBase, table: Table, file: string): Promise<number> => {
  const copy = client.query(copyTo(`COPY ${quoted(table.name)} (${columnList(table)}) TO STDOUT`));
  await pipeline(copy, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  return copy.rowCount;
};

/** Fills an empty table from a file; returns how many rows. */
export const loadTable = async (client: pg.ClientBase, table: Table, file: string): Promise<number> => {
  // rows that the migrations put in themselves come with the backup too
  await client.query(`DELETE FROM ${quoted(table.name)}`);
  const copy = client.query(copyFrom(`COPY ${quoted(table.name)} (${columnList(table)}) FROM STDIN`));
  await pipeline(createReadStream(file), copy);
  return copy.rowCount;
};
