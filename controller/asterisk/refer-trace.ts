/**
 * What the PBX made of one REFER, from the SIP messages of its dialog and from what Asterisk's Transfer() said. Pure.
 *
 * Transfer() gives one status for two different things: an answer to the REFER itself, after which the call is as it
 * was, and a sipfrag of a later NOTIFY, after which the PBX may have moved the caller (RFC 3515 §2.4). The messages
 * tell them apart.
 */
import { type SipHead, sipfragStatus } from '../sip-trace/sip-head.ts';
import type { ReferResult } from '../switch/port.ts';

export class ReferTrace {
  /** CSeqs of our REFERs; a challenged one is sent again */
  readonly #requests = new Set<number>();
  #answer: number | null = null;
  #sipfrag: number | null = null;

  /** Every message of the call's dialog. */
  handle(message: SipHead): void {
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
  }

  /** The call ended before Transfer() returned: a PBX may well hang up with, or just before, its last NOTIFY. */
  resultOfEnd(): ReferResult {
    return this.#sipfrag !== null && this.#sipfrag < 300 ? { result: 'accepted' } : { result: 'gone' };
  }

  /** Transfer() returned; `protocol` is its TRANSFERSTATUSPROTOCOL. */
  resultOfTransfer(status: string, protocol: string): ReferResult {
    if (status === 'SUCCESS') return { result: 'accepted' };
    const told = /^[3-6]\d\d$/.test(protocol) ? Number(protocol) : null;
    if (this.#sipfrag !== null && this.#sipfrag >= 300)
      return { result: 'failed', sipStatus: this.#sipfrag, legAlive: true };
    if (this.#answer !== null && this.#answer >= 300) return { result: 'refused', sipStatus: this.#answer };
    if (this.#answer !== null) return { result: 'failed', sipStatus: told ?? 500, legAlive: true };
    // The messages never reached us, or there were none: a time-out of the request is told as 408.
    if (this.#requests.size === 0 && told !== null && told !== 408)
      return { result: 'refused', sipStatus: told };
    return { result: 'silent', legAlive: true };
  }
}
