/**
 * FreeSWITCH behind the switch port. FreeSWITCH owns calls and registrations; what is kept here is a cache, filled anew
 * on every connect and checked every 30 s. Each concern has a file of its own: connection, commands, events, gateways,
 * gateway states, media, REFER; this one puts them together and knows no protocol but through them.
 */
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import {
  type Codec,
  type ExtensionAccount,
  type LegEnd,
  type LiveChannel,
  type MediaLeg,
  type ReferResult,
  type RefusalStatus,
  type Switch,
  SwitchError,
  type SwitchEvent,
  type SwitchVersion,
  type Transport,
} from '../switch/port.ts';
import { probe } from '../switch/probe.ts';
import {
  answerCommand,
  channelIdOf,
  dumpCommand,
  echoCommand,
  getVariableCommand,
  killCommand,
  profileOf,
  referCommand,
  refusalCauses,
  sendDtmfCommand,
  setVariablesCommand,
  trunkIdOf,
  unicastHeaders,
} from './commands.ts';
import { type EslAddress, EslConnection } from './connection.ts';
import type { EslEvent } from './esl-socket.ts';
import {
  type ChannelReport,
  endedByUsVariable,
  type FreeswitchEvent,
  mediaPortVariable,
  parseChannel,
  parseChannelIds,
  parseEvent,
  subscribedEvents,
} from './events.ts';
import { GatewayStates } from './gateway-states.ts';
import { Gateways } from './gateways.ts';
import { MediaSocket } from './media.ts';
import { ReferWatch } from './refer.ts';

export type FreeswitchOptions = {
  esl: EslAddress;
  /** the folder whose *.xml the sofia profile includes */
  gatewayDir: string;
  /** the sofia profile */
  profile: string;
  /** our own end of all audio; FreeSWITCH must reach it, and the port must stay the same over restarts */
  mediaAddress: string;
  mediaPort: number;
  /** FreeSWITCH's ends, one port a call */
  switchMediaPorts: { from: number; to: number };
  /** where FreeSWITCH's ends are; left out: the same address as ours */
  switchMediaAddress?: string;
  log: Logger;
};

type Known = {
  channel: LiveChannel;
  readCodec: string;
  mediaPort: number | null;
  leg: MediaLeg | null;
  refer: ReferWatch | null;
  /** a periodic check did not find it: a second one says that it is gone */
  missing: boolean;
};

