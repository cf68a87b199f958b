/**
 * Brings what we know in line with what FreeSWITCH holds: all of it on a connect, and every 30 s what events may have
 * lost (mod_event_socket drops them when a listener is slow). It asks and compares; it decides nothing about calls.
 */

import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { delay } from '../process/detached.ts';
import type { LiveChannel, RegistrationState } from '../switch/port.ts';
import { dumpCommand } from './commands.ts';
import type { EslConnection } from './connection.ts';
import { type ChannelReport, parseChannel, parseChannelIds } from './events.ts';
import type { GatewayStates } from './gateway-states.ts';
import type { Gateways } from './gateways.ts';
import { type LiveCalls, unseenEnd } from './live-calls.ts';
import type { Registrar } from './registrar.ts';

const notReadyMs = 500;
const firstCheckMs = 1500;
/** between two attempts to register that we ask for */
const spreadMs = 50;

export type Picture = { channels: LiveChannel[]; registrations: Map<string, RegistrationState> };

export class Reconciler {
  readonly #connection: EslConnection;
  readonly #profile: string;
  readonly #calls: LiveCalls;
  readonly #gateways: Gateways;
  readonly #states: GatewayStates;
  readonly #registrar: Pick<Registrar, 'begin' | 'read'>;
  readonly #log: Logger;
  readonly #checkEveryMs: number;
  readonly #hangUp: (channelId: string) => Promise<void>;
  readonly #isDialling: (channelId: string) => boolean;
  readonly #onPicture: (picture: Picture) => void;
  readonly #onComplete: () => void;
  /** counts connections: work begun on an earlier one stops */
  #generation = 0;
  #takingPicture = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    connection: EslConnection;
    profile: string;
    calls: LiveCalls;
    gateways: Gateways;
    states: GatewayStates;
    registrar: Pick<Registrar, 'begin' | 'read'>;
    log: Logger;
    checkEveryMs?: number;
    hangUp: (channelId: string) => Promise<void>;
    /** a leg that is being placed just now */
    isDialling: (channelId: string) => boolean;
    /** everything is known; the calls that were lost meanwhile have not been told yet */
    onPicture: (picture: Picture) => void;
    /** events count again */
    onComplete: () => void;
  }) {
    this.#connection = options.connection;
    this.#profile = options.profile;
    this.#calls = options.calls;
    this.#gateways = options.gateways;
    this.#states = options.states;
    this.#registrar = options.registrar;
    this.#log = options.log;
    this.#checkEveryMs = options.checkEveryMs ?? 30_000;
    this.#hangUp = options.hangUp;
    this.#isDialling = options.isDialling;
    this.#onPicture = options.onPicture;
    this.#onComplete = options.onComplete;
  }

  /** Events that come now belong behind the picture. */
  get isTakingPicture(): boolean {
    return this.#takingPicture;
  }

  cancel(): void {
    this.#generation += 1;
    this.#takingPicture = false;
    clearTimeout(this.#timer);
  }

  /** On every connect. Goes on until FreeSWITCH is ready to be asked, or the connection goes. */
  begin(): void {
    this.cancel();
    this.#takingPicture = true;
    const generation = this.#generation;
    void this.#run(() => generation !== this.#generation);
  }

  /** What FreeSWITCH says about a channel now; null when it is none of ours, or gone. */
  async report(channelId: string): Promise<ChannelReport | null> {
    const answer = await this.#connection.api(dumpCommand(channelId));
    if (answer.startsWith('-')) return null;
    try {
      return parseChannel(JSON.parse(answer));
    } catch (error) {
      this.#log.warn({ channelId, reason: messageOf(error) }, 'a channel that cannot be understood');
      return null;
    }
  }

  async #run(isStale: () => boolean): Promise<void> {
    while (!isStale()) {
      try {
        if (await this.#takePicture(isStale)) break;
      } catch (error) {
        if (!isStale()) this.#log.warn({ reason: messageOf(error) }, 'FreeSWITCH is not ready yet');
      }
      await delay(notReadyMs);
    }
    // FreeSWITCH writes its list of channels behind (switch_core_sqldb.c): the newest may be missing in the picture
    let waitMs = Math.min(this.#checkEveryMs, firstCheckMs);
    while (!isStale()) {
      await new Promise<void>((resolve) => {
        this.#timer = setTimeout(resolve, waitMs);
      });
      waitMs = this.#checkEveryMs;
      await this.#check(isStale).catch((error: unknown) =>
        this.#log.warn({ reason: messageOf(error) }, 'a check of FreeSWITCH failed'),
      );
    }
  }

  /** false: FreeSWITCH runs, and its SIP profile does not yet. */
  async #takePicture(isStale: () => boolean): Promise<boolean> {
    const status = await this.#connection.background(`sofia xmlstatus profile ${this.#profile}`);
    if (!status.includes('<profile-info>')) return false;
    const reports = await this.#reports(await this.#channelIds());
    const gateways = await this.#gateways.states();
    await this.#registrar.begin();
    if (isStale()) return true;
    const found = new Set(reports.map((report) => report.channel.channelId));
    const lost = this.#calls.ids().filter((channelId) => !found.has(channelId));
    for (const report of reports) this.#calls.adopt(report);
    this.#states.keepOnly(new Set(gateways.map((gateway) => gateway.trunkId)));
    const unclear = gateways.filter((gateway) => this.#states.adopt(gateway));
    this.#onPicture({
      channels: reports.filter((report) => !report.dialled).map((report) => report.channel),
      registrations: this.#states.snapshot(),
    });
    for (const channelId of lost) this.#calls.end(channelId, unseenEnd);
    this.#takingPicture = false;
    this.#onComplete();
    void this.#registerAgain(
      unclear.map((gateway) => gateway.trunkId),
      isStale,
    );
    return true;
  }

  async #check(isStale: () => boolean): Promise<void> {
    const ids = await this.#channelIds();
    if (isStale()) return;
    const present = new Set(ids);
    for (const channelId of this.#calls.ids()) {
      const call = this.#calls.get(channelId);
      if (!call) continue;
      if (present.has(channelId)) call.missing = false;
      else if (!call.missing) call.missing = true;
      else {
        this.#log.warn({ channelId }, 'the end of a call was lost');
        this.#calls.end(channelId, unseenEnd);
      }
    }
    for (const report of await this.#reports(ids.filter((channelId) => !this.#calls.get(channelId))))
      if (!isStale() && !report.dialled) this.#calls.handleParked(report);
    const gateways = await this.#gateways.states();
    if (isStale()) return;
    await this.#registrar.read();
    const unclear = gateways.filter((gateway) => this.#states.adopt(gateway));
    await this.#registerAgain(
      unclear.map((gateway) => gateway.trunkId),
      isStale,
    );
  }

  async #channelIds(): Promise<string[]> {
    return parseChannelIds(await this.#connection.background('show channels as json'));
  }

  async #reports(ids: readonly string[]): Promise<ChannelReport[]> {
    const reports: ChannelReport[] = [];
    for (const channelId of ids) {
      const report = await this.report(channelId);
      if (report === null || report.hungUp || this.#isDialling(channelId)) continue;
      // a leg that a controller before us placed, and that nobody waits for any more
      if (report.dialled && report.channel.bridgedTo === undefined && !this.#calls.get(channelId)) {
        await this.#hangUp(channelId).catch(() => undefined);
        continue;
      }
      // a leg whose far side went with an earlier REFER: FreeSWITCH keeps the channel without it
      if (report.referEnded && !this.#calls.get(channelId)?.refer)
        await this.#hangUp(channelId).catch(() => undefined);
      else reports.push(report);
    }
    return reports;
  }

  /** Why these failed, nobody knows any more: another attempt tells. One after the other, not all in one second. */
  async #registerAgain(trunkIds: readonly string[], isStale: () => boolean): Promise<void> {
    for (const trunkId of trunkIds) {
      if (isStale()) return;
      await this.#gateways.register(trunkId).catch(() => undefined);
      await delay(spreadMs);
    }
  }
}
