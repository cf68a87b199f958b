/**
 * Asterisk behind the switch port: joins the link, the registrations, the calls and their audio. It starts no Asterisk
 * (`launch.ts` does) and knows nothing of agents, the database or the API.
 */
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { HepPacket } from '../sip-trace/hep.ts';
import { HepListener } from '../sip-trace/hep-listener.ts';
import { parseSipHead } from '../sip-trace/sip-head.ts';
import type {
  CertificateText,
  DialOrder,
  DialResult,
  ExtensionAccount,
  MediaLeg,
  ReferResult,
  RefusalStatus,
  Switch,
  SwitchEvent,
  SwitchVersion,
  TrunkAccount,
} from '../switch/port.ts';
import { SwitchError } from '../switch/port.ts';
import type { AmiAddress } from './ami.ts';
import type { AriAddress } from './ari.ts';
import { Calls } from './calls.ts';
import { accountWay } from './dials.ts';
import { AsteriskLink, type Connections } from './link.ts';
import { Media } from './media.ts';
import { Registrar } from './registrar.ts';
import { type RegistrationTimes, usualTimes } from './registration-watch.ts';
import { Registrations } from './registrations.ts';
import { TlsOnly } from './tls-only.ts';
import { type TlsTransportOptions, TlsTransports } from './tls-transports.ts';
import type { ReferTarget } from './transfer.ts';
import { UnheardRefusals } from './unheard-refusals.ts';

export type AsteriskSwitchOptions = {
  ari: AriAddress;
  ami: AmiAddress;
  /** where Asterisk sends all calls' audio: an address of this machine, and a port that stays the same over restarts */
  mediaAddress: string;
  mediaPort: number;
  /** where Asterisk's res_hep sends its SIP messages, on loopback */
  hepPort: number;
  appName: string;
  /** where it does SIP without TLS */
  sip: { port: number };
  tls: Omit<TlsTransportOptions, 'certificate'>;
  /** our own; without one there is no TLS */
  certificate?: () => Promise<CertificateText>;
  log: Logger;
  registrationTimes?: RegistrationTimes;
};

export class AsteriskSwitch implements Switch {
  readonly kind = 'asterisk';
  onEvent: (event: SwitchEvent) => void = () => undefined;
  /** every SIP message that Asterisk copies to us; others may listen too */
  readonly hep: HepListener;
  readonly #log: Logger;
  readonly #link: AsteriskLink;
  readonly #registrations: Registrations;
  readonly #registrar: Registrar;
  readonly #media: Media;
  readonly #calls: Calls;
  readonly #unheard: UnheardRefusals;