const reconcileEveryMs = 30_000;
const answerTimeoutMs = 10_000;
const probeTimeoutMs = 3000;
const referPollMs = 150;
/** 50 frames a second come from a stream that runs */
const firstFrameTimeoutMs = 2000;
const goneEnd: LegEnd = { cause: 41, causeText: 'NORMAL_TEMPORARY_FAILURE', by: 'switch' };

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class FreeswitchSwitch implements Switch {
  readonly kind = 'freeswitch' as const;
  onEvent: (event: SwitchEvent) => void = () => undefined;
  readonly #options: FreeswitchOptions;
  readonly #log: Logger;
  readonly #connection: EslConnection;
  readonly #gateways: Gateways;
  readonly #states: GatewayStates;
  readonly #media: MediaSocket;
  readonly #known = new Map<string, Known>();
  /** where each trunk's PBX is, for the network probe */
  readonly #accounts = new Map<string, ExtensionAccount>();
  readonly #changes = new Map<string, Set<() => void>>();
  #linked = false;
  /** counts connections, so that work begun on an earlier one knows that it is stale */
  #generation = 0;
  /** events that came while the picture was being taken */
  #held: FreeswitchEvent[] | null = null;
  #timer: NodeJS.Timeout | undefined;
  #lastReason: string | null = null;

  constructor(options: FreeswitchOptions) {
    this.#options = options;
    this.#log = options.log;
    const profile = profileOf(options.profile);
    this.#connection = new EslConnection({
      address: options.esl,
      events: subscribedEvents,
      log: options.log,
      onUp: () => void this.#handleUp(),
      onDown: (reason) => this.#handleDown(reason),
      onEvent: (event) => this.#handleRaw(event),
    });
    this.#gateways = new Gateways({
      dir: options.gatewayDir,
      profile,
      log: options.log,
      ask: (command, timeoutMs) =>
        timeoutMs === undefined
          ? this.#connection.api(command)
          : this.#connection.background(command, timeoutMs),
      onReplaced: (trunkId) => this.#states.restart(trunkId),
    });
    this.#states = new GatewayStates({
      onState: (trunkId, state) => {
        if (this.#linked) this.#emit({ type: 'registration', trunkId, state });
      },
      probe: async (trunkId) => {
        const account = this.#accounts.get(trunkId);
        return account ? probe(account.domain, account.port, account.transport, probeTimeoutMs) : 'reachable';
      },
    });
    this.#media = new MediaSocket({
      own: { address: options.mediaAddress, port: options.mediaPort },
      switchAddress: options.switchMediaAddress ?? options.mediaAddress,
      switchPorts: options.switchMediaPorts,
      log: options.log,
    });
  }

  get linked(): boolean {
    return this.#linked;
  }

  start(): void {
    this.#connection.start();
  }

  async stop(): Promise<void> {
    this.#generation += 1;
    this.#linked = false;
    clearTimeout(this.#timer);
    this.#connection.stop();
    this.#states.stop();
    await this.#media.close();
  }

  async version(): Promise<SwitchVersion> {
    const answer = await this.#connection.api('version');
    return { kind: this.kind, version: /Version (\S+)/.exec(answer)?.[1] ?? answer.trim().slice(0, 80) };
  }

  async putAccount(account: ExtensionAccount): Promise<void> {
    this.#accounts.set(trunkIdOf(account.trunkId), account);
    await this.#gateways.put(account);
  }

  async removeAccount(trunkId: string): Promise<void> {
    await this.#gateways.remove(trunkId);
    this.#accounts.delete(trunkId);
    if (!this.#states.has(trunkId)) return;
    this.#states.handle({ trunkId, state: 'DOWN', status: null, phrase: '' });
    this.#states.forget(trunkId);
  }

  reRegister(trunkId: string): Promise<void> {
    return this.#gateways.register(trunkId);
  }

  async answer(channelId: string): Promise<void> {
    const known = this.#channel(channelId);
    if (known.channel.answered) return;
    await this.#command(answerCommand(channelId));
    await this.#waitFor(
      channelId,
      () => known.channel.answered || this.#known.get(channelId) !== known,
      answerTimeoutMs,
    );
    if (this.#known.get(channelId) !== known)
      throw new SwitchError('rejected', 'the call ended while it was being answered');
    if (!known.channel.answered)
      throw new SwitchError('timeout', 'FreeSWITCH did not report the call as answered');
  }

  async refuse(channelId: string, status: RefusalStatus, retryAfterSeconds?: number): Promise<void> {
    this.#channel(channelId);
    const retryAfter = retryAfterSeconds === undefined ? null : Math.max(0, Math.ceil(retryAfterSeconds));
    await this.#command(
      setVariablesCommand(channelId, {
        [endedByUsVariable]: 1,
        ...(retryAfter === null ? {} : { 'sip_rh_Retry-After': retryAfter }),
      }),
    );
    await this.#command(killCommand(channelId, refusalCauses[status]));
  }

  async hangUp(channelId: string): Promise<void> {
    try {
      await this.#command(setVariablesCommand(channelId, { [endedByUsVariable]: 1 }));
      await this.#command(killCommand(channelId, 'NORMAL_CLEARING'));
    } catch (error) {
      if (!(error instanceof SwitchError) || error.code !== 'no-such-channel') throw error;
      // its last event may be on its way; when it is lost, this is the end
      await delay(500);
      this.#end(channelId, goneEnd);
    }
  }

  async openMedia(channelId: string): Promise<MediaLeg> {
    const known = this.#channel(channelId);
    if (!known.channel.answered) throw new SwitchError('rejected', 'the call is not answered');
    const codec = codecOf((await this.#dump(channelId))?.readCodec ?? known.readCodec);
    known.leg?.close();
    await this.#media.open().catch((error: unknown) => {
      throw new SwitchError('rejected', `our media port: ${messageOf(error)}`, { cause: error });
    });
    for (let tries = 0; tries < 4; tries += 1) {
      const port = known.mediaPort ?? this.#media.freePort();
      const leg = this.#media.attach(port, codec);
      const running = known.mediaPort !== null && (await leg.heard(300));
      if (running || (await this.#unicast(channelId, port, leg.heard(firstFrameTimeoutMs)))) {
        // it may have ended meanwhile, and its port be another call's already
        if (this.#known.get(channelId) !== known) {
          leg.close();
          throw new SwitchError('no-such-channel', 'the call ended');
        }
        known.mediaPort = port;
        known.leg = leg;
        return leg;
      }
      // somebody else has this port on FreeSWITCH's machine, or the stream that had it is broken
      leg.close();
      known.mediaPort = null;
    }
    throw new SwitchError('rejected', 'FreeSWITCH sends no audio for this call');
  }

  async sendDtmf(channelId: string, digits: string): Promise<void> {
    this.#channel(channelId);
    await this.#command(sendDtmfCommand(channelId, digits));
  }

  async refer(
    channelId: string,
    target: { extension: string; domain: string; port: number; transport: Transport },
    timeoutMs: number,
  ): Promise<ReferResult> {
    const command = referCommand(channelId, target);
    const known = this.#known.get(channelId);
    if (!known) return { result: 'gone' };
    if (known.refer) throw new SwitchError('rejected', 'a transfer of this call is under way');
    const watch = new ReferWatch();
    known.refer = watch;
    try {
      await this.#clearRefer(channelId);
      const deadline = setTimeout(() => watch.handleTimeout(), timeoutMs);
      void this.#pollRefer(channelId, watch);
      try {
        await this.#command(command, true);
        return await watch.result;
      } finally {
        clearTimeout(deadline);
        watch.handleTimeout();
        await this.#afterRefer(channelId, await watch.result);
      }
    } catch (error) {
      if (error instanceof SwitchError && error.code === 'no-such-channel') return { result: 'gone' };
      throw error;
    } finally {
      known.refer = null;
    }
  }

  async startEcho(channelId: string): Promise<void> {
    this.#channel(channelId);
    await this.#command(echoCommand(channelId));
  }

  // --- commands

  #channel(channelId: string): Known {
    const known = this.#known.get(channelIdOf(channelId));
    if (!known) throw new SwitchError('no-such-channel', 'there is no such call');
    return known;
  }

  async #command(command: string, background = false): Promise<string> {
    const answer = background
      ? await this.#connection.background(command)
      : await this.#connection.api(command);
    if (/^-ERR .*no such channel/i.test(answer)) throw new SwitchError('no-such-channel', answer.trim());
    if (answer.startsWith('-')) throw new SwitchError('rejected', answer.trim());
    return answer;
  }

  async #dump(channelId: string): Promise<ChannelReport | null> {
    const answer = await this.#connection.api(dumpCommand(channelId));
    if (answer.startsWith('-ERR')) return null;
    try {
      return parseChannel(JSON.parse(answer));
    } catch (error) {
      this.#log.warn({ channelId, reason: messageOf(error) }, 'a channel that cannot be understood');
      return null;
    }
  }

  /** Asks for the stream and resolves with whether it came. */
  async #unicast(channelId: string, switchPort: number, heard: Promise<boolean>): Promise<boolean> {
    // first the variable: a controller that starts after our death looks for the stream at this port
    await this.#command(setVariablesCommand(channelId, { [mediaPortVariable]: switchPort }));
    const { address, port } = this.#media.own;
    const answer = await this.#connection.message(
      channelId,
      unicastHeaders({
        switchAddress: this.#options.switchMediaAddress ?? address,
        switchPort,
        ourAddress: address,
        ourPort: port,
      }),
    );
    if (!answer.startsWith('+OK')) throw new SwitchError('no-such-channel', answer.trim());
    return heard;
  }

  // --- REFER

  #clearRefer(channelId: string): Promise<string> {
    // an empty value takes a variable away (switch_channel.c, switch_channel_set_variable_var_check)
    return this.#command(
      setVariablesCommand(channelId, {
        sip_refer_status_code: '',
        sip_refer_target_status_code: '',
        sip_refer_continue_after_reply: 'true',
      }),
    );
  }

  async #pollRefer(channelId: string, watch: ReferWatch): Promise<void> {
    while (!watch.done) {
      await delay(referPollMs);
      const answer = await this.#connection
        .api(getVariableCommand(channelId, 'sip_refer_status_code'))
        .catch(() => '');
      watch.handleStatus(/^\d{3}$/.test(answer.trim()) ? Number(answer) : null);
    }
  }

  async #afterRefer(channelId: string, result: ReferResult): Promise<void> {
    if (!this.#known.has(channelId)) return;
    if ((result.result === 'failed' || result.result === 'silent') && !result.legAlive)
      // FreeSWITCH has ended the dialog and keeps the channel: nobody is there any more
      await this.#command(killCommand(channelId, 'NORMAL_CLEARING')).catch(() => undefined);
    else if (result.result !== 'accepted') await this.#clearRefer(channelId).catch(() => undefined);
  }

  // --- events

  #emit(event: SwitchEvent): void {
    try {
      this.onEvent(event);
    } catch (error) {
      this.#log.error({ err: error, event: event.type }, 'the listener for switch events threw');
    }
  }

  #handleRaw(raw: EslEvent): void {
    let event: FreeswitchEvent | null;
    try {
      event = parseEvent(raw);
    } catch (error) {
      this.#log.warn(
        { name: raw['Event-Name'], subclass: raw['Event-Subclass'], reason: messageOf(error) },
        'an event that cannot be understood was dropped',
      );
      return;
    }
    if (event === null) return;
    // these two are awaited by work that runs before the picture is complete
    if (event.type === 'gateway-deleted') this.#gateways.handleDeleted(event.trunkId);
    if (event.type === 'gateway') this.#gateways.handleState(event.gateway);
    if (this.#held) this.#held.push(event);
    else this.#apply(event);
  }

  #apply(event: FreeswitchEvent): void {
    switch (event.type) {
      case 'parked':
        this.#handleParked(event.report);
        return;
      case 'hung-up':
        this.#end(event.channelId, event.end);
        return;
      case 'dtmf':
        if (this.#known.has(event.channelId))
          this.#emit({ type: 'dtmf', channelId: event.channelId, digit: event.digit });
        return;
      case 'gateway':
        this.#states.handle(event.gateway);
        return;
      case 'gateway-deleted':
        return;
      case 'refer-progress':
        this.#known.get(event.channelId)?.refer?.handle({ ...event, type: 'notify' });
    }
  }

  #handleParked(report: ChannelReport): void {
    const { channelId } = report.channel;
    const known = this.#known.get(channelId);
    if (known) {
      known.readCodec = report.readCodec;
      if (report.channel.answered && !known.channel.answered) {
        known.channel = { ...known.channel, answered: true };
        this.#changed(channelId);
      }
      return;
    }
    this.#adopt(report);
    this.#emit({ type: 'offered', channel: report.channel });
  }

  #adopt(report: ChannelReport): void {
    this.#known.set(report.channel.channelId, {
      channel: report.channel,
      readCodec: report.readCodec,
      mediaPort: report.mediaPort,
      leg: null,
      refer: null,
      missing: false,
    });
    if (report.mediaPort !== null) this.#media.reserve(report.mediaPort);
  }

  #end(channelId: string, end: LegEnd): void {
    const known = this.#known.get(channelId);
    if (!known) return;
    this.#known.delete(channelId);
    known.leg?.close();
    if (known.mediaPort !== null) this.#media.release(known.mediaPort);
    known.refer?.handle({ type: 'ended' });
    this.#changed(channelId);
    this.#emit({ type: 'ended', channelId, end });
  }

  #changed(channelId: string): void {
    for (const listener of this.#changes.get(channelId) ?? []) listener();
  }

  async #waitFor(channelId: string, condition: () => boolean, timeoutMs: number): Promise<void> {
    if (condition()) return;
    const listeners = this.#changes.get(channelId) ?? new Set();
    this.#changes.set(channelId, listeners);
    await new Promise<void>((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        listeners.delete(listener);
        if (listeners.size === 0) this.#changes.delete(channelId);
        resolve();
      };
      const listener = () => {
        if (condition()) settle();
      };
      const timer = setTimeout(settle, timeoutMs);
      listeners.add(listener);
    });
  }

  // --- the picture of what FreeSWITCH holds

  #handleDown(reason: string): void {
    this.#generation += 1;
    clearTimeout(this.#timer);
    this.#held = null;
    const news = this.#linked || this.#lastReason !== reason;
    this.#linked = false;
    this.#lastReason = reason;
    if (!news) return;
    this.#log.warn({ reason }, 'no connection to FreeSWITCH');
    this.#emit({ type: 'link-down', reason });
  }

  async #handleUp(): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    const stale = () => generation !== this.#generation;
    this.#held = [];
    for (;;) {
      try {
        if (await this.#takePicture(stale)) return;
      } catch (error) {
        if (stale()) return;
        this.#log.warn({ reason: messageOf(error) }, 'FreeSWITCH is not ready yet');
      }
      await delay(500);
      if (stale()) return;
    }
  }

  /** false: FreeSWITCH runs, and its SIP profile does not yet. */
  async #takePicture(stale: () => boolean): Promise<boolean> {
    const status = await this.#connection.background(`sofia xmlstatus profile ${this.#options.profile}`);
    if (!status.includes('<profile-info>')) return false;
    await this.#media
      .open()
      .catch((error: unknown) => this.#log.error({ reason: messageOf(error) }, 'our media port is taken'));
    const reports = await this.#liveChannels(new Set());
    const gateways = await this.#gateways.states();
    if (stale()) return true;
    const found = new Map(reports.map((report) => [report.channel.channelId, report]));
    const lost = [...this.#known.keys()].filter((channelId) => !found.has(channelId));
    for (const [channelId, report] of found) {
      const known = this.#known.get(channelId);
      if (known) known.channel = report.channel;
      else this.#adopt(report);
    }
    this.#states.keepOnly(new Set(gateways.map((gateway) => gateway.trunkId)));
    const unclear = gateways.filter((gateway) => this.#states.adopt(gateway));
    this.#linked = true;
    this.#lastReason = null;
    const held = this.#held ?? [];
    this.#held = null;
    this.#emit({
      type: 'link-up',
      channels: [...found.values()].map((report) => report.channel),
      registrations: this.#states.snapshot(),
    });
    for (const channelId of lost) this.#end(channelId, goneEnd);
    for (const event of held) this.#apply(event);
    void this.#askAgain(
      unclear.map((gateway) => gateway.trunkId),
      stale,
    );
    this.#checkLater(stale);
    return true;
  }

  /** Why these failed, nobody knows any more: another attempt tells. One after the other, not all in one second. */
  async #askAgain(trunkIds: readonly string[], stale: () => boolean): Promise<void> {
    for (const trunkId of trunkIds) {
      if (stale()) return;
      await this.#gateways.register(trunkId).catch(() => undefined);
      await delay(50);
    }
  }

  /** Every call of ours that FreeSWITCH holds and `skip` does not name. */
  async #liveChannels(skip: ReadonlySet<string>): Promise<ChannelReport[]> {
    const ids = parseChannelIds(await this.#connection.background('show channels as json'));
    const reports: ChannelReport[] = [];
    for (const channelId of ids) {
      if (skip.has(channelId)) continue;
      const report = await this.#dump(channelId);
      if (report === null || report.hungUp) continue;
      if (report.referEnded && !this.#known.get(channelId)?.refer)
        // a leg whose far side went with an earlier REFER
        await this.hangUp(channelId).catch(() => undefined);
      else reports.push(report);
    }
    return reports;
  }

  #checkLater(stale: () => boolean): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.#check(stale)
        .catch((error: unknown) =>
          this.#log.warn({ reason: messageOf(error) }, 'a check of FreeSWITCH failed'),
        )
        .finally(() => {
          if (!stale()) this.#checkLater(stale);
        });
    }, reconcileEveryMs);
  }

  /** mod_event_socket drops events when a listener is slow (100,000 queued): what was lost is found here. */
  async #check(stale: () => boolean): Promise<void> {
    const ids = new Set(parseChannelIds(await this.#connection.background('show channels as json')));
    if (stale()) return;
    for (const [channelId, known] of this.#known) {
      if (ids.has(channelId)) known.missing = false;
      else if (known.missing) {
        this.#log.warn({ channelId }, 'the end of a call was lost');
        this.#end(channelId, goneEnd);
      } else known.missing = true;
    }
    for (const report of await this.#liveChannels(new Set(this.#known.keys())))
      if (!stale() && !this.#known.has(report.channel.channelId)) {
        this.#log.warn({ channelId: report.channel.channelId }, 'the beginning of a call was lost');
        this.#handleParked(report);
      }
    const gateways = await this.#gateways.states();
    if (!stale()) {
      const unclear = gateways.filter((gateway) => this.#states.adopt(gateway));
      await this.#askAgain(
        unclear.map((gateway) => gateway.trunkId),
        stale,
      );
    }
  }
}

const codecOf = (readCodec: string): Codec => {
  if (readCodec === 'PCMU' || readCodec === 'PCMA') return readCodec;
  throw new SwitchError('rejected', `the call's codec is ${readCodec || 'unknown'}, not G.711`);
};
