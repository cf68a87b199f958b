/**
 * Keeps the stored SIP messages within their age and their room. Registrations have a quarter of the room: thousands of
 * trunks that register must not push the calls out. It counts what it writes and clears, and looks at what others have
 * written now and then.
 */
import type { CapturedMessage } from './capture.ts';
import { bytesOf, type StoredBytes, type TraceStore } from './trace-store.ts';

const rowsAtOnce = 1000;
const registersShare = 0.25;
const recountEveryMs = 3_600_000;
const ageEveryMs = 60_000;

export class TracePruner {
  readonly #store: TraceStore;
  readonly #longestMs: number;
  readonly #room: StoredBytes;
  readonly #now: () => number;
  #stored: StoredBytes = { calls: 0, registers: 0 };
  #countedAtMs = Number.NEGATIVE_INFINITY;
  #agedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: { store: TraceStore; days: number; bytes: number; now?: () => number }) {
    this.#store = options.store;
    this.#longestMs = options.days * 86_400_000;
    const registers = Math.floor(options.bytes * registersShare);
    this.#room = { registers, calls: options.bytes - registers };
    this.#now = options.now ?? Date.now;
  }

  /** Bytes in the table, about. */
  get bytes(): number {
    return this.#stored.calls + this.#stored.registers;
  }

  written(messages: readonly CapturedMessage[]): void {
    for (const message of messages)
      this.#stored[message.isRegister ? 'registers' : 'calls'] += bytesOf(message);
  }

  /** Clears what is too much. Little by little, so that nobody waits long for the database. */
  async prune(): Promise<void> {
    const now = this.#now();
    if (now - this.#countedAtMs >= recountEveryMs) {
      this.#stored = await this.#store.storedBytes();
      this.#countedAtMs = now;
    }
    if (now - this.#agedAtMs >= ageEveryMs) {
      for (const isRegister of [false, true])
        while ((await this.#remove(isRegister, now - this.#longestMs)) === rowsAtOnce);
      this.#agedAtMs = now;
    }
    for (const kind of ['calls', 'registers'] as const)
      while (this.#stored[kind] > this.#room[kind]) {
        if ((await this.#remove(kind === 'registers')) > 0) continue;
        // nothing is there: others have cleared what was counted
        this.#stored[kind] = 0;
      }
  }

  async #remove(isRegister: boolean, beforeMs?: number): Promise<number> {
    const kind = isRegister ? 'registers' : 'calls';
    const bytes = this.#stored[kind] - this.#room[kind];
    const which = beforeMs === undefined ? { bytes } : { beforeMs };
    const gone = await this.#store.removeOldest({ isRegister, rows: rowsAtOnce, ...which });
    this.#stored[kind] = Math.max(0, this.#stored[kind] - gone.bytes);
    return gone.rows;
  }
}
