/**
 * Rows on their way into the database: gathered for a second and written together, the table pruned now and then. It waits
 * for a database that is away, within bounds, and never makes anybody wait. It knows no table.
 */
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';

const writeEveryMs = 1000;

export type WrittenLaterOptions<Row> = {
  /** for the log */
  what: string;
  write: (rows: readonly Row[]) => Promise<void>;
  prune: (now: Date) => Promise<void>;
  pruneEveryMs: number;
  /** so many wait at most: the newest, which tell most */
  mostWaiting: number;
  now: () => number;
  log: Logger;
};

export class WrittenLater<Row> {
  readonly #options: WrittenLaterOptions<Row>;
  #waiting: Row[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #prunedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: WrittenLaterOptions<Row>) {
    this.#options = options;
  }

  add(row: Row): void {
    if (this.#waiting.length >= this.#options.mostWaiting) this.#waiting.shift();
    this.#waiting.push(row);
    this.#later();
  }

  /** Writes what waits now; to be called at the end. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.#write();
    clearTimeout(this.#timer);
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write();
    }, writeEveryMs).unref();
  }

  async #write(): Promise<void> {
    const { what, write, mostWaiting, log } = this.#options;
    const rows = this.#waiting;
    if (rows.length === 0) return;
    this.#waiting = [];
    try {
      await write(rows);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, `${what} wait for the database`);
      this.#waiting = [...rows, ...this.#waiting].slice(-mostWaiting);
      this.#later();
      return;
    }
    await this.#prune();
  }

  /** What could not be pruned is the next time; what was written stays written. */
  async #prune(): Promise<void> {
    const { what, prune, pruneEveryMs, now, log } = this.#options;
    if (now() - this.#prunedAtMs < pruneEveryMs) return;
    this.#prunedAtMs = now();
    try {
      await prune(new Date(now()));
    } catch (error) {
      log.debug({ reason: messageOf(error) }, `old ${what} could not be removed`);
    }
  }
}
