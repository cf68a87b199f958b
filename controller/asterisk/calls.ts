/**
 * The calls: what Asterisk's channel events mean for them, and the commands on them. Their audio is in `media.ts`, and
 * registrations are elsewhere. Asterisk owns the calls; what is kept here is read from it again on every connect.
 */
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { delay } from '../process/detached.ts';
import type { SipHead } from '../sip-trace/sip-head.ts';
import {
  type LegEnd,
  type LiveChannel,
  type MediaLeg,
  type ReferResult,
  type RefusalStatus,
  SwitchError,
  type SwitchEvent,
} from '../switch/port.ts';
import type { AriConnection } from './ari.ts';
import { isMissing } from './ari.ts';
import { AriChannel, type AriEvent } from './ari-events.ts';
import { type Call, callOf, isCall } from './call.ts';
import { codecOf, isAlive } from './channel.ts';
import { endOf, refusalCauses } from './end-cause.ts';
import type { Connections } from './link.ts';
import { isMediaChannel, type Media } from './media.ts';
import { PlacedLegs } from './placed-legs.ts';
import { requireEncryption, SrtpOffers } from './srtp-offers.ts';
import { type ReferTarget, refer, takeBack } from './transfer.ts';

/** Why a channel came to our application: the first argument of Stasis() in `extensions.conf`. */
const callArguments = z.tuple([z.enum(['call', 'back', 'dialled'])]);
const referArguments = z.tuple([z.literal('refer'), z.string(), z.string()]);

const endGraceMs = 300;

export class Calls {
  readonly #connections: () => Connections;
  readonly #media: Media;
  readonly #appName: string;
  readonly #log: Logger;
  readonly #onEvent: (event: SwitchEvent) => void;
  readonly #calls = new Map<string, Call>();
  readonly placed: PlacedLegs;
  readonly #offers = new SrtpOffers();

  constructor(options: {
    connections: () => Connections;
    media: Media;
    appName: string;
    log: Logger;
    onEvent: (event: SwitchEvent) => void;
  }) {
    this.#connections = options.connections;
    this.#media = options.media;
    this.#appName = options.appName;
    this.#log = options.log;
    this.#onEvent = options.onEvent;
    this.placed = new PlacedLegs({
      ari: () => this.#ari(),
      appName: options.appName,
      calls: this.#calls,
      hangUp: (channelId) => this.hangUp(channelId),
      releaseMedia: (channelId) => this.#media.release(this.#ari(), channelId),
      log: options.log,
    });
  }

