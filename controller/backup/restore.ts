/**
 * Puts a backup into an empty data folder and an empty database. Everything is checked before anything is put in place;
 * a restore that was killed can be repeated. Never overwrites a database or a folder that somebody uses.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { migrate } from '../db/migrate.ts';
import { AppError, messageOf } from '../errors.ts';
import { repositoryPath } from '../paths.ts';
import { ArchiveError, type EntryDigest, unpackArchive } from './archive.ts';
import { type BackupDatabase, openBackupDatabase } from './backup-database.ts';
import { BackupManifest, fileEntry, manifestName, tableEntry } from './manifest.ts';
import { loadTable } from './tables.ts';
import { phaseOfUnfinishedRestore, type RestorePhase, unfinishedRestore } from './unfinished.ts';

export type RestoreOptions = {
  dataDir: string;
  databaseUrl: string | undefined;
  file: string;
  say: (line: string) => void;
};

export const restoreBackup = async (options: RestoreOptions): Promise<BackupManifest> => {
  const { dataDir, databaseUrl, file, say } = options;
  if (!existsSync(file)) throw new AppError('not-found', `there is no file ${file}`);
  const mark = unfinishedRestore(dataDir);
  let phase = phaseOfUnfinishedRestore(dataDir);
  const found = existsSync(dataDir) ? await readdir(dataDir) : [];
  if (found.length > 0 && phase === null) {
    throw new AppError(
      'conflict',
      `${dataDir} is not empty (${found.slice(0, 5).join(', ')}): move it away, or set DATA_DIR to an empty folder`,
    );
  }
  // 0755: as root the embedded database runs as another user, who must be able to pass through
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  const enter = async (next: RestorePhase): Promise<void> => {
    await writeFile(mark, `${next}\n`, { flush: true });
    phase = next;
  };
  const unpacked = join(dataDir, 'restoring');
  await rm(unpacked, { recursive: true, force: true });
  let database: BackupDatabase | null = null;
  try {
    if (phase === null) await enter('checking');
    await mkdir(unpacked, { mode: 0o700 });
    say('  reading and checking the archive');
    const manifest = await checked(file, unpacked);
    database = await openBackupDatabase({ url: databaseUrl, dataDir });
    if (database.isRunning) {
      throw new AppError('conflict', `a controller is running on ${dataDir}: stop it first`);
    }
    if (phase === 'checking') await refuseUsedDatabase(database.client);
    await enter('filling');
    say(`  database: ${manifest.tables.length} tables`);
    await fillDatabase(database.client, manifest, unpacked);
    say(`  files: ${manifest.files.length}`);
    for (const { path } of manifest.files) {
      await mkdir(dirname(join(dataDir, path)), { recursive: true, mode: 0o755 });
      await cp(join(unpacked, fileEntry(path)), join(dataDir, path));
    }
    await rm(unpacked, { recursive: true, force: true });
    await rm(mark);
    return manifest;
  } catch (thrown) {
    await rm(unpacked, { recursive: true, force: true });
    if (phase !== 'filling') {
      // nothing was put in place: the folder is as empty as it was, but for a database without tables
      await rm(mark, { force: true });
      throw thrown;
    }
    throw new AppError(
      'internal',
      `${messageOf(thrown)}. The restore did not end: repeat it when that is mended`,
      { cause: thrown },
    );
  } finally {
    await database?.close();
  }
};

/** Unpacks and holds every entry against the manifest. */
const checked = async (file: string, folder: string): Promise<BackupManifest> => {
  const digests = await unpackArchive(file, folder);
  if (!digests.has(manifestName)) throw new ArchiveError(`${file} is cut off: its last part is missing`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(folder, manifestName), 'utf8'));
  } catch (cause) {
    throw new ArchiveError(`${file}: its manifest is not readable`, { cause });
  }
  const parsed = BackupManifest.safeParse(json);
  if (!parsed.success) {
    const where = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ArchiveError(
      `${file} was made by another version of Offhook or was changed (${where.slice(0, 3).join('; ')})`,
    );
  }
  const manifest = parsed.data;
  const expected = new Map<string, EntryDigest>([
    ...manifest.tables.map((table) => [tableEntry(table.name), table] as const),
    ...manifest.files.map((entry) => [fileEntry(entry.path), entry] as const),
  ]);
  for (const [name, { bytes, sha256 }] of expected) {
    const found = digests.get(name);
    if (found?.bytes !== bytes || found.sha256 !== sha256) {
      throw new ArchiveError(`${file} is damaged: ${name} is not what was backed up`);
    }
  }
  if (digests.size !== expected.size + 1) {
    throw new ArchiveError(`${file} was changed: it has entries that its manifest does not name`);
  }
  const here = new Set(await readdir(repositoryPath('prisma', 'migrations')));
  const unknown = manifest.migrations.find((name) => !here.has(name));
  if (unknown !== undefined) {
    throw new AppError(
      'conflict',
      `${file} was made by a newer version of Offhook (it has the migration ${unknown}): restore it with that one`,
    );
  }
  return manifest;
};

const refuseUsedDatabase = async (client: pg.ClientBase): Promise<void> => {
  const { rows } = await client.query<{ table_name: string }>(
    `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name LIMIT 5`,
  );
  if (rows.length === 0) return;
  throw new AppError(
    'conflict',
    `the database is not empty (${rows.map((row) => row.table_name).join(', ')}): restore into an empty one`,
  );
};

/** The tables as they were when the backup was made; later migrations are applied at the next start. */
const fillDatabase = async (
  client: pg.ClientBase,
  manifest: BackupManifest,
  folder: string,
): Promise<void> => {
  // only what an earlier attempt of this very restore left can be here
  await client.query('DROP SCHEMA IF EXISTS public CASCADE');
  await client.query('CREATE SCHEMA public');
  await migrate(client, repositoryPath('prisma', 'migrations'), { only: manifest.migrations });
  await client.query('BEGIN');
  try {
    for (const table of manifest.tables) {
      const rows = await loadTable(client, table, join(folder, tableEntry(table.name)));
      if (rows !== table.rows) throw new Error(`table ${table.name}: ${rows} rows of ${table.rows} came in`);
    }
    await client.query('COMMIT');
  } catch (thrown) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw thrown;
  }
};
