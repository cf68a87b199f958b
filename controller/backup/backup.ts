/**
 * Makes a backup: the database as of one moment, the secrets and the recordings in one file. Calls and the controller go
 * on meanwhile. Restoring is `restore.ts`.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { AppError } from '../errors.ts';
import { takeShared } from '../secret-key/backup-lock.ts';
import { ArchiveWriter } from './archive.ts';
import { openBackupDatabase } from './backup-database.ts';
import { type BackupManifest, fileEntry, manifestName, tableEntry } from './manifest.ts';
import { dumpTable, listTables } from './tables.ts';
import { unfinishedRestore } from './unfinished.ts';

/** Folders of the data folder that are made anew when they are missing; all else in it belongs into a backup. */
const remade = new Set(['postgres', 'freeswitch', 'asterisk', 'speech']);

export type BackupOptions = {
  dataDir: string;
  databaseUrl: string | undefined;
  /** does not exist yet */
  file: string;
  say: (line: string) => void;
};

/** Rejects with words when it cannot be made; then there is no file, not even half a one. */
export const makeBackup = async (options: BackupOptions): Promise<BackupManifest> => {
  const { dataDir, databaseUrl, file, say } = options;
  if (!existsSync(dataDir)) throw new AppError('invalid-input', `there is no data folder ${dataDir}`);
  if (existsSync(unfinishedRestore(dataDir))) {
    throw new AppError('conflict', `a restore into ${dataDir} was never finished: finish it first`);
  }
  if (existsSync(file)) throw new AppError('conflict', `${file} is there already; it is left alone`);
  await mkdir(dirname(file), { recursive: true });
  const half = `${file}.${randomUUID().slice(0, 8)}.part`;
  const tables = `${half}.tables`;
  const database = await openBackupDatabase({ url: databaseUrl, dataDir });
  let archive: ArchiveWriter | null = null;
  try {
    await mkdir(tables, { mode: 0o700 });
    await database.client.query(takeShared);
    archive = new ArchiveWriter(half);
    const manifest: BackupManifest = {
      format: 1,
      madeAt: new Date().toISOString(),
      ...(await addTables(database.client, { archive, folder: tables, say })),
      files: await addFiles(dataDir, { archive, say, leaveOut: [file, half, tables] }),
    };
    await archive.addText(manifestName, JSON.stringify(manifest));
    await archive.close();
    await rename(half, file);
    return manifest;
  } catch (thrown) {
    await archive?.abandon();
    await rm(half, { force: true });
    throw thrown;
  } finally {
    await rm(tables, { recursive: true, force: true });
    await database.close();
  }
};

/** All tables in one snapshot, so that no call refers to a trunk that is not there. */
const addTables = async (
  client: pg.ClientBase,
  to: { archive: ArchiveWriter; folder: string; say: BackupOptions['say'] },
): Promise<Pick<BackupManifest, 'migrations' | 'tables'>> => {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const known = await client.query<{ there: string | null }>(
    `SELECT to_regclass('public._prisma_migrations')::text AS there`,
  );
  if (known.rows[0]?.there == null) {
    throw new AppError('invalid-input', 'the database has no tables of Offhook: there is nothing to back up');
  }
  const applied = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL ORDER BY migration_name',
  );
  const tables: BackupManifest['tables'] = [];
  for (const table of await listTables(client)) {
    const path = join(to.folder, table.name);
    const rows = await dumpTable(client, table, path);
    const digest = await to.archive.addFile(tableEntry(table.name), path, (await stat(path)).size);
    await rm(path);
    tables.push({ ...table, rows, ...digest });
  }
  await client.query('COMMIT');
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  to.say(`  database: ${tables.length} tables, ${rows} rows`);
  return { migrations: applied.rows.map((row) => row.migration_name), tables };
};

const addFiles = async (
  dataDir: string,
  to: { archive: ArchiveWriter; say: BackupOptions['say']; leaveOut: string[] },
): Promise<BackupManifest['files']> => {
  const files: BackupManifest['files'] = [];
  for (const path of await listFiles(dataDir, '')) {
    const from = join(dataDir, path);
    if (to.leaveOut.includes(from)) continue;
    const found = await lstat(from).catch(() => null); // a recording's time may be up meanwhile
    if (found === null) continue;
    files.push({ path, ...(await to.archive.addFile(fileEntry(path), from, found.size)) });
  }
  to.say(`  files: ${files.length} (secrets, recordings, what is not in the database yet)`);
  return files;
};

/** Regular files only: sockets and links are made anew. */
const listFiles = async (root: string, below: string): Promise<string[]> => {
  const paths: string[] = [];
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (below === '' && remade.has(entry.name)) continue;
      paths.push(...(await listFiles(root, path)));
    } else if (entry.isFile()) paths.push(path);
  }
  return paths.sort();
};
