/**
 * The legs that we are placing just now: each `originate` until FreeSWITCH has said how it went. What an answered one is
 * then is kept with the other calls. It sends through the connection and repeats nothing.
 */
import { delay } from '../process/detached.ts';
import {
  type Codec,
  type DialOrder,
  type DialResult,
  type MediaEncryption,
  SwitchError,
} from '../switch/port.ts';
import { channelIdOf, type DialWay, existsCommand, killCommand, originateCommand } from './commands.ts';
import type { EslConnection } from './connection.ts';
import { type ChannelReport, dialledVariable, extensionVariable, trunkIdVariable } from './events.ts';
import type { LiveCalls } from './live-calls.ts';

/** `originate` answers by itself when its own time is over; this is for a FreeSWITCH that does not. */
const answerGraceMs = 15_000;
/** the park event of an answered leg, and the last event of one that ended, may come behind the answer */
const lastEventMs = 3000;
const gatewayTickMs = 2500;

/** Whose call it is; `way` left out = with an extension's account. */
export type DialAccount = { codecs: readonly Codec[]; mediaEncryption?: MediaEncryption; way?: DialWay };

type Dial = {
  order: DialOrder;
  hasRung: boolean;
  cancelled: boolean;
  /** the final answer to the INVITE */
  sipStatus: number | null;
  onEvent: () => void;
  isOver: boolean;
};

export class Dials {
  readonly #connection: EslConnection;
  readonly #calls: LiveCalls;
  readonly #dials = new Map<string, Dial>();
  readonly #hangUp: (channelId: string) => Promise<void>;

  constructor(options: {
    connection: EslConnection;
    calls: LiveCalls;
    hangUp: (channelId: string) => Promise<void>;
  }) {
    this.#hangUp = options.hangUp;
    this.#connection = options.connection;
    this.#calls = options.calls;
  }

  has(channelId: string): boolean {
    return this.#dials.has(channelId);
  }

