/**
 * The SIP trunks on Asterisk: their objects, which of their PBXes are registered, and who was refused. Asterisk owns the
 * registrations; what is kept here is read from it again whenever something may have changed. It knows no calls.
 */

import { isAllowed } from '../contract/allowed-address.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type SipHead, uriIn } from '../sip-trace/sip-head.ts';
import type { PbxRejection } from '../switch/pbx-rejection.ts';
import {
  type DialOrder,
  type PbxRegistration,
  SwitchError,
  type SwitchEvent,
  type TrunkAccount,
} from '../switch/port.ts';
import { TurnsByKey } from '../turns.ts';
import type { AmiConnection } from './ami.ts';
import type { AmiMessage } from './ami-message.ts';
import type { DialWay } from './dials.ts';
import type { Connections } from './link.ts';
import type { PjsipObject, PjsipObjects } from './pjsip-objects.ts';
import type { TlsTransports } from './tls-transports.ts';
import { oldAuthOf, outAuthOf, trunkField, trunkObjectsOf } from './trunk-objects.ts';
import { trunkWay } from './trunk-way.ts';

const amiTimeoutMs = 10_000;
/** several REGISTERs in one moment are one reason to look */
const lookAfterMs = 50;
/** Asterisk takes away contacts that have ended every 30 s (res_pjsip_registrar.c, check_interval), and tells of it */
const lookEveryMs = 30_000;