  /**
   * Reads the live calls. Resolves with them and with what says which of those known before have ended; nothing is
   * said before that is run.
   */
  async read({ ari, ami }: Connections): Promise<{ channels: LiveChannel[]; announceEnded: () => void }> {
    const all = await ari.ask(z.array(z.unknown()), 'channels', 'list');
    const channels = all.map((channel) => AriChannel.safeParse(channel)).flatMap(({ data }) => data ?? []);
    const live = new Map<string, AriChannel>();
    const ours = channels.filter((channel) => isCall(channel, this.#appName));
    const alive = await Promise.all(ours.map((channel) => isAlive(ari, channel.id)));
    for (const [index, channel] of ours.entries()) if (alive[index]) live.set(channel.id, channel);
    await this.placed.endStrays(ari, channels, live);
    const ended = [...this.#calls.keys()].filter((channelId) => !live.has(channelId));
    for (const channel of live.values()) {
      const known = this.#calls.get(channel.id);
      const found = known ?? callOf(channel);
      if (!found) continue;
      if (known) known.channel.answered = channel.state === 'Up';
      else this.#add(found);
      // Whoever waited for this transfer is gone, and the PBX may never answer.
      if (channel.dialplan.context === 'offhook-refer' && !known?.trace)
        await takeBack(ami, channel.name, this.#log);
    }
    await this.placed.findPairs(ari);
    this.#media.sweep(
      ari,
      channels.map((channel) => channel.id),
      new Set(live.keys()),
    );
    return {
      channels: [...live.keys()].flatMap((id) => {
        const call = this.#calls.get(id);
        return call && !call.dialled ? [{ ...call.channel }] : [];
      }),
      announceEnded: () => {
        for (const channelId of ended)
          this.#end(channelId, { cause: 41, causeText: 'Lost with the switch', by: 'unseen' });
      },
    };
  }

  handleAri(event: AriEvent): void {
    this.placed.handleAri(event);
    switch (event.type) {
      case 'StasisStart':
        this.#started(event.channel, event.args);
        return;
      case 'ChannelHangupRequest': {
        const call = this.#calls.get(event.channel.id);
        // `soft` is a request from inside Asterisk, such as ours; without it the channel's driver, so the PBX, asked
        // (channel.c, ast_softhangup and ast_queue_hangup).
        if (call && !event.soft) {
          call.endedBy ??= 'caller';
          call.onReturn?.('ended');
          this.#expectEnd(call);
        }
        return;
      }
      case 'ChannelDestroyed': {
        const call = this.#calls.get(event.channel.id);
        if (call) this.#end(event.channel.id, endOf(call, event.cause, event.cause_txt));
        return;
      }
      case 'ChannelDtmfReceived':
        if (this.#calls.has(event.channel.id))
          this.#onEvent({ type: 'dtmf', channelId: event.channel.id, digit: event.digit });
        return;
      case 'ApplicationReplaced':
        this.#log.error('another controller has connected to this asterisk with our name');
        return;
      case 'StasisEnd':
      case 'Dial':
        return;
    }
  }

  handleSip(message: SipHead): void {
    this.placed.handleSip(message);
    if (message.kind === 'request' && message.method === 'INVITE') this.#offers.handle(message);
    for (const call of this.#calls.values()) {
      if (!call.trace || call.channel.sipCallId !== message.callId) continue;
      call.trace.handle(message);
      // While a REFER has no answer Asterisk keeps the channel of a call that the PBX has ended.
      if (message.kind === 'request' && message.method === 'BYE') this.#endOnBye(call);
    }
  }

  async answer(channelId: string): Promise<void> {
    const call = this.#find(channelId);
    const ari = this.#ari();
    await ari.call('channels', 'setChannelVar', { channelId, variable: 'TIMEOUT(absolute)', value: '0' });
    await ari.call('channels', 'answer', { channelId });
    call.channel.answered = true;
  }

  async refuse(channelId: string, status: RefusalStatus): Promise<void> {
    const call = this.#find(channelId);
    if (call.channel.answered) throw new SwitchError('rejected', 'an answered call cannot be refused');
    call.endedBy ??= 'us';
    await this.#ari().call('channels', 'hangup', { channelId, reason_code: String(refusalCauses[status]) });
    this.#expectEnd(call);
  }

  async hangUp(channelId: string): Promise<void> {
    const ari = this.#ari();
    if (await this.placed.cancel(channelId)) return;
    const call = this.#calls.get(channelId);
    if (!call) return;
    call.endedBy ??= 'us';
    try {
      await ari.call('channels', 'hangup', { channelId, reason_code: '16' });
    } catch (thrown) {
      if (!isMissing(thrown)) throw thrown;
    }
    this.#expectEnd(call);
  }

  openMedia(channelId: string): Promise<MediaLeg> {
    const call = this.#find(channelId);
    if (call.partnerId !== null) throw new SwitchError('rejected', 'the call is bridged to another leg');
    call.opening ??= this.#openMedia(call).finally(() => {
      call.opening = null;
    });
    return call.opening;
  }

  async sendDtmf(channelId: string, digits: string): Promise<void> {
    this.#find(channelId);
    if (!/^[0-9*#A-D]{1,64}$/.test(digits))
      throw new SwitchError('bad-argument', 'DTMF is 0-9, *, # and A-D, at most 64 digits');
    await this.#ari().call('channels', 'sendDTMF', { channelId, dtmf: digits, duration: 100, between: 100 });
  }

  async startEcho(channelId: string): Promise<void> {
    this.#find(channelId);
    await this.#ari().call('channels', 'continueInDialplan', {
      channelId,
      context: 'offhook-echo',
      extension: 's',
      priority: 1,
    });
  }

  async refer(
    channelId: string,
    { replaces, ...target }: ReferTarget & { replaces?: string },
    timeoutMs: number,
  ): Promise<ReferResult> {
    const replaced = replaces === undefined ? null : await this.placed.dialogOf(replaces);
    return refer({
      call: this.#find(channelId),
      target,
      replaced,
      timeoutMs,
      connections: this.#connections,
      rejoin: () => this.#rejoin(channelId),
      isKnown: () => this.#calls.has(channelId),
      log: this.#log,
    });
  }

  #endOnBye(call: Call): void {
    const { channelId } = call.channel;
    call.endedBy ??= 'caller';
    call.onReturn?.('ended');
    this.#ari()
      .call('channels', 'hangup', { channelId, reason_code: '16' })
      .catch((thrown: unknown) =>
        this.#log.debug({ channelId, error: messageOf(thrown) }, 'an ended channel was gone already'),
      );
    this.#expectEnd(call);
  }

  /**
   * ChannelDestroyed comes when nothing refers to the channel any more, and the subscription of an unfinished REFER does
   * so for up to its whole ten minutes (chan_pjsip.c, transfer_refer). So a call that is ending is looked for.
   */
  #expectEnd(call: Call): void {
    if (call.isEndExpected) return;
    call.isEndExpected = true;
    const { channelId } = call.channel;
    const look = async (waitMs: number): Promise<void> => {
      await delay(waitMs);
      if (this.#calls.get(channelId) !== call) return;
      try {
        // `channels.get` would still find it: that reads Asterisk's cache, from which it goes with ChannelDestroyed.
        if (await isAlive(this.#ari(), channelId)) return await look(Math.min(5000, waitMs * 2));
      } catch {
        // without a connection the next one tells
        call.isEndExpected = false;
        return;
      }
      if (this.#calls.get(channelId) === call)
        this.#end(channelId, { cause: 16, causeText: 'Normal Clearing', by: call.endedBy ?? 'switch' });
    };
    void look(endGraceMs);
  }

  /** The channel left its bridge when it went to the dialplan. */
  async #rejoin(channelId: string): Promise<void> {
    try {
      await this.#media.rejoin(this.#ari(), channelId);
    } catch (thrown) {
      this.#log.warn(
        { channelId, error: messageOf(thrown) },
        'the audio of a call could not be joined again',
      );
    }
  }

  async #openMedia(call: Call): Promise<MediaLeg> {
    const { channelId } = call.channel;
    const ari = this.#ari();
    await requireEncryption(ari, call, () => this.hangUp(channelId));
    const codec = await codecOf(ari, channelId);
    const leg = await this.#media.open(ari, channelId, codec, call.isNew);
    // It may have ended meanwhile, and then nobody would take this away.
    if (!this.#calls.has(channelId)) {
      this.#media.release(ari, channelId);
      throw new SwitchError('no-such-channel', 'the call ended');
    }
    return leg;
  }

  #started(channel: AriChannel, args: string[]): void {
    if (isMediaChannel(channel.id)) {
      this.#media.started(channel);
      return;
    }
    const known = this.#calls.get(channel.id);
    if (known) {
      const referred = referArguments.safeParse(args);
      if (referred.success) known.onReturn?.({ status: referred.data[1], protocol: referred.data[2] });
      else known.onReturn?.('back');
      return;
    }
    const call = callOf(channel);
    if (!call) {
      this.#log.warn({ name: channel.name }, 'a channel that is none of our trunks came to our application');
      return;
    }
    if (!callArguments.or(referArguments).safeParse(args).success)
      this.#log.warn({ args: args.length }, 'a channel came to our application for an unknown reason');
    call.isNew = true;
    this.#add(call);
    if (call.dialled) this.placed.answered(call);
    else this.#offers.announce(call, this.#onEvent);
  }

  #add(call: Call): LiveChannel {
    this.#calls.set(call.channel.channelId, call);
    return call.channel;
  }

  #end(channelId: string, end: LegEnd): void {
    const call = this.#calls.get(channelId);
    if (!call) return;
    this.#calls.delete(channelId);
    call.announce?.();
    let ari: AriConnection | null = null;
    try {
      ari = this.#ari();
    } catch {
      // there is nobody to tell; the next connect sweeps
    }
    this.#media.release(ari, channelId);
    call.onReturn?.('ended');
    this.placed.ended(call, ari);
    this.#onEvent({ type: 'ended', channelId, end });
  }

  #ari(): AriConnection {
    return this.#connections().ari;
  }

  #find(channelId: string): Call {
    this.#ari();
    const call = this.#calls.get(channelId);
    if (!call) throw new SwitchError('no-such-channel', `there is no call ${channelId}`);
    return call;
  }
}
