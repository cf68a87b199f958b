/**
 * sofia's gateway states as registrations: why one failed, and silence told before sofia gives up (its own time-out
 * is 32 s, RFC 3261 timer F). It hears reports and calls back; it sends nothing to FreeSWITCH.
 *
 *   UNREGED ─▶ TRYING ─▶ REGISTER ─▶ REGED        a refresh goes UNREGED, TRYING, REGISTER, REGED again
 *                │
 *                └─▶ FAILED ─▶ FAIL_WAIT ─▶ UNREGED …      until REGED the last real failure stands
 */

import type { RegistrationFailure, RegistrationState } from '../switch/port.ts';
import type { ProbeResult } from '../switch/probe.ts';
import type { GatewayReport } from './events.ts';

const noAnswer: RegistrationFailure = { kind: 'no-answer', sipStatus: null, detail: 'no answer to REGISTER' };

/**
 * What sofia's status and phrase mean; `ask` when only the network can tell. 9xx are sofia's own: 904 when a challenge
 * was answered and came again, so the PBX did say 401 or 407 (sofia-sip, nta.c and nua_client.c).
 */
export const classifyFailure = (status: number, phrase: string): RegistrationFailure | 'ask' => {
  const detail = `${status} ${phrase}`.trim();
  if (status === 904 || status === 401 || status === 407)
    return { kind: 'authentication', sipStatus: status === 904 ? 401 : status, detail };
  if (status === 403) return { kind: 'forbidden', sipStatus: 403, detail };
  if (status === 404) return { kind: 'unknown-extension', sipStatus: 404, detail };
  // sofia's own 408 cannot be told from a PBX's; both mean that nobody answered for this extension
  if (status === 408 || status === 908) return { kind: 'no-answer', sipStatus: null, detail };
  if (status === 503)
    return /^DNS Error/i.test(phrase) ? { kind: 'name-not-found', sipStatus: null, detail } : 'ask';
  return { kind: 'other', sipStatus: status >= 300 && status < 700 ? status : null, detail };
};

/** 503 is what sofia makes of a refused connection, and what an overloaded PBX says. */
export const explainUnavailable = (network: ProbeResult, phrase: string): RegistrationFailure => {
  const detail = `503 ${phrase}`.trim();
  if (typeof network === 'object') return { kind: 'tls', sipStatus: null, detail, tls: network };
  switch (network) {
    case 'refused':
    case 'name-not-found':
    case 'no-answer':
      return { kind: network, sipStatus: null, detail };
    case 'reachable':
      return { kind: 'other', sipStatus: 503, detail };
  }
};

type Entry = {
  shown: RegistrationState | null;
  /** counts attempts, so that a late finding of an earlier one is dropped */
  attempt: number;
  /** this attempt's failure has been told */
  told: boolean;
  silence: NodeJS.Timeout | undefined;
  look: NodeJS.Timeout | undefined;
};

