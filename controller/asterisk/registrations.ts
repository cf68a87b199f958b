/**
 * All registrations: pushes accounts, hears what AMI and the SIP messages say about them, and tells each trunk's watch.
 * It knows nothing of calls.
 */

import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { delay } from '../process/detached.ts';
import { type SipHead, uriIn } from '../sip-trace/sip-head.ts';
import { type ExtensionAccount, type RegistrationState, SwitchError } from '../switch/port.ts';
import { TurnsByKey } from '../turns.ts';
import {
  changedObjects,
  keyOf,
  objectsOf,
  objectTypes,
  registrationKey,
  registrationOf,
  tryObjects,
} from './accounts.ts';
import type { AmiConnection } from './ami.ts';
import type { AmiMessage } from './ami-message.ts';
import type { Connections } from './link.ts';
import { type RegistrationTimes, RegistrationWatch } from './registration-watch.ts';
import type { TlsTransports } from './tls-transports.ts';

const amiTimeoutMs = 5000;
const lookUpAfterMs = 100;
/** how long a REGISTER that takes the contact away may take before its account is removed under it */
const unregisterTimeoutMs = 2000;

const refuse = (trunkId: string, thrown: unknown): never => {
  if (thrown instanceof SwitchError && thrown.code !== 'rejected') throw thrown;
  throw new SwitchError('rejected', `Asterisk did not take trunk ${trunkId}: ${messageOf(thrown)}`, {
    cause: thrown,
  });
};

export class Registrations {
  readonly #connections: () => Connections;
  readonly #transports: TlsTransports;
  readonly #log: Logger;
  readonly #times: RegistrationTimes;
  readonly #onState: (trunkId: string, state: RegistrationState) => void;
  readonly #watches = new Map<string, RegistrationWatch>();
  readonly #byKey = new Map<string, Set<RegistrationWatch>>();
  /** of which an event said that one has failed, perhaps of another client */
  readonly #doubtful = new Set<RegistrationWatch>();
  #isLookingUp = false;
  /** registrations that Asterisk holds, as it named them last */
  #held = new Map<string, string>();
  /** a registration that has been replaced and is being taken away at the PBX */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #trunkByCallId = new Map<string, string>();
  /** changes of one trunk run one after the other */
  readonly #turns = new TurnsByKey();

  constructor(options: {
    connections: () => Connections;
    transports: TlsTransports;
    log: Logger;
    times: RegistrationTimes;
    onState: (trunkId: string, state: RegistrationState) => void;
  }) {
    this.#connections = options.connections;
    this.#transports = options.transports;
    this.#log = options.log;
    this.#times = options.times;
    this.#onState = options.onState;
  }

