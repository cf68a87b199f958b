/**
 * What the PBX made of one REFER, from the SIP messages of its dialog and from what Asterisk's Transfer() said. Pure.
 *
 * Transfer() gives one status for two different things: an answer to the REFER itself, after which the call is as it
 * was, and a sipfrag of a later NOTIFY, after which the PBX may have moved the caller (RFC 3515 §2.4). The messages
 * tell them apart.
 */
import { type SipHead, sipfragStatus } from '../sip-trace/sip-head.ts';
import type { ReferResult } from '../switch/port.ts';
import { resultOfEnd } from '../switch/refer-end.ts';

export class ReferTrace {
  /** CSeqs of our REFERs; a challenged one is sent again */
  readonly #requests = new Set<number>();
  #answer: number | null = null;
  #sipfrag: number | null = null;
  /** the highest status of the NOTIFYs that were not final */
  #provisional = 0;
  #onSettled: (() => void) | null = null;

  /** what the PBX made of it is known; a 202 alone is not that */
  get #isSettled(): boolean {
    return (
      this.#sipfrag !== null ||
      (this.#answer !== null && this.#answer >= 300 && this.#answer !== 401 && this.#answer !== 407)
    );
  }

  /** The messages come beside what Asterisk tells, and may be a little later: resolves when they are here. */
  async settled(timeoutMs: number): Promise<void> {
    if (this.#isSettled) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onSettled = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Every message of the call's dialog. */
  handle(message: SipHead): void {
    this.#read(message);
    if (this.#isSettled) this.#onSettled?.();
  }

  #read(message: SipHead): void {
    if (message.kind === 'request') {
      if (message.method === 'REFER') {
        this.#requests.add(message.cseq.number);
        this.#answer = null;
      }
      if (message.method === 'NOTIFY' && this.#requests.size > 0) this.#notified(message);
      return;
    }
    if (message.cseq.method === 'REFER' && message.status >= 200) this.#answer = message.status;
  }

  #notified(message: SipHead): void {
    if (!/^refer\b/i.test(message.headers.get('event')?.[0] ?? '')) return;
    const status = sipfragStatus(message.body);
    if (status !== null && status >= 200) this.#sipfrag ??= status;
    else this.#provisional = Math.max(this.#provisional, status ?? 0);
  }

  /** The call ended before Transfer() returned: a PBX may well hang up with, or just before, its last NOTIFY. */
  resultOfEnd(byPbx: boolean): ReferResult {
    if (this.#sipfrag !== null) return this.#sipfrag < 300 ? { result: 'accepted' } : { result: 'gone' };
    const isTaken = this.#answer !== null && this.#answer < 300;
    return resultOfEnd({ isTaken, byPbx, provisional: this.#provisional });
  }

  /** Transfer() returned; `protocol` is its TRANSFERSTATUSPROTOCOL. */
  resultOfTransfer(status: string, protocol: string): ReferResult {
    if (status === 'SUCCESS') return { result: 'accepted' };
    const told = /^[3-6]\d\d$/.test(protocol) ? Number(protocol) : null;
    if (this.#sipfrag !== null && this.#sipfrag >= 300)
      return { result: 'failed', sipStatus: this.#sipfrag, legAlive: true };
    if (this.#answer !== null && this.#answer >= 300) return { result: 'refused', sipStatus: this.#answer };
    if (this.#answer !== null) return { result: 'failed', sipStatus: told ?? 500, legAlive: true };
    // No answer was seen. A time-out of the request is told as 408 (RFC 3261 §8.1.3.1); else the messages never reached us.
    if (told !== null && told !== 408) return { result: 'refused', sipStatus: told };
    return { result: 'silent', legAlive: true };
  }
}
