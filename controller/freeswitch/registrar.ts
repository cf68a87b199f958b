/**
 * The SIP trunks on FreeSWITCH: their users, their old passwords, and which of their PBXes are registered. FreeSWITCH
 * owns the registrations; what is kept here is read from it again on every connect. It knows no calls.
 */
import { isAllowed } from '../contract/allowed-address.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { PbxRejection } from '../switch/pbx-rejection.ts';
import type {
  CertificateText,
  DialOrder,
  PbxRegistration,
  SwitchEvent,
  TrunkAccount,
} from '../switch/port.ts';
import { flushRegistrationCommand, killCommand, refusalCauses } from './commands.ts';
import type { ConfigurationPush } from './configuration-push.ts';
import type { DialAccount } from './dials.ts';
import type { ChannelReport } from './events.ts';
import { OldPasswords } from './old-passwords.ts';
import {
  parseRegistrarEvent,
  parseRegistrations,
  type RegistrarEvent,
  tlsProfileOf,
} from './registrar-events.ts';
import { TrunkTlsProfile } from './trunk-tls-profile.ts';
import { TrunkUsers } from './trunk-users.ts';
import { contactCommand, parseContact, trunkWay } from './trunk-way.ts';
import { domainOf, isOverTls } from './trunk-xml.ts';

type Ask = (command: string, timeoutMs?: number) => Promise<string>;

const listTimeoutMs = 30_000;
/** the core writes to its tables in batches (switch_core_sqldb.c, switch_user_sql_thread) */
const listLagsMs = 1500;

/** `overTls`: on which of the two profiles */
type Standing = { registration: PbxRegistration; overTls: boolean };

export class Registrar {
  readonly #profile: string;
  readonly #ask: Ask;
  readonly #emit: (event: SwitchEvent) => void;
  readonly #log: Logger;
  readonly #users: TrunkUsers;
  /** null: this FreeSWITCH was never told where to ask */
  readonly #oldPasswords: OldPasswords | null;
  readonly #accounts = new Map<string, TrunkAccount>();
  readonly #tls: TrunkTlsProfile;
  readonly #registrations = new Map<string, Standing>();
  /** when an event last told of it, by performance.now() */
  readonly #heardMs = new Map<string, number>();
  #again: NodeJS.Timeout | undefined;

  constructor(options: {
    push: ConfigurationPush;
    profile: string;
    ask: Ask;
    /** where FreeSWITCH asks about old passwords, and with which password; null: nowhere */
    oldPasswords: { address: string; port: number; password: string } | null;
    /** for the profile over TLS */
    gatewayDir: string;
    certificate: (() => Promise<CertificateText>) | undefined;
    emit: (event: SwitchEvent) => void;
    log: Logger;
  }) {
    this.#profile = options.profile;
    this.#ask = options.ask;
    this.#emit = options.emit;
    this.#log = options.log;
    this.#oldPasswords =
      options.oldPasswords && new OldPasswords({ ...options.oldPasswords, log: options.log });
    this.#users = new TrunkUsers({ push: options.push });
    this.#tls = new TrunkTlsProfile({ ...options, profile: tlsProfileOf(options.profile) });
  }

  start(): void {
    void this.#oldPasswords?.open();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#again);
    await this.#oldPasswords?.close();
  }

  async put(account: TrunkAccount): Promise<void> {
    const before = this.#accounts.get(account.trunkId);
    this.#accounts.set(account.trunkId, account);
    // first, so that there is no moment in which the old password is right nowhere
    this.#oldPasswords?.put(account);
    try {
      if (isOverTls(account)) await this.#tls.ensure();
      await this.#users.put(account);
    } catch (error) {
      // the one before is live still
      if (before) {
        this.#accounts.set(before.trunkId, before);
        this.#oldPasswords?.put(before);
      }
      throw error;
    }
    const standing = this.#registrations.get(account.trunkId);
    if (!standing) return;
    const { registration, overTls } = standing;
    const isAnother = before !== undefined && before.username !== account.username;
    if (isAnother || account.active === false || overTls !== isOverTls(account))
      await this.#flush(account.trunkId, overTls);
    else this.#emit({ type: 'pbx-registered', trunkId: account.trunkId, registration });
  }