  async dial(order: DialOrder, account: DialAccount | undefined): Promise<DialResult> {
    if (!account) throw new SwitchError('rejected', `no account of trunk ${order.trunkId} has been put`);
    const isOffered = account.mediaEncryption === 'offered';
    const command = commandOf(order, account, isOffered || account.mediaEncryption === 'required');
    if (this.has(order.channelId) || this.#calls.get(order.channelId))
      throw new SwitchError('bad-argument', 'this id names a leg already');
    const dial: Dial = {
      order,
      hasRung: false,
      cancelled: false,
      sipStatus: null,
      onEvent: () => undefined,
      isOver: false,
    };
    this.#dials.set(order.channelId, dial);
    try {
      let said = await this.#originate(command, order);
      await this.#isTold(dial, said);
      if (isOffered && isRefusedForEncryption(dial, said) && (await this.#isFree(order.channelId))) {
        dial.sipStatus = null;
        dial.isOver = false;
        said = await this.#originate(commandOf(order, account, false), order);
        await this.#isTold(dial, said);
      }
      const isAnswered = said.startsWith('+OK');
      const call = this.#calls.get(order.channelId);
      if (isAnswered && call) return { result: 'answered', channel: { ...call.channel } };
      return resultOf(dial, said);
    } catch (error) {
      // it is unknown whether there is a leg: the next connect finds it, and so does this while there is a connection
      await this.#connection.api(killCommand(order.channelId, 'NORMAL_CLEARING')).catch(() => undefined);
      throw error;
    } finally {
      this.#dials.delete(order.channelId);
    }
  }

  /** The answer and the last event of a leg come on two ways. */
  async #isTold(dial: Dial, said: string): Promise<void> {
    const isComplete = () =>
      dial.isOver || (said.startsWith('+OK') && this.#calls.get(dial.order.channelId) !== undefined);
    if (isComplete()) return;
    await Promise.race([
      new Promise<void>((resolve) => {
        dial.onEvent = () => isComplete() && resolve();
      }),
      delay(lastEventMs),
    ]);
  }

  /** A second leg can have the first one's id when that is forgotten, a moment after its last event. */
  async #isFree(channelId: string): Promise<boolean> {
    const deadlineMs = performance.now() + lastEventMs;
    while (performance.now() < deadlineMs) {
      if ((await this.#connection.api(existsCommand(channelId))).trim() === 'false') return true;
      await delay(20);
    }
    return false;
  }

  /**
   * sofia calls a gateway up one of its ticks of a second after it has registered (sofia_reg.c, sofia_reg_check_gateway),
   * and says GATEWAY_DOWN meanwhile: then nothing has been sent, so asking again places no second call.
   */
  async #originate(command: string, { ringSeconds }: DialOrder): Promise<string> {
    const deadlineMs = performance.now() + gatewayTickMs;
    for (;;) {
      const said = await this.#connection.background(command, ringSeconds * 1000 + answerGraceMs);
      if (!said.startsWith('-ERR GATEWAY_DOWN') || performance.now() > deadlineMs) return said;
      await delay(gatewayTickMs / 10);
    }
  }

  /** `hangUp` of a leg that is none yet. False when there is no such leg. */
  cancel(channelId: string): boolean {
    const dial = this.#dials.get(channelIdOf(channelId));
    if (dial) dial.cancelled = true;
    return dial !== undefined;
  }

  handleProgress(channelId: string): void {
    const dial = this.#dials.get(channelId);
    if (!dial || dial.hasRung) return;
    dial.hasRung = true;
    dial.order.onRinging?.();
  }

  /** A leg that we placed is answered and parked. One that nobody waits for is of a controller that is no more. */
  handleParked(report: ChannelReport): void {
    const { channelId } = report.channel;
    const dial = this.#dials.get(channelId);
    if (dial) {
      this.#calls.adopt(report);
      dial.onEvent();
    } else if (!this.#calls.get(channelId)) this.#hangUp(channelId).catch(() => undefined);
  }

  handleHungUp(channelId: string, sipStatus: number | null): void {
    const dial = this.#dials.get(channelId);
    if (!dial) return;
    dial.sipStatus = sipStatus;
    dial.isOver = true;
    dial.onEvent();
  }
}

/**
 * `mandatory` offers RTP/SAVP alone. `optional` would offer both in two media lines (switch_core_media.c, generate_m), of which a PBX
 * that has SRTP off refuses the call as well, and others answer both.
 */
const commandOf = (order: DialOrder, account: DialAccount, isEncrypted: boolean): string =>
  originateCommand(
    order,
    account.codecs,
    {
      rtp_secure_media: isEncrypted ? 'mandatory' : 'forbidden',
      // as on calls that come in, see gateway-xml.ts: else every second frame that the target hears is silence
      srtp_allow_idle_gaps: 'true',
      [trunkIdVariable]: order.trunkId,
      [extensionVariable]: order.number,
      [dialledVariable]: order.number,
    },
    account.way,
  );

/** RFC 3261 §21.4.13, §21.4.26, §21.6.4; or it was answered with plain audio all the same, and FreeSWITCH ended it. */
const isRefusedForEncryption = (dial: Dial, said: string): boolean =>
  !dial.cancelled &&
  !said.startsWith('+OK') &&
  (dial.sipStatus === null || dial.sipStatus < 300
    ? said.includes('INCOMPATIBLE_DESTINATION')
    : [415, 488, 606].includes(dial.sipStatus));

/** `said` is `-ERR` and FreeSWITCH's name of the cause. */
const resultOf = (dial: Dial, said: string): DialResult => {
  if (dial.cancelled) return { result: 'cancelled' };
  // 487 is the PBX's answer to the CANCEL that ends a ringing of ours (RFC 3261 §9.2)
  if (dial.sipStatus !== null && dial.sipStatus >= 300 && dial.sipStatus !== 487)
    return { result: 'refused', sipStatus: dial.sipStatus };
  if (/INVALID_GATEWAY|GATEWAY_DOWN|INVALID_PROFILE|INCOMPATIBLE|CHAN_NOT_IMPLEMENTED/.test(said))
    throw new SwitchError('rejected', `FreeSWITCH could not place the call: ${said.trim().slice(0, 100)}`);
  return { result: 'no answer' };
};