  constructor(options: AsteriskSwitchOptions) {
    const { log, appName } = options;
    this.#log = log;
    this.hep = new HepListener({ port: options.hepPort });
    this.hep.onPacket((packet) => this.#handleHep(packet));
    const emit = (event: SwitchEvent) => this.#emit(event);
    const connections = () => this.#link.connections;
    const transports = new TlsTransports({ ...options.tls, certificate: options.certificate });
    this.#registrations = new Registrations({
      connections,
      transports,
      log,
      times: options.registrationTimes ?? usualTimes,
      onState: (trunkId, state) => emit({ type: 'registration', trunkId, state }),
    });
    this.#registrar = new Registrar({ connections, transports, emit, log });
    this.#media = new Media({ address: options.mediaAddress, port: options.mediaPort, appName, log });
    this.#calls = new Calls({ connections, media: this.#media, appName, log, onEvent: emit });
    this.#unheard = new UnheardRefusals({
      ownPorts: [options.sip.port, options.tls.trunkPort],
      accounts: () => this.#registrar.accounts(),
      emit,
    });
    const tlsOnly = new TlsOnly({ port: options.tls.trunkPort, connections, emit, log });
    this.#link = new AsteriskLink({
      ari: options.ari,
      ami: options.ami,
      appName,
      log,
      listen: () => this.#listen(),
      reconcile: (found) => this.#reconcile(found),
      onDown: (reason) => {
        this.#calls.placed.lose(reason);
        emit({ type: 'link-down', reason });
      },
      onAriEvent: (event) => {
        if (!tlsOnly.refuses(event)) this.#calls.handleAri(event);
      },
      onAmiEvent: (message) => {
        if (!this.#registrar.handleAmi(message)) this.#registrations.handleAmi(message);
      },
    });
  }

  get linked(): boolean {
    return this.#link.isUp;
  }

  get strayDatagrams(): number {
    return this.#media.strayDatagrams;
  }

  start(): void {
    this.#link.start();
  }

  async stop(): Promise<void> {
    this.#link.stop();
    this.#calls.placed.lose('stopped');
    this.#registrations.close();
    this.#registrar.stop();
    await Promise.all([this.#media.close(), this.hep.close()]);
  }

  version(): Promise<SwitchVersion> {
    return this.#run(() => Promise.resolve({ kind: this.kind, version: this.#link.connections.ari.version }));
  }

  putAccount(account: ExtensionAccount): Promise<void> {
    return this.#run(() => this.#registrations.put(account));
  }

  removeAccount(trunkId: string): Promise<void> {
    return this.#run(() => this.#registrations.remove(trunkId));
  }

  keepAccounts(trunkIds: ReadonlySet<string>): Promise<void> {
    return this.#run(() => this.#registrations.keep(trunkIds));
  }

  reRegister(trunkId: string): Promise<void> {
    return this.#run(() => this.#registrations.reRegister(trunkId));
  }

  putTrunk(account: TrunkAccount): Promise<void> {
    return this.#run(() => this.#registrar.put(account));
  }

  removeTrunk(trunkId: string): Promise<void> {
    return this.#run(() => this.#registrar.remove(trunkId));
  }

  trunks(): Promise<string[]> {
    return this.#run(() => this.#registrar.trunks());
  }

  /** An endpoint may have several passwords. */
  overlapFault(): Promise<string | null> {
    return Promise.resolve(null);
  }

  answer(channelId: string): Promise<void> {
    return this.#run(() => this.#calls.answer(channelId));
  }

  /** Asterisk has no way to put Retry-After into the refusal of a call, so `retryAfterSeconds` is not taken. */
  refuse(channelId: string, status: RefusalStatus): Promise<void> {
    return this.#run(() => this.#calls.refuse(channelId, status));
  }

  hangUp(channelId: string): Promise<void> {
    return this.#run(() => this.#calls.hangUp(channelId));
  }

  openMedia(channelId: string): Promise<MediaLeg> {
    return this.#run(() => this.#calls.openMedia(channelId));
  }

  sendDtmf(channelId: string, digits: string): Promise<void> {
    return this.#run(() => this.#calls.sendDtmf(channelId, digits));
  }

  dial(order: DialOrder): Promise<DialResult> {
    return this.#run(() => {
      const account = this.#registrations.account(order.trunkId);
      const way = account ? accountWay(order, account) : this.#registrar.dialWay(order);
      if (!way) throw new SwitchError('rejected', `no account of trunk ${order.trunkId} has been put`);
      return this.#calls.placed.dial(order, way);
    });
  }

  bridge(channelId: string, dialledId: string): Promise<void> {
    return this.#run(() => this.#calls.placed.bridge(channelId, dialledId));
  }

  refer(
    channelId: string,
    target: ReferTarget & { replaces?: string },
    timeoutMs: number,
  ): Promise<ReferResult> {
    return this.#run(() => this.#calls.refer(channelId, target, timeoutMs));
  }

  startEcho(channelId: string): Promise<void> {
    return this.#run(() => this.#calls.startEcho(channelId));
  }

  /** Every command ends in a `SwitchError` when it fails, also when it fails before its first await. */
  async #run<Value>(command: () => Promise<Value>): Promise<Value> {
    try {
      return await command();
    } catch (thrown) {
      if (thrown instanceof SwitchError) throw thrown;
      throw new SwitchError('rejected', messageOf(thrown), { cause: thrown });
    }
  }

  async #listen(): Promise<void> {
    await this.#media.listen();
    await this.hep.open();
  }

  async #reconcile(connections: Connections): Promise<() => void> {
    const registrations = await this.#registrations.read(connections.ami);
    await this.#registrar.begin(connections.ami);
    const { channels, announceEnded } = await this.#calls.read(connections);
    return () => {
      this.#emit({ type: 'link-up', channels, registrations });
      announceEnded();
    };
  }

  #handleHep(packet: HepPacket): void {
    const message = parseSipHead(packet.payload);
    if (!message) return;
    if (this.#log.isLevelEnabled('trace'))
      this.#log.trace({ pii: { sip: packet.payload.toString() } }, 'sip message');
    this.#registrations.handleSip(message);
    this.#registrar.handleSip(message);
    this.#calls.handleSip(message);
    this.#unheard.handle(message, packet);
  }

  #emit(event: SwitchEvent): void {
    try {
      this.onEvent(event);
    } catch (thrown) {
      this.#log.error({ error: messageOf(thrown), type: event.type }, 'the listener of the switch threw');
    }
  }
}