  async remove(trunkId: string): Promise<void> {
    const account = this.#accounts.get(trunkId);
    this.#accounts.delete(trunkId);
    this.#heardMs.delete(trunkId);
    this.#oldPasswords?.remove(trunkId);
    await this.#users.remove(trunkId);
    const overTls =
      this.#registrations.get(trunkId)?.overTls ?? (account !== undefined && isOverTls(account));
    await this.#flush(trunkId, overTls);
  }

  trunks(): Promise<string[]> {
    return this.#users.trunkIds();
  }

  /** How a call to a SIP trunk's PBX is placed; undefined: there is no such trunk. */
  async dialAccount(order: DialOrder): Promise<DialAccount | undefined> {
    const account = this.#accounts.get(order.trunkId);
    if (!account || account.active === false) return undefined;
    const overTls = isOverTls(account);
    const profile = overTls ? tlsProfileOf(this.#profile) : this.#profile;
    const answer = await this.#ask(contactCommand(profile, account.trunkId, domainOf(overTls)));
    const { codecs, mediaEncryption = 'off' } = account;
    return { codecs, mediaEncryption, way: trunkWay(order, account, parseContact(answer), profile) };
  }

  async overlapFault(): Promise<string | null> {
    const rest = 'so the old password is not right any more';
    if (this.#oldPasswords === null)
      return `This FreeSWITCH has not been told where to ask for old passwords, ${rest}.`;
    if (this.#oldPasswords.fault !== null)
      return `FreeSWITCH cannot ask for old passwords (${this.#oldPasswords.fault}), ${rest}.`;
    const answer = await this.#ask('module_exists mod_xml_curl').catch(() => 'true');
    return answer.trim() === 'true' ? null : `This FreeSWITCH runs without mod_xml_curl, ${rest}.`;
  }

  /** On every connect. FreeSWITCH's list lags: what was registered just before is in it a little later. */
  async begin(): Promise<void> {
    await this.read();
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      this.read().catch((error: unknown) =>
        this.#log.warn({ reason: messageOf(error) }, 'the registrations could not be read'),
      );
    }, listLagsMs);
  }

  /** Reads which registrations stand: an event may have been lost. */
  async read(): Promise<void> {
    // also sees a certificate that was replaced
    if ([...this.#accounts.values()].some(isOverTls))
      await this.#tls
        .ensure()
        .catch((error: unknown) =>
          this.#log.error({ reason: messageOf(error) }, 'PBXes cannot register over TLS'),
        );
    const list = await this.#ask('show registrations as json', listTimeoutMs);
    const found = new Map(parseRegistrations(list).map((standing) => [standing.trunkId, standing]));
    for (const { trunkId, overTls, contact, sourceAddress, expiresAt } of found.values()) {
      const before = this.#registrations.get(trunkId)?.registration;
      if (before && (before.expiresAt >= expiresAt || this.#isFresh(trunkId))) continue;
      // the list has no user agent; the next REGISTER says it again
      const userAgent = before?.userAgent ?? '';
      const registration = { contact, userAgent, sourceAddress, expiresAt };
      this.#registrations.set(trunkId, { registration, overTls });
      this.#emit({ type: 'pbx-registered', trunkId, registration });
    }
    for (const trunkId of this.#registrations.keys())
      if (!found.has(trunkId) && !this.#isFresh(trunkId)) {
        this.#registrations.delete(trunkId);
        this.#emit({ type: 'pbx-unregistered', trunkId, reason: 'expired' });
      }
  }

  /** An event has just told of it, and the list may not have heard yet. */
  #isFresh(trunkId: string): boolean {
    return performance.now() - (this.#heardMs.get(trunkId) ?? Number.NEGATIVE_INFINITY) < 2 * listLagsMs;
  }

  /** true: it was one of ours. */
  handle(raw: unknown): boolean {
    let event: RegistrarEvent | null;
    try {
      event = parseRegistrarEvent(raw, this.#profile);
    } catch (error) {
      this.#log.warn({ reason: messageOf(error) }, 'an event of a registration cannot be understood');
      return true;
    }
    if (event === null) return false;
    switch (event.type) {
      case 'registered': {
        const { trunkId, overTls, contact, userAgent, sourceAddress, expirySeconds } = event;
        const expiresAt = new Date(Date.now() + expirySeconds * 1000);
        const registration = { contact, userAgent, sourceAddress, expiresAt };
        this.#registrations.set(trunkId, { registration, overTls });
        this.#heardMs.set(trunkId, performance.now());
        this.#emit({ type: 'pbx-registered', trunkId, registration });
        break;
      }
      case 'unregistered':
      case 'expired':
        // one on the other profile has taken its place
        if (this.#registrations.get(event.trunkId)?.overTls !== event.overTls) break;
        if (this.#registrations.delete(event.trunkId))
          this.#emit({
            type: 'pbx-unregistered',
            trunkId: event.trunkId,
            reason: event.type === 'expired' ? 'expired' : 'taken back',
          });
        break;
      case 'rejected':
        this.#emit({ type: 'pbx-rejected', ...this.#whose(event) });
    }
    return true;
  }

  /**
   * Refuses a call that came in by its address, as the trunk of that address, and says that it is of another one: sofia
   * asks an allowed address for no password, so it cannot be told apart, and belongs to neither.
   */
  refuses({ channel, byAddress }: ChannelReport): boolean {
    if (byAddress === null || channel.answered) return false;
    const { fromUser, sourceAddress } = byAddress;
    const account = this.#accountOf(fromUser);
    if (!account || account.trunkId === channel.trunkId) return false;
    const { trunkId, username } = account;
    this.#emit({ type: 'pbx-rejected', trunkId, username, sourceAddress, reason: 'address-of-another' });
    // a call that is gone already needs no refusal
    this.#ask(killCommand(channel.channelId, refusalCauses[403])).catch(() => undefined);
    return true;
  }

  #accountOf(username: string): TrunkAccount | undefined {
    const name = username.toLowerCase();
    return [...this.#accounts.values()].find((account) => account.username === name);
  }

  #whose({ username, sourceAddress, overTls }: Extract<RegistrarEvent, { type: 'rejected' }>): {
    trunkId: string | null;
    username: string;
    sourceAddress: string;
    reason: PbxRejection;
  } {
    const account = this.#accountOf(username);
    if (!account) return { trunkId: null, username, sourceAddress, reason: 'unknown-user' };
    const isOutside =
      account.authentication !== 'credentials' && !isAllowed(sourceAddress, account.allowedAddresses);
    const { trunkId } = account;
    if (account.active === false) return { trunkId, username, sourceAddress, reason: 'trunk-inactive' };
    // its user is not in the directory of that profile
    if (overTls !== isOverTls(account))
      return { trunkId, username, sourceAddress, reason: overTls ? 'over-tls' : 'without-tls' };
    const reason = isOutside ? 'address-not-allowed' : 'wrong-password';
    return { trunkId, username, sourceAddress, reason };
  }

  async #flush(trunkId: string, overTls: boolean): Promise<void> {
    const profile = overTls ? tlsProfileOf(this.#profile) : this.#profile;
    await this.#ask(flushRegistrationCommand(profile, trunkId, domainOf(overTls)));
    if (this.#registrations.delete(trunkId))
      this.#emit({ type: 'pbx-unregistered', trunkId, reason: 'taken back' });
  }
}
