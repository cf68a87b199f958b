/**
 * Writes down when registrations came and went, for the dashboards. Only changes are written, also over a restart, which
 * drops no registration; what happened while no controller ran is not known. It waits for a database that is away, within
 * bounds, and never makes anybody wait.
 */
import type { TrunkStatus } from '../contract/trunk.ts';
import type { StoredTrunkState, TrunkStateChange } from '../db/trunk-state-store.ts';
import { WrittenLater } from '../db/written-later.ts';
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

const pruneEveryMs = 3_600_000;
const mostWaiting = 20_000;

export class TrunkStates {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #changes: WrittenLater<TrunkStateChange>;
  /** what was written last of each trunk; null until it has been read */
  #last: Map<string, string> | null = null;
  readonly #lastAtMs = new Map<string, number>();

  constructor({ store, log, now = Date.now }: { store: Store; log: Logger; now?: () => number }) {
    this.#store = store;
    this.#now = now;
    this.#changes = new WrittenLater({
      what: 'trunk states',
      write: (noted) => this.#write(noted),
      prune: (at) => store.prune(at),
      pruneEveryMs,
      mostWaiting,
      now,
      log,
    });
  }

  status(trunkId: string, { state }: Pick<TrunkStatus, 'state'>): void {
    const kept = stored[state];
    if (kept === null) return;
    // two changes of a trunk are never of the same millisecond, which is their key
    const atMs = Math.max(this.#now(), (this.#lastAtMs.get(trunkId) ?? 0) + 1);
    this.#lastAtMs.set(trunkId, atMs);
    this.#changes.add({ trunkId, at: new Date(atMs), state: kept });
  }

  /** Writes what waits now; to be called at the end. */
  close(): Promise<void> {
    return this.#changes.close();
  }

  async #write(noted: readonly TrunkStateChange[]): Promise<void> {
    this.#last ??= await this.#store.last();
    const last = new Map(this.#last);
    const changes = noted.filter(({ trunkId, state }) => {
      const isNew = last.get(trunkId) !== state;
      last.set(trunkId, state);
      return isNew;
    });
    if (changes.length > 0) await this.#store.add(changes);
    this.#last = last;
  }
}
