/**
 * The legs that we are placing just now: ARI's `originate` answers at once, and events tell how it went. What an answered
 * one is then is kept with the other calls. Nothing is sent twice.
 */
import { delay } from '../process/detached.ts';
import type { SipHead } from '../sip-trace/sip-head.ts';
import { type DialOrder, type DialResult, type LiveChannel, SwitchError } from '../switch/port.ts';
import { type AriConnection, isMissing } from './ari.ts';
import { AriChannel, type AriEvent } from './ari-events.ts';

/** beyond the time that Asterisk itself lets it ring */
const endGraceMs = 10_000;
/** the SIP messages come beside what Asterisk tells, and may be a little later */
const messageGraceMs = 200;

/** Where a call goes, and as whom. */
export type DialWay = {
  /** as ARI's `originate` wants it */
  endpoint: string;
  /** of P-Asserted-Identity */
  domain: string;
  /** From; left out = the account's own */
  callerId?: string;
};

type Dial = {
  order: DialOrder;
  sipCallId: string;
  hasRung: boolean;
  cancelled: boolean;
  isChallenged: boolean;
  /** the final answer to our INVITE, as the wire had it */
  sipStatus: number | null;
  settle: (outcome: LiveChannel | { cause: number } | SwitchError) => void;
};

/** What the cause of an end says of the INVITE's answer (chan_pjsip.c, hangup_sip2cause), where no message was seen. */
const statusOfCause: Readonly<Record<number, number>> = {
  1: 404,
  17: 486,
  20: 480,
  21: 403,
  22: 410,
  34: 503,
  42: 503,
  58: 488,
};

export class Dials {
  readonly #ari: () => AriConnection;
  readonly #appName: string;
  readonly #dials = new Map<string, Dial>();

  constructor(options: { ari: () => AriConnection; appName: string }) {
    this.#ari = options.ari;
    this.#appName = options.appName;
  }

  has(channelId: string): boolean {
    return this.#dials.has(channelId);
  }

  async dial(order: DialOrder, way: DialWay): Promise<DialResult> {
    checkOrder(order);
    if (this.has(order.channelId)) throw new SwitchError('bad-argument', 'this id names a leg already');
    const ari = this.#ari();
    const { channelId } = order;
    let timer: NodeJS.Timeout | undefined;
    const dial: Dial = {
      order,
      sipCallId: '',
      hasRung: false,
      cancelled: false,
      isChallenged: false,
      sipStatus: null,
      settle: () => undefined,
    };
    const settled = new Promise<LiveChannel | { cause: number } | SwitchError>((resolve) => {
      dial.settle = resolve;
      timer = setTimeout(
        () => resolve(new SwitchError('timeout', 'Asterisk does not say what became of the call')),
        order.ringSeconds * 1000 + endGraceMs,
      );
    });
    this.#dials.set(channelId, dial);
    try {
      const channel = await ari.ask(AriChannel, 'channels', 'originateWithId', {
        channelId,
        endpoint: way.endpoint,
        ...(way.callerId === undefined ? {} : { callerId: way.callerId }),
        app: this.#appName,
        appArgs: 'dialled',
        timeout: Math.min(Math.max(Math.ceil(order.ringSeconds), 1), 600),
        variables: { OFFHOOK_DIALLED: order.number, ...identityOf(order, way) },
      });
      dial.sipCallId = channel.protocol_id;
      const outcome = await settled;
      if (outcome instanceof SwitchError) throw outcome;
      if ('channelId' in outcome) return { result: 'answered', channel: outcome };
      if (dial.sipStatus === null) await delay(messageGraceMs);
      return resultOf(dial, outcome.cause);
    } catch (thrown) {
      if (isMissing(thrown) || !(thrown instanceof SwitchError) || thrown.code === 'rejected') throw thrown;
      // it is unknown whether there is a leg; the next connect looks for it too
      await ari.call('channels', 'hangup', { channelId }).catch(() => undefined);
      throw thrown;
    } finally {
      clearTimeout(timer);
      this.#dials.delete(channelId);
    }
  }

  /** `hangUp` of a leg that is none yet. False when there is no such leg. */
  async cancel(channelId: string): Promise<boolean> {
    const dial = this.#dials.get(channelId);
    if (!dial) return false;
    dial.cancelled = true;
    try {
      await this.#ari().call('channels', 'hangup', { channelId, reason_code: '16' });
    } catch (thrown) {
      if (!isMissing(thrown)) throw thrown;
    }
    return true;
  }

  /** The connection is lost: nobody will hear what becomes of them. */
  lose(reason: string): void {
    for (const dial of this.#dials.values()) dial.settle(new SwitchError('disconnected', reason));
  }

  handleAri(event: AriEvent): void {
    if (event.type === 'Dial') {
      const dial = this.#dials.get(event.peer.id);
      if (!dial || dial.hasRung || !['RINGING', 'PROGRESS'].includes(event.dialstatus)) return;
      dial.hasRung = true;
      dial.order.onRinging?.();
    }
    if (event.type === 'ChannelDestroyed') this.#dials.get(event.channel.id)?.settle({ cause: event.cause });
  }

  answered(channel: LiveChannel): void {
    this.#dials.get(channel.channelId)?.settle(channel);
  }

  handleSip(message: SipHead): void {
    if (message.kind !== 'response' || message.cseq.method !== 'INVITE' || message.status < 300) return;
    const isChallenge = message.status === 401 || message.status === 407;
    for (const dial of this.#dials.values()) {
      if (dial.sipCallId !== message.callId) continue;
      // the first one is answered with credentials; the second one says that they are wrong
      if (!isChallenge || dial.isChallenged) dial.sipStatus = message.status;
      dial.isChallenged ||= isChallenge;
    }
  }
}

/** What becomes a part of a dial string, a variable or a header. */
export const checkOrder = ({ channelId, trunkId, number }: DialOrder): void => {
  const isGood =
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(channelId) &&
    /^[a-z0-9-]{1,40}$/.test(trunkId) &&
    /^\+?[0-9*]{1,20}$/.test(number);
  if (!isGood) throw new SwitchError('bad-argument', `${number.slice(0, 40)} cannot be dialled`);
};

/** With the account of an extension. */
export const accountWay = (order: DialOrder, { domain }: { domain: string }): DialWay => {
  checkOrder(order);
  return { endpoint: `PJSIP/${order.number}@${order.trunkId}`, domain };
};

/** Whom the target is to see, of what a header may hold. */
export const shownCaller = ({ callerNumber, callerName }: DialOrder): { number: string; name: string } => ({
  number: /^\+?[0-9*]{1,32}$/.test(callerNumber) ? callerNumber : '',
  name: callerName
    .replace(/[^A-Za-z0-9 ._-]/g, '')
    .slice(0, 60)
    .trim(),
});

const identityOf = (order: DialOrder, { domain }: DialWay): Record<string, string> => {
  const { number, name } = shownCaller(order);
  if (number === '') return {};
  const shown = name === '' ? '' : `"${name}" `;
  return { 'PJSIP_HEADER(add,P-Asserted-Identity)': `${shown}<sip:${number}@${domain}>` };
};

const resultOf = (dial: Dial, cause: number): DialResult => {
  if (dial.cancelled) return { result: 'cancelled' };
  const sipStatus = dial.sipStatus ?? statusOfCause[cause] ?? null;
  // 487 is the PBX's answer to the CANCEL that ends a ringing of ours (RFC 3261 §9.2)
  return sipStatus === null || sipStatus === 487 ? { result: 'no answer' } : { result: 'refused', sipStatus };
};
