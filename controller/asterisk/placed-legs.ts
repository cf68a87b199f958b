/**
 * The legs that we place: dialling them, joining them with a caller, and finding at a connect those of a controller before
 * us. Which calls there are is known in `calls.ts`, which hands its map over.
 */
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { SipHead } from '../sip-trace/sip-head.ts';
import { type DialOrder, type DialResult, SwitchError } from '../switch/port.ts';
import type { AriConnection } from './ari.ts';
import { type AriChannel, type AriEvent, AriVariable } from './ari-events.ts';
import { type Call, dialledNumberOf, trunkOf } from './call.ts';
import { Dials, type DialWay } from './dials.ts';
import { bridgePair, endPair, findPairs } from './pairs.ts';
import { requireEncryption } from './srtp-offers.ts';
import type { ReplacedDialog } from './transfer.ts';

export class PlacedLegs {
  readonly #ari: () => AriConnection;
  readonly #calls: ReadonlyMap<string, Call>;
  readonly #hangUp: (channelId: string) => Promise<void>;
  readonly #releaseMedia: (channelId: string) => void;
  readonly #log: Logger;
  readonly #dials: Dials;

  constructor(options: {
    ari: () => AriConnection;
    appName: string;
    calls: ReadonlyMap<string, Call>;
    hangUp: (channelId: string) => Promise<void>;
    /** a leg has left the bridge with its audio channel */
    releaseMedia: (channelId: string) => void;
    log: Logger;
  }) {
    this.#ari = options.ari;
    this.#calls = options.calls;
    this.#hangUp = options.hangUp;
    this.#releaseMedia = options.releaseMedia;
    this.#log = options.log;
    this.#dials = new Dials({ ari: options.ari, appName: options.appName });
  }

  dial(order: DialOrder, way: DialWay): Promise<DialResult> {
    if (this.#calls.has(order.channelId))
      throw new SwitchError('bad-argument', 'this id names a leg already');
    return this.#dials.dial(order, way);
  }

  /** `hangUp` of a leg that is none yet. False when there is no such leg. */
  cancel(channelId: string): Promise<boolean> {
    return this.#dials.cancel(channelId);
  }

  /** The connection is lost: nobody will hear what becomes of those that ring. */
  lose(reason: string): void {
    this.#dials.lose(reason);
  }

  handleAri(event: AriEvent): void {
    this.#dials.handleAri(event);
  }

  handleSip(message: SipHead): void {
    this.#dials.handleSip(message);
  }

  /** One of ours has come to our application: it is answered. */
  answered(call: Call): void {
    const { channelId } = call.channel;
    call.channel.answered = true;
    if (this.#dials.has(channelId)) this.#dials.answered({ ...call.channel });
    // nobody waits any more: the connection was lost meanwhile
    else this.#end(channelId);
  }

  /** On a connect: ends the legs of a controller before us that wait for nobody; they are in `live` no more. */
  async endStrays(
    ari: AriConnection,
    channels: readonly AriChannel[],
    live: Map<string, AriChannel>,
  ): Promise<void> {
    this.#dials.lose('the connection to Asterisk was lost');
    const paired = new Set((await findPairs(ari)).flat());
    for (const channel of channels) {
      const { id } = channel;
      if (dialledNumberOf(channel) === '' || trunkOf(channel) === null) continue;
      if (this.#calls.has(id) || paired.has(id)) continue;
      live.delete(id);
      await ari
        .call('channels', 'hangup', { channelId: id, reason_code: '16' })
        .catch((thrown: unknown) =>
          this.#log.debug({ error: messageOf(thrown) }, 'a leg that nobody waits for was gone already'),
        );
    }
  }

  /** On a connect, when all calls are known. */
  async findPairs(ari: AriConnection): Promise<void> {
    for (const [channelId, dialledId] of await findPairs(ari)) this.#join(channelId, dialledId);
  }

  async bridge(channelId: string, dialledId: string): Promise<void> {
    const [call, dialled] = [this.#calls.get(channelId), this.#calls.get(dialledId)];
    if (!call || !dialled) throw new SwitchError('no-such-channel', 'one of the two legs is gone');
    if (!call.channel.answered || !dialled.dialled)
      throw new SwitchError('bad-argument', 'a call that is answered and a leg that we placed are joined');
    await requireEncryption(this.#ari(), dialled, () => this.#hangUp(dialledId));
    await bridgePair(this.#ari(), channelId, dialledId);
    this.#join(channelId, dialledId);
    this.#releaseMedia(channelId);
    this.#releaseMedia(dialledId);
  }

  #join(channelId: string, dialledId: string): void {
    const call = this.#calls.get(channelId);
    const dialled = this.#calls.get(dialledId);
    if (call && dialled) {
      call.partnerId = dialledId;
      dialled.partnerId = channelId;
      for (const leg of [call, dialled]) leg.channel.bridgedTo = dialled.channel.calledNumber;
    }
    // one that is gone has left the other in the bridge alone: there is nobody to talk to
    else if (call ?? dialled) this.#end(call ? channelId : dialledId);
  }

  /** A leg is over: whoever it was bridged with has nobody to talk to. */
  ended(call: Call, ari: AriConnection | null): void {
    if (call.partnerId === null) return;
    const partner = this.#calls.get(call.partnerId);
    if (partner) {
      partner.partnerId = null;
      this.#end(call.partnerId);
    }
    if (ari) void endPair(ari, call.dialled ? call.partnerId : call.channel.channelId, this.#log);
  }

  /** As whoever gets the Replaces sees it: our tag is the one of From, since we placed the call (RFC 3891 §3). */
  async dialogOf(channelId: string): Promise<ReplacedDialog> {
    const read = async (variable: string): Promise<string> =>
      (await this.#ari().ask(AriVariable, 'channels', 'getChannelVar', { channelId, variable })).value;
    return {
      callId: await read('CHANNEL(pjsip,call-id)'),
      toTag: await read('CHANNEL(pjsip,remote_tag)'),
      fromTag: await read('CHANNEL(pjsip,local_tag)'),
    };
  }

  #end(channelId: string): void {
    this.#hangUp(channelId).catch((thrown: unknown) =>
      this.#log.warn({ channelId, error: messageOf(thrown) }, 'a leg that we placed could not be ended'),
    );
  }
}
