/**
 * Remembers registration failures and troubles of the switch for diagnostics. The same trouble again is written down once
 * an hour, or when it had gone meanwhile. It waits for a database that is away, within bounds, and never makes anybody wait.
 */
import type { TrunkStatus } from '../contract/trunk.ts';
import type { TrunkEvent } from '../db/trunk-event-store.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';

import type { PbxRejection } from '../switch/port.ts';
import { rejectionAdvice } from '../trunks/sip-trunk-status.ts';

type Store = { add(events: readonly TrunkEvent[]): Promise<void>; prune(now: Date): Promise<void> };

const rejectionWords: Readonly<Record<PbxRejection, string>> = {
  'wrong-password': 'The PBX tried to register with a wrong password',
  'address-not-allowed': "This trunk's username was used from an address that is not allowed",
  'address-of-another': "The PBX called from an address on another trunk's IP allowlist",
  'unknown-user': 'A registration was tried with an unknown username',
  'without-tls': 'The PBX came without TLS, and this trunk takes TLS only',
  'over-tls': 'The PBX came over TLS, and this trunk is set to another transport',
};

const againAfterMs = 3_600_000;
const writeEveryMs = 1000;
const pruneEveryMs = 600_000;
const mostWaiting = 2000;

export class TrunkEvents {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #now: () => number;
  /** the trouble that each trunk (or '' for the switch) has, and when it was written down */
  readonly #standing = new Map<string, { text: string; atMs: number }>();
  #waiting: TrunkEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #switchWasUp = false;
  #prunedAtMs = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: { store: Store; log: Logger; now?: () => number }) {
    this.#store = options.store;
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
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
    this.#note(trunkId, { kind: 'registration', text: rejectionWords[reason], check });
  }

  /** One that was never up is being started: /readyz says so. */
  switchDown(reason: string, check: string): void {
    if (!this.#switchWasUp) return;
    this.#note(null, { kind: 'switch', text: `No connection to the switch: ${reason}`, check });
  }

  switchUp(): void {
    this.#switchWasUp = true;
    this.#standing.delete('');
  }

  /** Writes what waits now; to be called at the end. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.#write();
    clearTimeout(this.#timer);
  }

  #note(trunkId: string | null, event: Pick<TrunkEvent, 'kind' | 'text' | 'check'>): void {
    const before = this.#standing.get(trunkId ?? '');
    const nowMs = this.#now();
    if (before?.text === event.text && nowMs - before.atMs < againAfterMs) return;
    this.#standing.set(trunkId ?? '', { text: event.text, atMs: nowMs });
    // the newest tell most
    if (this.#waiting.length >= mostWaiting) this.#waiting.shift();
    this.#waiting.push({ trunkId, at: new Date(nowMs), ...event });
    this.#later();
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write();
    }, writeEveryMs).unref();
  }

  async #write(): Promise<void> {
    const events = this.#waiting;
    if (events.length === 0) return;
    this.#waiting = [];
    try {
      await this.#store.add(events);
      if (this.#now() - this.#prunedAtMs < pruneEveryMs) return;
      this.#prunedAtMs = this.#now();
      await this.#store.prune(new Date(this.#now()));
    } catch (error) {
      this.#log.debug({ reason: messageOf(error) }, 'trunk events wait for the database');
      this.#waiting = [...events, ...this.#waiting].slice(-mostWaiting);
      this.#later();
    }
  }
}
