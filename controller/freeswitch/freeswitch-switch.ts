/**
 * FreeSWITCH behind the switch port. FreeSWITCH owns calls and registrations; what is kept here is a cache, filled anew
 * on every connect and checked every 30 s. Each concern has a file of its own; this one puts them together.
 */
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import {
  type DialOrder,
  type DialResult,
  type ExtensionAccount,
  type MediaLeg,
  type ReferResult,
  type RefusalStatus,
  type Switch,
  SwitchError,
  type SwitchEvent,
  type SwitchVersion,
  type Transport,
  type TrunkAccount,
} from '../switch/port.ts';
import { bridgeCalls, dialogOf } from './bridge.ts';
import { codecOf, hearTones, mendAudio, openCallAudio } from './call-audio.ts';
import { endCall, refuseCall } from './call-end.ts';
import { referCall } from './call-refer.ts';
import {
  answerCommand,
  echoCommand,
  profileOf,
  referCommand,
  sendDtmfCommand,
  trunkIdOf,
} from './commands.ts';
import { ConfigurationPush } from './configuration-push.ts';
import { EslConnection } from './connection.ts';
import { Dials } from './dials.ts';
import type { EslEvent } from './esl-socket.ts';
import { type FreeswitchEvent, subscribedEvents } from './events.ts';
import { GatewayStates } from './gateway-states.ts';
import { Gateways } from './gateways.ts';
import { freshReportOf, LiveCalls, letGoOfAudio } from './live-calls.ts';
import { MediaSocket } from './media.ts';
import type { FreeswitchOptions } from './options.ts';
import { probeAccount } from './probe-account.ts';
import { readEvent } from './read-event.ts';
import { Reconciler } from './reconciler.ts';
import { Registrar } from './registrar.ts';
import { registrarSubclasses } from './registrar-events.ts';
import { TlsProfiles } from './tls-profiles.ts';

const answerTimeoutMs = 10_000;

export class FreeswitchSwitch implements Switch {
  readonly kind = 'freeswitch' as const;
  onEvent: (event: SwitchEvent) => void = () => undefined;
  readonly #log: Logger;
  readonly #connection: EslConnection;
  /** entries of any kind that FreeSWITCH reads from files: gateways, users, address lists */
  readonly #push: ConfigurationPush;
  readonly #gateways: Gateways;
  readonly #states: GatewayStates;
  readonly #media: MediaSocket;
  readonly #switchMediaAddress: string;
  readonly #calls: LiveCalls;
  readonly #dials: Dials;
  readonly #reconciler: Reconciler;
  readonly #registrar: Registrar;
  /** where each trunk's PBX is, for the network probe */
  readonly #accounts = new Map<string, ExtensionAccount>();
  #linked = false;
  /** events that came while the picture was being taken */
  #held: FreeswitchEvent[] = [];
  #lastReason: string | null = null;