export class Registrar {
  readonly #connections: () => Connections;
  readonly #transports: Pick<TlsTransports, 'ensureForTrunks'>;
  readonly #emit: (event: SwitchEvent) => void;
  readonly #log: Logger;
  readonly #accounts = new Map<string, TrunkAccount>();
  /** whose endpoint is whose, also of trunks that an earlier controller has put */
  readonly #trunkByUsername = new Map<string, string>();
  readonly #usernameByTrunk = new Map<string, string>();
  readonly #registrations = new Map<string, PbxRegistration>();
  /** those that Asterisk had at the connect, and what was put since; null when it has not said */
  #endpoints: Set<string> | null = null;
  readonly #turns = new TurnsByKey();
  #lookTimer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: {
    connections: () => Connections;
    transports: Pick<TlsTransports, 'ensureForTrunks'>;
    emit: (event: SwitchEvent) => void;
    log: Logger;
  }) {
    this.#connections = options.connections;
    this.#transports = options.transports;
    this.#emit = options.emit;
    this.#log = options.log;
  }

  put(account: TrunkAccount): Promise<void> {
    return this.#turns.take(account.trunkId, async () => {
      const objects = trunkObjectsOf(account);
      const { pjsip } = this.#connections();
      if (account.transport === 'tls') await this.#transports.ensureForTrunks(pjsip);
      const before = this.#usernameByTrunk.get(account.trunkId);
      this.#accounts.set(account.trunkId, account);
      this.#name(account.trunkId, account.username);
      if (before !== undefined && before !== account.username) {
        await this.#takeOut(before);
        this.#trunkByUsername.delete(before);
      }
      const isLive = await pjsip.isLive(objects.at(-1) as PjsipObject);
      // the mark of the whole outlives an endpoint that somebody has taken away
      const isLost = isLive && this.#endpoints?.has(account.username) === false;
      if (isLost)
        this.#log.warn(
          { trunkId: account.trunkId },
          'drift: Asterisk has lost the endpoint of a SIP trunk; it is put again',
        );
      if (!isLive || isLost) {
        // first, or an address that no longer lets in would stay if we ended here
        if (await pjsip.exists('endpoint', account.username))
          await this.#takeOutRest(pjsip, account.username, objects);
        await pjsip.putAll(objects);
        this.#endpoints?.add(account.username);
        if (account.active === false) await this.#takeOutContacts(account.username);
      }
      const registration = this.#registrations.get(account.trunkId);
      if (registration && account.active !== false)
        this.#emit({ type: 'pbx-registered', trunkId: account.trunkId, registration });
      else this.#lookSoon();
    });
  }

  remove(trunkId: string): Promise<void> {
    return this.#turns.take(trunkId, async () => {
      if (!this.#accounts.has(trunkId)) await this.trunks();
      const username = this.#usernameByTrunk.get(trunkId);
      this.#accounts.delete(trunkId);
      if (username === undefined) return;
      await this.#takeOut(username);
      this.#usernameByTrunk.delete(trunkId);
      this.#trunkByUsername.delete(username);
      if (this.#registrations.delete(trunkId))
        this.#emit({ type: 'pbx-unregistered', trunkId, reason: 'taken back' });
    });
  }

  /** Reads them from Asterisk: an earlier controller may have put some that nobody wants any more. */
  async trunks(): Promise<string[]> {
    const { pjsip, ami } = this.#connections();
    const names = await endpointsOf(ami);
    const owners = names.map(async (name) => {
      const trunkId = this.#trunkByUsername.get(name) ?? (await trunkOfEndpoint(pjsip, name));
      if (trunkId !== null) this.#name(trunkId, name);
      return trunkId;
    });
    return (await Promise.all(owners)).filter((trunkId) => trunkId !== null);
  }

  /** How a call to a SIP trunk's PBX is placed; null: there is no such trunk. */
  dialWay(order: DialOrder): DialWay | null {
    const account = this.#accounts.get(order.trunkId);
    return account && account.active !== false
      ? trunkWay(order, account, this.#registrations.has(order.trunkId))
      : null;
  }

  /** On every connect. */
  async begin(ami: AmiConnection): Promise<void> {
    // thousands may take their time, and calls are not to wait for it: then nothing counts as lost
    this.#endpoints = await endpointsOf(ami).then(
      (names) => new Set(names),
      () => null,
    );
    await this.#read(ami);
    this.#plan(lookEveryMs);
  }

  stop(): void {
    clearTimeout(this.#lookTimer);
  }

  /** true: it was one of ours. */
  handleAmi(message: AmiMessage): boolean {
    const event = message.get('event') ?? '';
    if (event === 'ContactStatus') {
      if (this.#trunkByUsername.has(message.get('aor') ?? '')) this.#lookSoon();
      return true;
    }
    const rejection = rejections.get(event);
    if (rejection === undefined) return false;
    // AMI's own logins are none of ours; a stranger's name is not told (`<unknown>`)
    if (message.get('service') !== 'PJSIP') return true;
    const username = (message.get('accountid') ?? '').replace('<unknown>', '').slice(0, 100);
    // `IPV4/UDP/203.0.113.7/5060`
    const sourceAddress = message.get('remoteaddress')?.split('/')[2] ?? '';
    this.#emit({ type: 'pbx-rejected', ...this.#whose(username, sourceAddress, rejection) });
    return true;
  }

  /** Our 200 to a REGISTER: somebody is registered anew, for longer, or not any more. */
  handleSip(message: SipHead): void {
    if (message.kind !== 'response' || message.status !== 200 || message.cseq.method !== 'REGISTER') return;
    const username = /^sips?:([^@;]+)@/i.exec(uriIn(message.headers.get('to')?.[0] ?? ''))?.[1];
    if (username !== undefined && this.#trunkByUsername.has(username)) this.#lookSoon();
  }

  /** those that were put */
  accounts(): Iterable<TrunkAccount> {
    return this.#accounts.values();
  }

  trunkOf(username: string): string | undefined {
    return this.#trunkByUsername.get(username);
  }

  #name(trunkId: string, username: string): void {
    this.#trunkByUsername.set(username, trunkId);
    this.#usernameByTrunk.set(trunkId, username);
  }

  #whose(
    username: string,
    sourceAddress: string,
    reason: PbxRejection,
  ): { trunkId: string | null; username: string; sourceAddress: string; reason: PbxRejection } {
    const account = this.#accounts.get(this.#trunkByUsername.get(username) ?? '');
    if (!account) return { trunkId: null, username, sourceAddress, reason: 'unknown-user' };
    const isOutside =
      account.authentication !== 'credentials' && !isAllowed(sourceAddress, account.allowedAddresses);
    if (account.active === false)
      return { trunkId: account.trunkId, username, sourceAddress, reason: 'trunk-inactive' };
    return {
      trunkId: account.trunkId,
      username,
      sourceAddress,
      reason: isOutside ? 'address-not-allowed' : reason === 'unknown-user' ? 'wrong-password' : reason,
    };
  }

  async #takeOut(username: string): Promise<void> {
    const { pjsip } = this.#connections();
    this.#endpoints?.delete(username);
    for (const [type, id] of objectsNamed(username)) await pjsip.remove(type, id);
    await this.#takeOutContacts(username);
  }

  /** They outlive their address of record in Asterisk's own database. */
  async #takeOutContacts(username: string): Promise<void> {
    const { pjsip, ami } = this.#connections();
    for (const contact of await contactsOf(ami))
      if (contact.username === username) await pjsip.remove('contact', contact.id);
  }

  /** What an account of another kind has left. */
  async #takeOutRest(pjsip: PjsipObjects, username: string, objects: readonly PjsipObject[]): Promise<void> {
    for (const [type, id] of objectsNamed(username))
      if (!objects.some((object) => object.type === type && object.id === id)) await pjsip.remove(type, id);
  }

  #lookSoon(): void {
    this.#plan(lookAfterMs);
  }

  #plan(waitMs: number): void {
    clearTimeout(this.#lookTimer);
    this.#lookTimer = setTimeout(() => {
      this.#looking = this.#looking
        .then(() => this.#read(this.#connections().ami))
        .catch((error: unknown) =>
          this.#log.debug({ reason: messageOf(error) }, 'the registrations could not be read'),
        );
      void this.#looking.then(() => this.#plan(lookEveryMs));
    }, waitMs);
  }

  async #read(ami: AmiConnection): Promise<void> {
    const found = new Map<string, PbxRegistration>();
    for (const { id, username, registration } of await contactsOf(ami)) {
      const trunkId = this.#trunkByUsername.get(username);
      if (trunkId !== undefined && this.#isWithoutTls(trunkId, registration)) {
        const { sourceAddress } = registration;
        await this.#connections().pjsip.remove('contact', id);
        this.#emit({ type: 'pbx-rejected', trunkId, username, sourceAddress, reason: 'without-tls' });
        continue;
      }
      if (trunkId !== undefined && registration.expiresAt.getTime() > Date.now())
        found.set(trunkId, registration);
    }
    for (const [trunkId, registration] of found) {
      const before = this.#registrations.get(trunkId);
      if (
        before?.contact === registration.contact &&
        before.expiresAt.getTime() === registration.expiresAt.getTime()
      )
        continue;
      this.#registrations.set(trunkId, registration);
      this.#emit({ type: 'pbx-registered', trunkId, registration });
    }
    for (const [trunkId, { expiresAt }] of this.#registrations) {
      if (found.has(trunkId)) continue;
      this.#registrations.delete(trunkId);
      const reason = expiresAt.getTime() <= Date.now() ? 'expired' : 'taken back';
      this.#emit({ type: 'pbx-unregistered', trunkId, reason });
    }
  }

  /**
   * Asterisk takes a REGISTER with the right password whatever it came by. `rewrite_contact` writes that into the contact
   * (res_pjsip_nat.c, rewrite_uri), so the PBX cannot say otherwise.
   */
  #isWithoutTls(trunkId: string, { contact }: PbxRegistration): boolean {
    return this.#accounts.get(trunkId)?.transport === 'tls' && !/;transport=tls(?:;|$)/i.test(contact);
  }
}

