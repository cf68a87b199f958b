/**
 * Writes down when registrations came and went, for the dashboards. Only changes are written, also over a restart, which
 * drops no registration; what happened while no controller ran is not known. It waits for a database that is away, within
 * bounds, and never makes anybody wait.
 */
import type { TrunkStatus } from '../contract/trunk.ts';
import type { StoredTrunkState, TrunkStateChange } from '../db/trunk-state-store.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';

type Store = {
  last(): Promise<Map<string, string>>;
  add(changes: readonly TrunkStateChange[]): Promise<void>;
  prune(now: Date): Promise<void>;
};

/** connecting is on the way to one of the others, and so no state of its own */
const stored: Readonly<Record<TrunkStatus['state'], StoredTrunkState | null>> = {
  registered: 'up',
  active: 'up',
  failed: 'failed',
  waiting: 'waiting',
  inactive: 'off',
  connecting: null,
};

const writeEveryMs = 1000;
const pruneEveryMs = 3_600_000;
const mostWaiting = 20_000;

export class TrunkStates {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #now: () => number;
  /** what was written last of each trunk; null until it has been read */
  #last: Map<string, string> | null = null;
  #waiting: TrunkStateChange[] = [];
  readonly #lastAtMs = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #prunedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: { store: Store; log: Logger; now?: () => number }) {
    this.#store = options.store;
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
  }

  status(trunkId: string, { state }: Pick<TrunkStatus, 'state'>): void {
    const kept = stored[state];
    if (kept === null) return;
    // two changes of a trunk are never of the same millisecond, which is their key
    const atMs = Math.max(this.#now(), (this.#lastAtMs.get(trunkId) ?? 0) + 1);
    this.#lastAtMs.set(trunkId, atMs);
    if (this.#waiting.length >= mostWaiting) this.#waiting.shift();
    this.#waiting.push({ trunkId, at: new Date(atMs), state: kept });
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
    const noted = this.#waiting;
    if (noted.length === 0) return;
    this.#waiting = [];
    try {
      this.#last ??= await this.#store.last();
      const last = new Map(this.#last);
      const changes = noted.filter(({ trunkId, state }) => {
        const isNew = last.get(trunkId) !== state;
        last.set(trunkId, state);
        return isNew;
      });
      if (changes.length > 0) await this.#store.add(changes);
      this.#last = last;
      if (this.#now() - this.#prunedAtMs < pruneEveryMs) return;
      this.#prunedAtMs = this.#now();
      await this.#store.prune(new Date(this.#now()));
    } catch (error) {
      this.#log.debug({ reason: messageOf(error) }, 'trunk states wait for the database');
      this.#waiting = [...noted, ...this.#waiting].slice(-mostWaiting);
      this.#later();
    }
  }
}
