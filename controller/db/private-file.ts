/** A small file that only its owner may read. Knows nothing of its content. */
import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Never leaves a half-written file behind, and never replaces one that is there. */
export async function readOrMakePrivateFile(
  path: string,
  make: () => string,
): Promise<{ text: string; made: boolean }> {
  const before = await readPrivateFile(path);
  if (before !== null) return { text: before, made: false };
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const text = make();
  const half = await writeBeside(path, text);
  try {
    await link(half, path); // refuses where rename would replace
    return { text, made: true };
  } catch (thrown) {
    const theirs = await readPrivateFile(path);
    if (theirs === null) throw thrown;
    return { text: theirs, made: false };
  } finally {
    await rm(half, { force: true });
  }
}

/** The old text or the new one is there at every moment, and the new one stays when this has resolved. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  const half = await writeBeside(path, text);
  try {
    await rename(half, path);
  } catch (thrown) {
    await rm(half, { force: true });
    throw thrown;
  }
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A new file with the text on the disk, beside `path`. */
async function writeBeside(path: string, text: string): Promise<string> {
  const half = `${path}.${randomUUID()}`;
  const file = await open(half, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return half;
}

async function readPrivateFile(path: string): Promise<string | null> {
  try {
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
    const text = (await readFile(path, 'utf8')).trim();
    if (text === '') throw new Error(`${path} is empty: remove it to have a new one made`);
    return text;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
}