  /** Every registration that Asterisk holds. One that it does not call registered is being tried, by us or by it. */
  async read(ami: AmiConnection): Promise<Map<string, RegistrationState>> {
    this.#held = await this.#statuses(ami);
    for (const [trunkId, watch] of this.#watches) {
      if (this.#held.has(trunkId)) continue;
      // Asterisk was started anew: whoever pushes the account again makes a new watch.
      this.#forget(trunkId, watch);
    }
    return new Map([...this.#held].map(([trunkId, status]) => [trunkId, this.#stateOf(trunkId, status)]));
  }

  #stateOf(trunkId: string, status: string): RegistrationState {
    const watch = this.#watches.get(trunkId);
    if (status !== 'Registered' && watch?.state.phase === 'failed') return watch.state;
    const state = { phase: status === 'Registered' ? 'registered' : 'trying' } as const;
    watch?.adopt(state);
    return state;
  }

  /** What was put last for a trunk. */
  account(trunkId: string): ExtensionAccount | undefined {
    return this.#watches.get(trunkId)?.account;
  }

  put(account: ExtensionAccount): Promise<void> {
    return this.#turns.take(account.trunkId, () => this.#put(account));
  }

  remove(trunkId: string): Promise<void> {
    return this.#turns.take(trunkId, () => this.#remove(trunkId));
  }

  /** Takes away what Asterisk holds and no trunk has; what it has lost is pushed again by whoever puts it. */
  async keep(trunkIds: ReadonlySet<string>): Promise<void> {
    const held = await this.#statuses(this.#connections().ami);
    const unknown = [...held.keys()].filter((trunkId) => !trunkIds.has(trunkId));
    const lost = [...this.#watches.keys()].filter((trunkId) => trunkIds.has(trunkId) && !held.has(trunkId));
    if (unknown.length > 0)
      this.#log.warn(
        { trunkIds: unknown.slice(0, 20), count: unknown.length },
        'drift: Asterisk holds registrations that no trunk has; they are taken away',
      );
    if (lost.length > 0)
      this.#log.warn(
        { trunkIds: lost.slice(0, 20), count: lost.length },
        'drift: Asterisk has lost registrations; they are pushed again',
      );
    for (const trunkId of unknown) await this.remove(trunkId);
  }

  /**
   * The registration is replaced by one like it. Asterisk's own PJSIPRegister unregisters first and in the same client
   * (ami_register, res_pjsip_outbound_registration.c): at a PBX that is down it would be busy with that for 32 s.
   */
  reRegister(trunkId: string): Promise<void> {
    return this.#turns.take(trunkId, async () => {
      const { pjsip } = this.#connections();
      const watch = this.#watches.get(trunkId);
      if (!watch) throw new SwitchError('rejected', `no account of trunk ${trunkId} has been put`);
      if (watch.state.phase === 'registered')
        this.#leaving.set(trunkId, watch.unregistered(unregisterTimeoutMs));
      watch.begin();
      await pjsip.replace(registrationOf(watch.account));
    });
  }

  handleAmi(message: AmiMessage): void {
    if (message.get('event') !== 'Registry' || message.get('channeltype') !== 'PJSIP') return;
    const key = registrationKey(message.get('username') ?? '', message.get('domain') ?? '');
    const status = message.get('status') ?? '';
    const watches = this.#byKey.get(key);
    if (!watches) return;
    // The event names no object, and an old client that has been replaced may fail long after: so it is looked up.
    if (status === 'Rejected') this.#lookUp(watches);
    else for (const watch of watches) watch.reported(status);
  }

  /** Reads all states once for however many events come meanwhile. */
  #lookUp(watches: Iterable<RegistrationWatch>): void {
    for (const watch of watches) this.#doubtful.add(watch);
    if (this.#isLookingUp) return;
    this.#isLookingUp = true;
    void this.#readDoubtful().then(() => {
      this.#isLookingUp = false;
      if (this.#doubtful.size > 0) this.#lookUp([]);
    });
  }

  async #readDoubtful(): Promise<void> {
    await delay(lookUpAfterMs);
    const doubtful = [...this.#doubtful];
    this.#doubtful.clear();
    try {
      const statuses = await this.#statuses(this.#connections().ami);
      for (const watch of doubtful) {
        const isCurrent = this.#watches.get(watch.account.trunkId) === watch;
        if (isCurrent && statuses.get(watch.account.trunkId) === 'Rejected') watch.reported('Rejected');
      }
    } catch (thrown) {
      // the next connect reads them all
      this.#log.debug({ error: messageOf(thrown) }, 'the registrations could not be read');
    }
  }

  async #statuses(ami: AmiConnection): Promise<Map<string, string>> {
    const list = await ami.list(
      { Action: 'PJSIPShowRegistrationsOutbound' },
      'OutboundRegistrationDetailComplete',
      amiTimeoutMs,
    );
    return new Map(
      list
        .filter((message) => message.get('event') === 'OutboundRegistrationDetail')
        .map((message) => [message.get('objectname') ?? '', message.get('status') ?? '']),
    );
  }

  handleSip(message: SipHead): void {
    if (message.cseq.method !== 'REGISTER') return;
    const watch = this.#watchOf(message);
    if (!watch) return;
    if (message.kind === 'request') watch.sent(message);
    else watch.answered(message);
  }

  close(): void {
    for (const [trunkId, watch] of this.#watches) this.#forget(trunkId, watch);
  }

  #watchOf(message: SipHead): RegistrationWatch | undefined {
    const known = this.#watches.get(this.#trunkByCallId.get(message.callId) ?? '');
    if (known || message.kind === 'response') return known;
    const key = registrationKey(uriIn(message.headers.get('from')?.[0] ?? ''), message.uri);
    const [watch] = this.#byKey.get(key) ?? [];
    if (!watch) return undefined;
    if (this.#trunkByCallId.size > 50_000) this.#trunkByCallId.clear();
    this.#trunkByCallId.set(message.callId, watch.account.trunkId);
    return watch;
  }

  async #put(account: ExtensionAccount): Promise<void> {
    const { trunkId } = account;
    const { pjsip } = this.#connections();
    await this.#transports.ensure(pjsip, account);
    const changed = await changedObjects(pjsip, account);
    const isNew = changed.some((object) => object.type === 'registration');
    if (!isNew) {
      for (const object of changed) await pjsip.replace(object);
      this.#keep(account);
      return;
    }
    const old = this.#watches.get(trunkId)?.account ?? null;
    // with an old one live, the new one is tried beside it before that one is touched
    if (old !== null) await tryObjects(pjsip, account).catch((thrown: unknown) => refuse(trunkId, thrown));
    await this.#unregister(trunkId);
    const watch = this.#watch(account, { phase: 'unregistered' });
    try {
      await pjsip.putAll(changed);
    } catch (thrown) {
      await this.#bringBack(trunkId, old);
      refuse(trunkId, thrown);
    }
    // Asterisk sends its REGISTER a second later (sip_outbound_registration_perform: "+ 1").
    watch.begin();
    this.#held.set(trunkId, 'Unregistered');
  }

  /** An account of which Asterisk took a part: the old one whole, or nothing. */
  async #bringBack(trunkId: string, old: ExtensionAccount | null): Promise<void> {
    const { pjsip } = this.#connections();
    try {
      for (const type of [...objectTypes].reverse()) await pjsip.remove(type, trunkId);
      const watch = this.#watches.get(trunkId);
      if (old === null) {
        if (watch) this.#forget(trunkId, watch);
        return;
      }
      const again = this.#watch(old, { phase: 'unregistered' });
      for (const object of objectsOf(old)) await pjsip.replace(object);
      again.begin();
    } catch (thrown) {
      this.#log.error({ trunkId, reason: messageOf(thrown) }, 'the old account could not be brought back');
    }
  }

  /** What is live is what is wanted. After a restart of ours it gets its watch, and one that fails is tried now. */
  #keep(account: ExtensionAccount): void {
    const { trunkId } = account;
    const phase = this.#held.get(trunkId) === 'Registered' ? 'registered' : 'trying';
    const watch = this.#watches.get(trunkId) ?? this.#watch(account, { phase });
    // Why it fails was told to the controller before this one.
    if (watch.state.phase === 'trying' && !watch.isTrying)
      this.reRegister(trunkId).catch((thrown: unknown) =>
        this.#log.warn({ trunkId, error: messageOf(thrown) }, 'a registration could not be tried again'),
      );
  }

  async #remove(trunkId: string): Promise<void> {
    await this.#unregister(trunkId);
    const { pjsip } = this.#connections();
    for (const type of [...objectTypes].reverse()) await pjsip.remove(type, trunkId);
    const watch = this.#watches.get(trunkId);
    if (!watch) return;
    this.#forget(trunkId, watch);
    this.#onState(trunkId, { phase: 'unregistered' });
  }

  /** Takes the registration away first, so that its password is still there when the PBX asks for it. */
  async #unregister(trunkId: string): Promise<void> {
    const { pjsip } = this.#connections();
    const watch = this.#watches.get(trunkId);
    const isRegistered = watch
      ? watch.state.phase === 'registered'
      : this.#held.get(trunkId) === 'Registered';
    const told = isRegistered ? watch?.unregistered(unregisterTimeoutMs) : undefined;
    await pjsip.remove('registration', trunkId);
    this.#held.delete(trunkId);
    await Promise.all([told, this.#leaving.get(trunkId)]);
    this.#leaving.delete(trunkId);
  }

  #watch(account: ExtensionAccount, state: RegistrationState): RegistrationWatch {
    const before = this.#watches.get(account.trunkId);
    if (before) this.#forget(account.trunkId, before);
    const watch = new RegistrationWatch({
      account,
      state,
      times: this.#times,
      onState: (next) => this.#onState(account.trunkId, next),
    });
    this.#watches.set(account.trunkId, watch);
    const key = keyOf(account);
    this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(watch));
    return watch;
  }

  #forget(trunkId: string, watch: RegistrationWatch): void {
    watch.close();
    this.#watches.delete(trunkId);
    const key = keyOf(watch.account);
    this.#byKey.get(key)?.delete(watch);
    if (this.#byKey.get(key)?.size === 0) this.#byKey.delete(key);
  }
}
