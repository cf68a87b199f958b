/**
 * Where the embedded server keeps its files: in the folder that was asked for, unless we are root and the user that the
 * server runs as cannot get there (a data folder below /root). Then elsewhere, and the folder that was asked for remembers
 * where. Nobody's modes are loosened. Knows nothing of PostgreSQL but the name of a finished cluster's file.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { ownerOf, type ServerUser } from './embedded-binaries.ts';
import { readOrMakePrivateFile } from './private-file.ts';

const run = promisify(execFile);
const usualElsewhere = '/var/lib/offhook';

/** `because`: why it is not the wanted folder, in words; null when it is. */
export type ServerFolder = { folder: string; because: string | null };

/** `wanted` is absolute and exists. */
export async function findServerFolder(options: {
  wanted: string;
  runAs: ServerUser | null;
  elsewhere?: string;
}): Promise<ServerFolder> {
  const { wanted, runAs, elsewhere = usualElsewhere } = options;
  if (runAs === null) return { folder: wanted, because: null };
  const note = join(wanted, 'location');
  const isKnown = existsSync(note);
  const closed = await firstClosed(wanted, runAs);
  if (!isKnown) {
    if (closed === null) return { folder: wanted, because: null };
    if (hasCluster(wanted)) {
      throw new Error(
        `the user ${runAs.name}, who runs the embedded database, can no longer enter ${closed}, and so cannot reach the database in ${wanted}: let that user pass again, or move the data folder to where it can`,
      );
    }
    await makeEnterable(elsewhere);
  }
  const unused = isKnown ? '' : unusedFolder(wanted, elsewhere);
  // before it is noted: a noted folder that is missing is a lost database, in whose place an empty one must not be put
  if (!isKnown) await makeEnterable(unused);
  const { text: folder } = await readOrMakePrivateFile(note, () => unused);
  if (!isAbsolute(folder) || !existsSync(folder)) {
    throw new Error(
      `${note} says that the database is in ${folder}, and there is no such folder: put it back there, or remove ${note} to have a new, empty database`,
    );
  }
  const stillClosed = await firstClosed(folder, runAs);
  if (stillClosed !== null) {
    throw new Error(
      `the user ${runAs.name}, who runs the embedded database, can enter neither ${closed ?? wanted} nor ${stillClosed}: set DATA_DIR to a folder that it can reach, or DATABASE_URL to a server`,
    );
  }
  const because = closed === null ? `${note} says so` : `the user ${runAs.name} cannot enter ${closed}`;
  return { folder, because };
}

const hasCluster = (folder: string): boolean => existsSync(join(folder, 'cluster', 'PG_VERSION'));

/** A database that is there already belongs to a data folder that was removed or moved: it is left alone. */
function unusedFolder(wanted: string, elsewhere: string): string {
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
  for (let count = 1; ; count++) {
    const folder = join(elsewhere, count === 1 ? name : `${name}-${count}`);
    if (!hasCluster(folder)) return folder;
  }
}

/** New and ours, so its mode is ours to say, whatever the umask; one that is there keeps its mode. */
async function makeEnterable(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
}

/** Asks by trying, as that user: access lists and mount options count too, not only modes. */
async function firstClosed(folder: string, runAs: ServerUser): Promise<string | null> {
  const way = [folder];
  for (let at = folder; at !== dirname(at); at = dirname(at)) way.unshift(dirname(at));
  const script = 'for d; do cd -- "$d" 2>/dev/null || { printf "%s\\n" "$d"; exit 0; }; done';
  const { stdout } = await run('/bin/sh', ['-c', script, 'sh', ...way], { ...ownerOf(runAs), cwd: '/' });
  return stdout === '' ? null : stdout.replace(/\n$/, '');
}
