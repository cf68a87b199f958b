/** A lock between processes: a file that its holder keeps fresh. It does not know what is done under it. */
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Whether the process that wrote `lock` has gone: it touches the file every few seconds while it works. */
const isStale = async (/** @type {string} */ lock) => {
  const found = await stat(lock).catch(() => null);
  if (found === null) return false;
  if (Date.now() - found.mtimeMs > 30_000) return true;
  try {
    const holder = JSON.parse(await readFile(lock, 'utf8'));
    if (holder.host !== hostname() || !Number.isInteger(holder.pid)) return false;
    process.kill(holder.pid, 0);
    return false;
  } catch (thrown) {
    return /** @type {NodeJS.ErrnoException} */ (thrown).code === 'ESRCH';
  }
};

/**
 * Waits until this process holds `lock`, or until `isDone` says that another one did the work.
 * @param {string} lock
 * @param {() => boolean} isDone
 * @param {() => void} onWait called once, when another process holds it
 * @returns {Promise<(() => Promise<void>) | null>} releases the lock; null when the work is done
 */
export const takeLock = async (lock, isDone, onWait) => {
  for (let waited = 0; ; waited += 1) {
    if (isDone()) return null;
    try {
      const handle = await open(lock, 'wx');
      await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }));
      await handle.close();
      const heartbeat = setInterval(
        () => void utimes(lock, new Date(), new Date()).catch(() => undefined),
        5000,
      );
      return async () => {
        clearInterval(heartbeat);
        await rm(lock, { force: true });
      };
    } catch (thrown) {
      if (/** @type {NodeJS.ErrnoException} */ (thrown).code !== 'EEXIST') throw thrown;
    }
    if (await isStale(lock)) await rm(lock, { force: true });
    else {
      if (waited === 0) onWait();
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
};
