/**
 * Follows the registration of one trunk: AMI says how it stands, the SIP messages say why, and when neither says
 * anything a look at the network does. It sends nothing and pushes nothing.
 *
 *   trying ──2xx──▶ registered ──refresh fails──▶ failed ──2xx──▶ registered
 *      └──refused, or silence──▶ failed ◀────────────┘
 */
import { isDeepStrictEqual } from 'node:util';
import type { SipHead } from '../sip-trace/sip-head.ts';
import {
  type ExtensionAccount,
  publicAuthorities,
  type RegistrationFailure,
  type RegistrationState,
} from '../switch/port.ts';
import { probe } from '../switch/probe.ts';
import { failureOfProbe, failureOfStatus } from './registration-failure.ts';

/** Asterisk itself gives up after timer F, 32 s (RFC 3261 §17.1.2.2); people should not wait that long. */
export type RegistrationTimes = { silenceMs: number; lookMs: number; probeMs: number };
export const usualTimes: RegistrationTimes = { silenceMs: 20_000, lookMs: 1500, probeMs: 3000 };

/** A REGISTER that has no final answer yet. */
type Attempt = { silence: NodeJS.Timeout; look: NodeJS.Timeout | null; isProbing: boolean };

const transactionOf = ({ callId, cseq }: SipHead): string => `${callId} ${cseq.number}`;

export class RegistrationWatch {
  readonly account: ExtensionAccount;
  readonly #times: RegistrationTimes;
  readonly #onState: (state: RegistrationState) => void;
  #state: RegistrationState;
  #attempt: Attempt | null = null;
  /** the requests without an answer; two clients of Asterisk may overlap when one replaces the other */
  readonly #sent = new Map<string, { hasCredentials: boolean; isUnregister: boolean }>();
  readonly #unregisterWaits = new Set<() => void>();
  #closed = false;

  constructor(options: {
    account: ExtensionAccount;
    state: RegistrationState;
    times?: RegistrationTimes;
    onState: (state: RegistrationState) => void;
  }) {
    this.account = options.account;
    this.#state = options.state;
    this.#times = options.times ?? usualTimes;
    this.#onState = options.onState;
  }

  get state(): RegistrationState {
    return this.#state;
  }

  /** a REGISTER is on its way that has no final answer yet */
  get isTrying(): boolean {
    return this.#attempt !== null;
  }

  /** What Asterisk held when we connected to it again; whoever reads it there tells it. */
  adopt(state: RegistrationState): void {
    this.#state = state;
  }

  /** A REGISTER has been asked for. */
  begin(): void {
    this.#set({ phase: 'trying' });
    this.#endAttempt();
    this.#beginAttempt();
  }

  /** Our REGISTER as it left the switch. */
  sent(request: SipHead): void {
    const isUnregister =
      request.headers.get('expires')?.[0] === '0' ||
      /;\s*expires=0\b/i.test(request.headers.get('contact')?.[0] ?? '');
    const hasCredentials = request.headers.has('authorization') || request.headers.has('proxy-authorization');
    const transaction = transactionOf(request);
    if (this.#sent.has(transaction)) return;
    if (this.#sent.size >= 16) this.#sent.clear();
    this.#sent.set(transaction, { hasCredentials, isUnregister });
    if (!isUnregister && !this.#attempt) this.#beginAttempt();
  }

  /** The PBX's answer to it. */
  answered(response: SipHead & { kind: 'response' }): void {
    const { status } = response;
    const request = this.#sent.get(transactionOf(response));
    // Asterisk sends a request again until it is answered, and a PBX an answer: the first of each counts.
    if (status < 200 || !request) return;
    this.#sent.delete(transactionOf(response));
    const isChallenge = (status === 401 || status === 407) && !request.hasCredentials;
    // 423 is answered with a longer expiry by the switch itself (RFC 3261 §10.2.8)
    const goesOn = isChallenge || status === 423;
    if (request.isUnregister) {
      if (!goesOn) this.#unregistered();
      return;
    }
    if (goesOn) {
      this.#endAttempt();
      this.#beginAttempt();
      return;
    }
    this.#endAttempt();
    this.#set(
      status < 300
        ? { phase: 'registered' }
        : { phase: 'failed', failure: failureOfStatus(status, response.reason) },
    );
  }

  /** The state as AMI names it. It comes after the messages, which may have been lost. */
  reported(status: string): void {
    switch (status) {
      case 'Registered':
        this.#endAttempt();
        this.#set({ phase: 'registered' });
        return;
      case 'Rejected':
        // The messages have said why, unless there were none: then the attempt is still open.
        if (this.#attempt) void this.#look(true);
        else if (this.#state.phase !== 'failed') {
          this.#beginAttempt();
          void this.#look(true);
        }
        return;
      case 'Unregistered':
        this.#unregistered();
        return;
      default:
        return;
    }
  }

  /** Resolves when the PBX has been told, or after `timeoutMs`. */
  unregistered(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#unregisterWaits.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#unregisterWaits.add(done);
    });
  }

  close(): void {
    this.#closed = true;
    this.#endAttempt();
    this.#unregistered();
  }

  #unregistered(): void {
    for (const done of this.#unregisterWaits) done();
  }

  #beginAttempt(): void {
    if (this.#closed) return;
    this.#attempt = {
      silence: setTimeout(() => this.#fail(failureOfProbe('no-answer')), this.#times.silenceMs),
      look: setTimeout(() => void this.#look(false), this.#times.lookMs),
      isProbing: false,
    };
  }

  #endAttempt(): void {
    if (!this.#attempt) return;
    clearTimeout(this.#attempt.silence);
    if (this.#attempt.look) clearTimeout(this.#attempt.look);
    this.#attempt = null;
  }

  /** Looks at the network. `isOver`: the switch has given up, so even "nothing to be seen" is a result. */
  async #look(isOver: boolean): Promise<void> {
    const attempt = this.#attempt;
    if (!attempt || (attempt.isProbing && !isOver)) return;
    attempt.isProbing = true;
    const { domain, port, transport, tls: trust = publicAuthorities } = this.account;
    const result = await probe(domain, port, transport, this.#times.probeMs, { trust, nameRule: 'rfc6125' });
    if (this.#attempt !== attempt) return;
    // what is only silent so far may still answer; everything else that was found is the reason
    if (isOver || (result !== 'reachable' && result !== 'no-answer')) this.#fail(failureOfProbe(result));
  }

  #fail(failure: RegistrationFailure): void {
    this.#endAttempt();
    this.#set({ phase: 'failed', failure });
  }

  #set(state: RegistrationState): void {
    if (this.#closed || isDeepStrictEqual(state, this.#state)) return;
    this.#state = state;
    this.#onState(state);
  }
}