export class GatewayStates {
  readonly #onState: (trunkId: string, state: RegistrationState) => void;
  readonly #probe: (trunkId: string) => Promise<ProbeResult>;
  readonly #silentAfterMs: number;
  readonly #isOverTls: (trunkId: string) => boolean;
  readonly #lookAfterMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor(options: {
    onState: (trunkId: string, state: RegistrationState) => void;
    /** asks the network about the trunk's PBX; must not reject */
    probe: (trunkId: string) => Promise<ProbeResult>;
    silentAfterMs?: number;
    /** sofia says nothing for long when a TLS connection fails: for these trunks the network is asked early on */
    isOverTls?: (trunkId: string) => boolean;
    lookAfterMs?: number;
  }) {
    this.#onState = options.onState;
    this.#probe = options.probe;
    this.#silentAfterMs = options.silentAfterMs ?? 15_000;
    this.#isOverTls = options.isOverTls ?? (() => false);
    this.#lookAfterMs = options.lookAfterMs ?? 1500;
  }

  /** What was told last of every registration. */
  snapshot(): Map<string, RegistrationState> {
    const states = new Map<string, RegistrationState>();
    for (const [trunkId, { shown }] of this.#entries) states.set(trunkId, shown ?? { phase: 'trying' });
    return states;
  }

  /** A new or changed account: what was known of the old one says nothing any more. */
  restart(trunkId: string): void {
    this.forget(trunkId);
    this.#show(trunkId, this.#entry(trunkId), { phase: 'trying' });
  }

  forget(trunkId: string): void {
    const entry = this.#entries.get(trunkId);
    if (!entry) return;
    clearTimeout(entry.silence);
    clearTimeout(entry.look);
    entry.attempt += 1;
    this.#entries.delete(trunkId);
  }

  has(trunkId: string): boolean {
    return this.#entries.has(trunkId);
  }

  /** Drops everything that `present` does not name, and timers with it: before a snapshot is taken in. */
  keepOnly(present: ReadonlySet<string>): void {
    for (const trunkId of this.#entries.keys()) if (!present.has(trunkId)) this.forget(trunkId);
  }

  stop(): void {
    for (const entry of this.#entries.values()) {
      clearTimeout(entry.silence);
      clearTimeout(entry.look);
    }
  }

  /** An event, or one line of a status answer; the latter has neither status nor phrase. */
  handle(report: GatewayReport): void {
    const { trunkId } = report;
    const entry = this.#entry(trunkId);
    switch (report.state) {
      case 'TRYING':
        this.#beginAttempt(trunkId, entry);
        return;
      case 'REGISTER':
      case 'REGED':
        clearTimeout(entry.silence);
        entry.attempt += 1;
        entry.told = false;
        this.#show(trunkId, entry, { phase: 'registered' });
        return;
      case 'TIMEOUT':
        this.#fail(trunkId, entry, noAnswer);
        return;
      case 'FAILED':
        // the line that follows TIMEOUT has no status, and tells nothing new
        if (report.status !== null) this.#handleFailure(trunkId, entry, report.status, report.phrase);
        return;
      case 'UNREGISTER':
      case 'DOWN':
      case 'NOREG':
        clearTimeout(entry.silence);
        this.#show(trunkId, entry, { phase: 'unregistered' });
        return;
      default:
        // UNREGED, FAIL_WAIT, EXPIRED: another attempt comes by itself
        if (entry.shown === null) this.#show(trunkId, entry, { phase: 'trying' });
    }
  }

  /**
   * Takes in what a status answer says, which has no reasons. true: the gateway failed and nobody here knows why, so
   * another attempt has to tell.
   */
  adopt(report: GatewayReport): boolean {
    const shown = this.#entries.get(report.trunkId)?.shown ?? null;
    switch (report.state) {
      case 'FAILED':
      case 'FAIL_WAIT':
      case 'TIMEOUT':
        if (shown?.phase === 'failed') return false;
        this.restart(report.trunkId);
        return true;
      case 'TRYING':
        // an attempt that is watched already goes on being watched
        if (shown !== null) return false;
        this.handle(report);
        return false;
      default:
        this.handle(report);
        return false;
    }
  }

  #beginAttempt(trunkId: string, entry: Entry): void {
    clearTimeout(entry.silence);
    entry.attempt += 1;
    entry.told = false;
    const { attempt } = entry;
    if (this.#isOverTls(trunkId)) this.#lookSoon(trunkId, entry, attempt);
    entry.silence = setTimeout(() => {
      // sofia may still be asking a name server that does not answer
      void this.#probe(trunkId).then((network) => {
        if (entry.attempt === attempt)
          this.#fail(
            trunkId,
            entry,
            network === 'reachable'
              ? noAnswer
              : typeof network === 'object'
                ? { ...noAnswer, kind: 'tls', tls: network }
                : { ...noAnswer, kind: network },
          );
      });
    }, this.#silentAfterMs);
    // a refresh of a standing registration, or a retry after a failure: neither is news yet
    if (entry.shown === null || entry.shown.phase === 'unregistered')
      this.#show(trunkId, entry, { phase: 'trying' });
  }

  /** A certificate that is wrong stays so: this needs no waiting for sofia. */
  #lookSoon(trunkId: string, entry: Entry, attempt: number): void {
    clearTimeout(entry.look);
    entry.look = setTimeout(() => {
      if (entry.attempt !== attempt) return;
      void this.#probe(trunkId).then((network) => {
        if (entry.attempt === attempt && typeof network === 'object')
          this.#fail(trunkId, entry, { ...noAnswer, kind: 'tls', tls: network });
      });
    }, this.#lookAfterMs);
  }

  #handleFailure(trunkId: string, entry: Entry, status: number, phrase: string): void {
    clearTimeout(entry.silence);
    const failure = classifyFailure(status, phrase);
    if (failure !== 'ask') {
      this.#fail(trunkId, entry, failure);
      return;
    }
    const { attempt } = entry;
    void this.#probe(trunkId).then((network) => {
      if (entry.attempt === attempt) this.#fail(trunkId, entry, explainUnavailable(network, phrase));
    });
  }

  /** Once an attempt: each failed attempt is told, so that whoever plans retries can count them. */
  #fail(trunkId: string, entry: Entry, failure: RegistrationFailure): void {
    clearTimeout(entry.silence);
    if (entry.told) return;
    entry.told = true;
    entry.shown = { phase: 'failed', failure };
    this.#onState(trunkId, entry.shown);
  }

  #show(trunkId: string, entry: Entry, state: RegistrationState): void {
    if (entry.shown?.phase === state.phase) return;
    entry.shown = state;
    this.#onState(trunkId, state);
  }

  #entry(trunkId: string): Entry {
    const known = this.#entries.get(trunkId);
    if (known) return known;
    const entry: Entry = { shown: null, attempt: 0, told: false, silence: undefined, look: undefined };
    this.#entries.set(trunkId, entry);
    return entry;
  }
}