  readonly putTrunk = (account: TrunkAccount): Promise<void> => this.#registrar.put(account);
  readonly removeTrunk = (trunkId: string): Promise<void> => this.#registrar.remove(trunkId);
  readonly trunks = (): Promise<string[]> => this.#registrar.trunks();
  readonly overlapFault = (): Promise<string | null> => this.#registrar.overlapFault();
  readonly bridge = (channelId: string, dialledId: string): Promise<void> =>
    bridgeCalls(this.#connection, this.#calls, channelId, dialledId);

  constructor(options: FreeswitchOptions) {
    const { log, profile } = options;
    this.#log = log;
    this.#switchMediaAddress = options.switchMediaAddress ?? options.mediaAddress;
    this.#media = new MediaSocket({
      own: { address: options.mediaAddress, port: options.mediaPort },
      switchAddress: this.#switchMediaAddress,
      switchPorts: options.switchMediaPorts,
      log,
    });
    this.#connection = new EslConnection({
      address: options.esl,
      events: [...subscribedEvents, ...registrarSubclasses],
      log,
      onUp: () => this.#reconciler.begin(),
      onDown: (reason) => this.#handleDown(reason),
      onEvent: (event) => this.#handleRaw(event),
    });
    this.#calls = new LiveCalls({
      emit: (event) => this.#emit(event),
      onPort: (port, inUse) => (inUse ? this.#media.reserve(port) : this.#media.release(port)),
    });
    const hangUp = (channelId: string) => this.hangUp(channelId);
    this.#dials = new Dials({ connection: this.#connection, calls: this.#calls, hangUp });
    this.#states = new GatewayStates({
      onState: (trunkId, state) => {
        if (this.#linked) this.#emit({ type: 'registration', trunkId, state });
      },
      probe: (trunkId) => probeAccount(this.#accounts.get(trunkId)),
      isOverTls: (trunkId) => this.#accounts.get(trunkId)?.transport === 'tls',
    });
    const ask = (command: string, timeoutMs?: number): Promise<string> =>
      timeoutMs === undefined
        ? this.#connection.api(command)
        : this.#connection.background(command, timeoutMs);
    this.#push = new ConfigurationPush({ dir: options.gatewayDir, ask, log });
    this.#gateways = new Gateways({
      tls: new TlsProfiles({
        gatewayDir: options.gatewayDir,
        profile: profileOf(profile),
        ports: options.tlsPorts ?? null,
        certificate: options.certificate,
        ask,
        log,
      }),
      profile: profileOf(profile),
      push: this.#push,
      log,
      ask,
      onReplaced: (trunkId) => this.#states.restart(trunkId),
    });
    this.#registrar = new Registrar({
      push: this.#push,
      profile: profileOf(options.trunkProfile),
      ask,
      oldPasswords: options.oldPasswords && { ...options.oldPasswords, password: options.esl.password },
      gatewayDir: options.gatewayDir,
      certificate: options.certificate,
      emit: (event) => this.#emit(event),
      log,
    });
    this.#reconciler = new Reconciler({
      connection: this.#connection,
      profile,
      calls: this.#calls,
      gateways: this.#gateways,
      states: this.#states,
      registrar: this.#registrar,
      log,
      hangUp,
      isDialling: (channelId) => this.#dials.has(channelId),
      onPicture: (picture) => {
        this.#linked = true;
        this.#lastReason = null;
        this.#emit({ type: 'link-up', ...picture });
      },
      onComplete: () => {
        const held = this.#held;
        this.#held = [];
        for (const event of held) this.#apply(event);
      },
    });
  }

  get linked(): boolean {
    return this.#linked;
  }

  get strayDatagrams(): number {
    return this.#media.strangers;
  }

  start(): void {
    this.#media
      .open()
      .catch((error: unknown) => this.#log.error({ reason: messageOf(error) }, 'our media port is taken'));
    this.#registrar.start();
    this.#connection.start();
  }

  async stop(): Promise<void> {
    this.#linked = false;
    this.#reconciler.cancel();
    this.#connection.stop();
    this.#states.stop();
    await Promise.all([this.#media.close(), this.#registrar.stop()]);
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

  async keepAccounts(trunkIds: ReadonlySet<string>): Promise<void> {
    await this.#gateways.keep(trunkIds);
  }

  reRegister(trunkId: string): Promise<void> {
    return this.#gateways.register(trunkId);
  }

  async answer(channelId: string): Promise<void> {
    const call = this.#calls.need(channelId);
    if (call.channel.answered) return;
    await this.#connection.run(answerCommand(channelId));
    await this.#calls.settled(call, answerTimeoutMs);
    if (!this.#calls.isLive(call))
      throw new SwitchError('rejected', 'the call ended while it was being answered');
    if (!call.channel.answered)
      throw new SwitchError('timeout', 'FreeSWITCH did not report the call as answered');
  }

  async refuse(channelId: string, status: RefusalStatus, retryAfterSeconds?: number): Promise<void> {
    this.#calls.need(channelId);
    await refuseCall(this.#connection, channelId, status, retryAfterSeconds);
  }

  async hangUp(channelId: string): Promise<void> {
    this.#dials.cancel(channelId);
    await endCall(this.#connection, this.#calls, channelId);
  }

  async openMedia(channelId: string): Promise<MediaLeg> {
    const call = this.#calls.need(channelId);
    if (!call.channel.answered) throw new SwitchError('rejected', 'the call is not answered');
    const report = freshReportOf(call) ?? (await this.#reconciler.report(channelId));
    const codec = codecOf(report?.readCodec ?? call.readCodec);
    letGoOfAudio(call, report);
    if (report) await hearTones(this.#connection, call, report);
    await this.#media.open().catch((error: unknown) => {
      throw new SwitchError('rejected', `our media port: ${messageOf(error)}`, { cause: error });
    });
    return openCallAudio({
      call,
      codec,
      calls: this.#calls,
      media: this.#media,
      connection: this.#connection,
      switchAddress: this.#switchMediaAddress,
    });
  }

  async sendDtmf(channelId: string, digits: string): Promise<void> {
    this.#calls.need(channelId);
    await this.#connection.run(sendDtmfCommand(channelId, digits));
  }

  async refer(
    channelId: string,
    target: { extension: string; domain: string; port: number; transport: Transport; replaces?: string },
    timeoutMs: number,
  ): Promise<ReferResult> {
    const replaced =
      target.replaces === undefined ? null : await dialogOf(this.#connection, this.#calls, target.replaces);
    const command = referCommand(channelId, target, replaced);
    const call = this.#calls.get(channelId);
    if (!call) return { result: 'gone' };
    return referCall({ call, calls: this.#calls, connection: this.#connection, command, timeoutMs });
  }

  async dial(order: DialOrder): Promise<DialResult> {
    const known = this.#accounts.get(trunkIdOf(order.trunkId));
    return this.#dials.dial(order, known ?? (await this.#registrar.dialAccount(order)));
  }

  async startEcho(channelId: string): Promise<void> {
    this.#calls.need(channelId);
    await this.#connection.run(echoCommand(channelId));
  }

  #mendAudio(channelId: string): void {
    const call = this.#calls.get(channelId);
    const { leg } = call ?? {};
    if (!call || !leg) return;
    const [media, connection, switchAddress] = [this.#media, this.#connection, this.#switchMediaAddress];
    mendAudio({ call, codec: leg.codec, media, connection, switchAddress }, this.#log);
  }

  #emit(event: SwitchEvent): void {
    try {
      this.onEvent(event);
    } catch (error) {
      this.#log.error({ err: error, event: event.type }, 'the listener for switch events threw');
    }
  }

  #handleDown(reason: string): void {
    this.#reconciler.cancel();
    this.#held = [];
    const isNews = this.#linked || this.#lastReason !== reason;
    this.#linked = false;
    this.#lastReason = reason;
    if (!isNews) return;
    this.#log.warn({ reason }, 'no connection to FreeSWITCH');
    this.#emit({ type: 'link-down', reason });
  }

  #handleRaw(raw: EslEvent): void {
    if (this.#registrar.handle(raw)) return;
    const event = readEvent(raw, this.#log);
    if (event === null) return;
    // awaited by work that may run before the picture is complete
    if (event.type === 'gateway-deleted') this.#gateways.handleDeleted(event.trunkId);
    if (event.type === 'gateway') this.#gateways.handleState(event.gateway);
    if (this.#reconciler.isTakingPicture) this.#held.push(event);
    else this.#apply(event);
  }

  #apply(event: FreeswitchEvent): void {
    switch (event.type) {
      case 'parked':
        if (event.report.dialled) this.#dials.handleParked(event.report);
        else if (this.#registrar.refuses(event.report)) return;
        else if (this.#calls.handleParked(event.report)) this.#mendAudio(event.report.channel.channelId);
        return;
      case 'progress':
        this.#dials.handleProgress(event.channelId);
        return;
      case 'hung-up':
        this.#dials.handleHungUp(event.channelId, event.sipStatus);
        this.#calls.end(event.channelId, event.end, event.referStatus);
        return;
      case 'dtmf':
        if (this.#calls.get(event.channelId)?.digits.isNew(event.digit, event.isTone, performance.now()))
          this.#emit({ type: 'dtmf', channelId: event.channelId, digit: event.digit });
        return;
      case 'gateway':
        this.#states.handle(event.gateway);
        return;
      case 'gateway-deleted':
        return;
      case 'refer-progress':
        this.#calls.get(event.channelId)?.refer?.handle({ ...event, type: 'notify' });
    }
  }
}