/** AMI's security events (main/security_events.c) that mean a refusal. */
const rejections = new Map<string, PbxRejection>([
  ['InvalidPassword', 'wrong-password'],
  ['ChallengeResponseFailed', 'wrong-password'],
  ['InvalidAccountID', 'unknown-user'],
  ['FailedACL', 'address-not-allowed'],
]);

/** Every object that an account of any kind may have, the ones that need others first. */
const objectsNamed = (username: string): [type: string, id: string][] => [
  ['identify', username],
  ['endpoint', username],
  ['aor', username],
  ['auth', username],
  ['auth', oldAuthOf(username)],
  ['auth', outAuthOf(username)],
];

const trunkOfEndpoint = async (pjsip: PjsipObjects, name: string): Promise<string | null> => {
  const value = (await pjsip.field('endpoint', name, trunkField)) ?? '';
  return /^[a-z0-9][a-z0-9-]{0,39}$/.test(value) ? value : null;
};

/** Asterisk calls a list with nothing in it an error ("No Contacts found"). */
const listOf = async (ami: AmiConnection, action: string, until: string): Promise<AmiMessage[]> => {
  try {
    return await ami.list({ Action: action }, until, amiTimeoutMs);
  } catch (thrown) {
    if (thrown instanceof SwitchError && thrown.code === 'rejected' && /^no .* found/i.test(thrown.message))
      return [];
    throw thrown;
  }
};

const endpointsOf = async (ami: AmiConnection): Promise<string[]> =>
  (await listOf(ami, 'PJSIPShowEndpoints', 'EndpointListComplete'))
    .filter((message) => message.get('event') === 'EndpointList')
    .map((message) => message.get('objectname') ?? '');

type Contact = { id: string; username: string; registration: PbxRegistration };

/** The contacts that Asterisk's registrar holds. */
const contactsOf = async (ami: AmiConnection): Promise<Contact[]> => {
  const list = await listOf(ami, 'PJSIPShowContacts', 'ContactListComplete');
  return list.flatMap((message) => {
    const id = message.get('objectname') ?? '';
    // `<address of record>;@<hash of the contact>` (res_pjsip_registrar.c)
    const username = /^([^;]+);@/.exec(id)?.[1];
    const seconds = Number(message.get('expirationtime'));
    if (message.get('event') !== 'ContactList' || username === undefined || !(seconds > 0)) return [];
    const registration: PbxRegistration = {
      contact: (message.get('uri') ?? '').slice(0, 256),
      userAgent: (message.get('useragent') ?? '').slice(0, 256),
      sourceAddress: sourceOf(message.get('uri') ?? '', message.get('viaaddr') ?? ''),
      expiresAt: new Date(seconds * 1000),
    };
    return [{ id, username, registration }];
  });
};

/** `rewrite_contact` puts the address that a REGISTER came from into the contact (res_pjsip_nat.c). */
const sourceOf = (uri: string, via: string): string =>
  (/^sips?:(?:[^@]*@)?(\[[0-9a-f:]+\]|[0-9.]+)/i.exec(uri)?.[1] ?? via).replace(/[[\]]/g, '');
