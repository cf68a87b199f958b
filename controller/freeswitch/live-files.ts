/**
 * The rendered files that FreeSWITCH reads, as one folder that is only ever replaced as a whole: written anew beside the
 * old one, then swapped in by renaming a link, which one system call does. The manifest in it has the hash of each
 * file, so it can be told whether somebody else has changed them. It knows neither XML nor FreeSWITCH.
 *
 *   <dir>/live → v-12        what FreeSWITCH reads
 *   <dir>/v-12/              manifest.json and the files
 *   <dir>/v-11/              the one before, which may have to come back
 */
import { createHash, webcrypto } from 'node:crypto';
import {
  link as hardLink,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../errors.ts';

export type Files = ReadonlyMap<string, string>;

const Manifest = z.object({
  version: z.int().min(1),
  writtenAt: z.string(),
  /** of the names and hashes below: one word for all that is live */
  hash: z.string(),
  files: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof Manifest>;

/** What is in the folder, and what is wrong with it, in words. */
export type Found = { version: number; files: Map<string, string>; faults: string[] };

/** The new files could not be put there: the old ones are live as before. */
export class WriteError extends Error {
  constructor(thrown: unknown) {
    super(`the switch's configuration could not be written: ${wordsFor(thrown)}`, { cause: thrown });
    this.name = 'WriteError';
  }
}

const wordsFor = (thrown: unknown): string => {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOSPC') return 'the disk is full';
  if (code === 'EDQUOT') return 'the disk quota is used up';
  if (code === 'EROFS') return 'the file system is read-only';
  if (code === 'EACCES' || code === 'EPERM') return `no permission (${messageOf(thrown)})`;
  return messageOf(thrown);
};

type Written = { text: string; hash: string; path: string };

const manifestName = 'manifest.json';
const link = 'live';
const folderOf = (version: number): string => `v-${version}`;
const versionOf = (folder: string): number => Number(/^v-([0-9]{1,12})$/.exec(folder)?.[1] ?? 0);

/** In a thread of its own: the files of 10,000 trunks are several megabytes, and calls' audio runs on this one. */
const hashOf = async (text: string): Promise<string> =>
  Buffer.from(await webcrypto.subtle.digest('SHA-256', Buffer.from(text))).toString('hex');

const hashOfAll = (files: Readonly<Record<string, string>>): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1))))
    .digest('hex');

export class LiveFiles {
  readonly #dir: string;
  /** newest that was ever there, so that no folder is written into twice */
  #version = 0;
  /** what we wrote last, by name */
  #written: ReadonlyMap<string, Written> = new Map();

  constructor(options: { dir: string }) {
    this.#dir = options.dir;
  }

  /** What FreeSWITCH would read now; null before the first time. */
  async read(): Promise<Found | null> {
    const found = await this.#find();
    // what somebody has changed is written anew, and not linked
    if (found !== null && found.faults.length > 0) this.#written = new Map();
    return found;
  }

  async #find(): Promise<Found | null> {
    const folders = await readdir(this.#dir).catch(() => []);
    this.#version = Math.max(this.#version, ...folders.map(versionOf));
    const target = await readlink(join(this.#dir, link)).catch(() => null);
    if (target === null) {
      // a folder without the link is a first one that was never swapped in, unless one before it was
      return folders.some((name) => versionOf(name) > 0)
        ? { version: 0, files: new Map(), faults: [`the link \`${link}\` is missing`] }
        : null;
    }
    const found: Found = { version: versionOf(target), files: new Map(), faults: [] };
    const manifest = await this.#manifest(target);
    if (manifest === null) return { ...found, faults: [`${manifestName} is missing or unreadable`] };
    if (manifest.hash !== hashOfAll(manifest.files)) found.faults.push(`${manifestName} was changed`);
    for (const [name, hash] of Object.entries(manifest.files)) {
      const text = await readFile(join(this.#dir, target, name), 'utf8').catch(() => null);
      if (text === null) found.faults.push(`${name} is missing or unreadable`);
      else if ((await hashOf(text)) !== hash) found.faults.push(`${name} was changed`);
      else found.files.set(name, text);
    }
    const present = await readdir(join(this.#dir, target)).catch(() => []);
    for (const name of present)
      if (name !== manifestName && !Object.hasOwn(manifest.files, name))
        found.faults.push(`${name} does not belong there`);
    return found;
  }

  /** Makes `files` live; resolves with the way back. Throws a `WriteError`, and then nothing has changed. */
  async swapIn(files: Files): Promise<{ version: number; back: () => Promise<void> }> {
    const before = await readlink(join(this.#dir, link)).catch(() => null);
    const version = this.#version + 1;
    const folder = folderOf(version);
    try {
      // the group may read: in containers FreeSWITCH runs as somebody else
      await mkdir(join(this.#dir, folder), { recursive: true, mode: 0o750 });
      this.#version = version;
      const hashes: Record<string, string> = {};
      const written = new Map<string, Written>();
      for (const [name, text] of files) {
        const known = this.#written.get(name);
        // the same text as last time, and still there: another name for the same file costs nothing
        if (known?.text === text && (await this.#linked(known.path, join(folder, name)))) {
          written.set(name, { ...known, path: join(folder, name) });
        } else {
          await this.#write(join(folder, name), text);
          written.set(name, { text, hash: await hashOf(text), path: join(folder, name) });
        }
        hashes[name] = written.get(name)?.hash ?? '';
      }
      const manifest: Manifest = {
        version,
        writtenAt: new Date().toISOString(),
        hash: hashOfAll(hashes),
        files: hashes,
      };
      await this.#write(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
      await this.#point(folder);
      this.#written = written;
    } catch (thrown) {
      await rm(join(this.#dir, folder), { recursive: true, force: true }).catch(() => undefined);
      throw new WriteError(thrown);
    }
    await this.#sweep(new Set([folder, before ?? folder]));
    return {
      version,
      back: async () => {
        if (before === null) await rm(join(this.#dir, link), { force: true });
        else await this.#point(before);
        this.#written = new Map();
        await rm(join(this.#dir, folder), { recursive: true, force: true });
      },
    };
  }

  async #manifest(folder: string): Promise<Manifest | null> {
    try {
      return Manifest.parse(JSON.parse(await readFile(join(this.#dir, folder, manifestName), 'utf8')));
    } catch {
      return null;
    }
  }

  /** `flush`: a disk that is full says so now, and not when nobody listens any more. */
  #write(path: string, text: string): Promise<void> {
    return writeFile(join(this.#dir, path), text, { mode: 0o640, flush: true });
  }

  /** false when it has gone: then it is written anew. */
  async #linked(from: string, to: string): Promise<boolean> {
    try {
      await hardLink(join(this.#dir, from), join(this.#dir, to));
      return true;
    } catch {
      return false;
    }
  }

  async #point(folder: string): Promise<void> {
    const fresh = join(this.#dir, `${link}.new`);
    await rm(fresh, { force: true });
    await symlink(folder, fresh);
    await rename(fresh, join(this.#dir, link));
  }

  /** Also takes away what an older version of ours had there: one file a trunk. */
  async #sweep(keep: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#dir).catch(() => []))
      if ((versionOf(name) > 0 && !keep.has(name)) || name.endsWith('.xml'))
        await rm(join(this.#dir, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
