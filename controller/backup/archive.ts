/** A compressed tar archive, written and read as a stream with the SHA-256 of each entry. Knows nothing of what is in it. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { messageOf } from '../errors.ts';
import { ArchivePath } from './manifest.ts';

export type EntryDigest = { bytes: number; sha256: string };

/** The archive cannot be used; the message says what is wrong with it. */
export class ArchiveError extends Error {
  override name = 'ArchiveError';
}

export class ArchiveWriter {
  readonly #pack = pack();
  readonly #written: Promise<void>;

  /** `file` must not exist. */
  constructor(file: string) {
    const target = createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true });
    this.#written = pipeline(this.#pack, createGzip({ level: 6 }), target);
    // also asked for by `close` and by each entry; without this a failure before that would end the process
    this.#written.catch(() => undefined);
  }

  /** Adds the first `bytes` bytes of a file: one that grows meanwhile is taken as it was. */
  async addFile(name: string, path: string, bytes: number): Promise<EntryDigest> {
    const entry = this.#pack.entry({ name, size: bytes, mode: 0o600 });
    const hash = createHash('sha256');
    let counted = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        counted += chunk.length;
        done(null, chunk);
      },
    });
    if (bytes === 0) entry.end('');
    else {
      const source = createReadStream(path, { end: bytes - 1 });
      await Promise.race([pipeline(source, measure, entry), this.#failed()]);
    }
    if (counted !== bytes) throw new Error(`${path} became shorter while it was read`);
    return { bytes, sha256: hash.digest('hex') };
  }

  async addText(name: string, text: string): Promise<void> {
    const entry = this.#pack.entry({ name, size: Buffer.byteLength(text), mode: 0o600 });
    entry.end(text);
  }

  /** Resolves when everything is on the disk. */
  async close(): Promise<void> {
    this.#pack.finalize();
    await this.#written;
  }

  /** Lets go of the file after a failure. */
  async abandon(): Promise<void> {
    this.#pack.destroy();
    await this.#written.catch(() => undefined);
  }

  /** A full disk ends the pipeline while an entry waits for room in it. */
  async #failed(): Promise<never> {
    await this.#written;
    throw new Error('the archive was closed before its entries were written');
  }
}

/** Unpacks every entry below `folder` (which must be empty) and returns their digests by name. */
export const unpackArchive = async (file: string, folder: string): Promise<Map<string, EntryDigest>> => {
  const digests = new Map<string, EntryDigest>();
  const unpacking = extract();
  const reading = pipeline(createReadStream(file), createGunzip(), unpacking).catch((thrown: unknown) => {
    unpacking.destroy(thrown instanceof Error ? thrown : new Error(messageOf(thrown)));
    throw thrown;
  });
  reading.catch(() => undefined);
  try {
    for await (const entry of unpacking) {
      const { name, type } = entry.header;
      if (type !== 'file' || !ArchivePath.safeParse(name).success || digests.has(name)) {
        throw new ArchiveError(`${file} has an entry that no backup of Offhook has: ${JSON.stringify(name)}`);
      }
      const target = join(folder, name);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const hash = createHash('sha256');
      let bytes = 0;
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          bytes += chunk.length;
          done(null, chunk);
        },
      });
      await pipeline(entry, measure, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
      digests.set(name, { bytes, sha256: hash.digest('hex') });
    }
    await reading;
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? '';
    if (thrown instanceof ArchiveError || code.startsWith('E')) throw thrown;
    throw new ArchiveError(`${file} is damaged or no backup of Offhook: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  return digests;
};
