/**
 * How much room the data folder's disk has. A full disk never ends a call, but history, recordings and the embedded
 * database have nowhere to go: it is said before it happens. Knows nobody who writes.
 */
import { statfs } from 'node:fs/promises';
import { messageOf } from '../errors.ts';

const gigabyte = 1_000_000_000;
/** below this it is a warning: a day of recordings, about */
const scarceBytes = 2 * gigabyte;
/** below this the database may stop at any moment */
const fullBytes = 0.2 * gigabyte;

export type DiskRoom = { ready: boolean; text: string; freeBytes: number | null };

const gigabytes = (bytes: number): string => `${(bytes / gigabyte).toFixed(1)} GB`;

/** Pure: the words for so much room. */
export const judgeRoom = (freeBytes: number, folder: string): DiskRoom => {
  if (freeBytes < fullBytes) {
    const text = `the disk of ${folder} is full (${gigabytes(freeBytes)} free): remove old recordings or make room`;
    return { ready: false, text, freeBytes };
  }
  if (freeBytes < scarceBytes) {
    return { ready: true, text: `only ${gigabytes(freeBytes)} free on the disk of ${folder}`, freeBytes };
  }
  return { ready: true, text: `${gigabytes(freeBytes)} free`, freeBytes };
};

/** Looks again every half minute, so that asking costs nothing. */
export class DiskWatch {
  readonly #folder: string;
  readonly #timer: NodeJS.Timeout;
  #room: DiskRoom = { ready: true, text: 'not looked at yet', freeBytes: null };

  constructor(options: { folder: string }) {
    this.#folder = options.folder;
    this.#timer = setInterval(() => void this.look(), 30_000);
    this.#timer.unref();
  }

  get room(): DiskRoom {
    return this.#room;
  }

  async look(): Promise<DiskRoom> {
    try {
      const { bavail, bsize } = await statfs(this.#folder);
      this.#room = judgeRoom(bavail * bsize, this.#folder);
    } catch (thrown) {
      this.#room = {
        ready: false,
        text: `the data folder cannot be looked at: ${messageOf(thrown)}`,
        freeBytes: null,
      };
    }
    return this.#room;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
