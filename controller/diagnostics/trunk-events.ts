/**
 * Remembers registration failures and troubles of the switch for diagnostics. The same trouble again is written down once
 * an hour, or when it had gone meanwhile. It waits for a database that is away, within bounds, and never makes anybody wait.
 */
import { say } from '../contract/texts/sentence.ts';
import { rejectionAdvice, rejectionEvent, switchEvent } from '../contract/texts/trunk-status.ts';
import type { TrunkStatus } from '../contract/trunk.ts';
import type { TrunkEvent } from '../db/trunk-event-store.ts';
import { WrittenLater } from '../db/written-later.ts';
import type { Logger } from '../log.ts';
import type { PbxRejection } from '../switch/pbx-rejection.ts';

type Store = { add(events: readonly TrunkEvent[]): Promise<void>; prune(now: Date): Promise<void> };

const againAfterMs = 3_600_000;
const pruneEveryMs = 600_000;
const mostWaiting = 2000;

export class TrunkEvents {
  readonly #now: () => number;
  readonly #events: WrittenLater<TrunkEvent>;
  /** the trouble that each trunk (or '' for the switch) has, and when it was written down */
  readonly #standing = new Map<string, { text: string; atMs: number }>();
  #switchWasUp = false;

  constructor({ store, log, now = Date.now }: { store: Store; log: Logger; now?: () => number }) {
    this.#now = now;
    this.#events = new WrittenLater({
      what: 'trunk events',
      write: (events) => store.add(events),
      prune: (at) => store.prune(at),
      pruneEveryMs,
      mostWaiting,
      now,
      log,
    });
  }

  /** Every status of a trunk; what is no trouble ends the one before. */
  status(trunkId: string, { state, text, check }: TrunkStatus): void {
    if (state === 'failed') this.#note(trunkId, { kind: 'registration', text, check });
    else if (state === 'registered' || state === 'active' || state === 'inactive')
      this.#standing.delete(trunkId);
  }

  /** A PBX was refused at our registrar. Where from is for the log: scanners come from anywhere. */
  rejected(trunkId: string, reason: PbxRejection): void {
    const check = rejectionAdvice[reason];
    this.#note(trunkId, { kind: 'registration', text: rejectionEvent[reason], check });
  }

  /** One that was never up is being started: /readyz says so. */
  switchDown(reason: string, check: string): void {
    if (!this.#switchWasUp) return;
    this.#note(null, { kind: 'switch', text: say(switchEvent.lost, { said: reason }), check });
  }

  switchUp(): void {
    this.#switchWasUp = true;
    this.#standing.delete('');
  }

  /** Writes what waits now; to be called at the end. */
  close(): Promise<void> {
    return this.#events.close();
  }

  #note(trunkId: string | null, event: Pick<TrunkEvent, 'kind' | 'text' | 'check'>): void {
    const before = this.#standing.get(trunkId ?? '');
    const nowMs = this.#now();
    if (before?.text === event.text && nowMs - before.atMs < againAfterMs) return;
    this.#standing.set(trunkId ?? '', { text: event.text, atMs: nowMs });
    this.#events.add({ trunkId, at: new Date(nowMs), ...event });
  }
}
