/**
 * All registrations: pushes accounts, hears what AMI and the SIP messages say about them, and tells each trunk's watch.
 * It knows nothing of calls.
 */
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type SipHead, uriIn } from '../sip-trace/sip-head.ts';
import { type ExtensionAccount, type RegistrationState, SwitchError } from '../switch/port.ts';
import {
  changedObjects,
  deleteObject,
  keyOf,
  objectTypes,
  putObject,
  registrationKey,
  registrationOf,
} from './accounts.ts';
import type { AmiConnection } from './ami.ts';
import type { AmiMessage } from './ami-message.ts';
import type { Connections } from './link.ts';
import { type RegistrationTimes, RegistrationWatch } from './registration-watch.ts';

const amiTimeoutMs = 5000;
/** how long a REGISTER that takes the contact away may take before its account is removed under it */
const unregisterTimeoutMs = 2000;

export class Registrations {
  readonly #connections: () => Connections;
  readonly #log: Logger;
  readonly #times: RegistrationTimes;
  readonly #onState: (trunkId: string, state: RegistrationState) => void;
  readonly #watches = new Map<string, RegistrationWatch>();
  /** registrations that Asterisk holds, as it named them last */
  #held = new Map<string, string>();
  readonly #trunkByCallId = new Map<string, string>();
  /** changes of one trunk run one after the other */
  readonly #queues = new Map<string, Promise<void>>();

  constructor(options: {
    connections: () => Connections;
    log: Logger;
    times: RegistrationTimes;
    onState: (trunkId: string, state: RegistrationState) => void;
  }) {
    this.#connections = options.connections;
    this.#log = options.log;
    this.#times = options.times;
    this.#onState = options.onState;
  }

  /** Every registration that Asterisk holds. One that it does not call registered is being tried, by us or by it. */
  async read(ami: AmiConnection): Promise<Map<string, RegistrationState>> {
    const list = await ami.list(
      { Action: 'PJSIPShowRegistrationsOutbound' },
      'OutboundRegistrationDetailComplete',
      amiTimeoutMs,
    );
    const statuses = list
      .filter((message) => message.get('event') === 'OutboundRegistrationDetail')
      .map((message) => [message.get('objectname') ?? '', message.get('status') ?? ''] as const);
    this.#held = new Map(statuses.filter(([trunkId]) => trunkId !== ''));
    for (const [trunkId, watch] of this.#watches) {
      if (this.#held.has(trunkId)) continue;
      // Asterisk was started anew: whoever pushes the account again makes a new watch.
      watch.close();
      this.#watches.delete(trunkId);
    }
    return new Map([...this.#held].map(([trunkId, status]) => [trunkId, this.#stateOf(trunkId, status)]));
  }

  #stateOf(trunkId: string, status: string): RegistrationState {
    if (status === 'Registered') return { phase: 'registered' };
    const known = this.#watches.get(trunkId)?.state;
    return known?.phase === 'failed' ? known : { phase: 'trying' };
  }

  put(account: ExtensionAccount): Promise<void> {
    return this.#inTurn(account.trunkId, () => this.#put(account));
  }

  remove(trunkId: string): Promise<void> {
    return this.#inTurn(trunkId, () => this.#remove(trunkId));
  }

  /**
   * The registration is replaced by one like it. Asterisk's own PJSIPRegister unregisters first and in the same client
   * (ami_register, res_pjsip_outbound_registration.c): at a PBX that is down it would be busy with that for 32 s.
   */
  reRegister(trunkId: string): Promise<void> {
    return this.#inTurn(trunkId, async () => {
      const { ari } = this.#connections();
      const account = this.#watches.get(trunkId)?.account;
      if (!account) throw new SwitchError('rejected', `no account of trunk ${trunkId} has been put`);
      this.#watches.get(trunkId)?.begin();
      await putObject(ari, trunkId, registrationOf(account));
    });
  }

  handleAmi(message: AmiMessage): void {
    if (message.get('event') !== 'Registry' || message.get('channeltype') !== 'PJSIP') return;
    const key = registrationKey(message.get('username') ?? '', message.get('domain') ?? '');
    const status = message.get('status') ?? '';
    for (const watch of this.#watches.values()) if (keyOf(watch.account) === key) watch.reported(status);
  }

  handleSip(message: SipHead): void {
    if (message.cseq.method !== 'REGISTER') return;
    const watch = this.#watchOf(message);
    if (!watch) return;
    if (message.kind === 'request') watch.sent(message);
    else watch.answered(message);
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.close();
    this.#watches.clear();
  }

  #watchOf(message: SipHead): RegistrationWatch | undefined {
    const known = this.#watches.get(this.#trunkByCallId.get(message.callId) ?? '');
    if (known || message.kind === 'response') return known;
    const key = registrationKey(uriIn(message.headers.get('from')?.[0] ?? ''), message.uri);
    for (const watch of this.#watches.values()) {
      if (keyOf(watch.account) !== key) continue;
      if (this.#trunkByCallId.size > 50_000) this.#trunkByCallId.clear();
      this.#trunkByCallId.set(message.callId, watch.account.trunkId);
      return watch;
    }
    return undefined;
  }

  async #put(account: ExtensionAccount): Promise<void> {
    const { trunkId } = account;
    const { ari } = this.#connections();
    const changed = await changedObjects(ari, account);
    const isNew = changed.some((object) => object.type === 'registration');
    if (!isNew) {
      for (const object of changed) await putObject(ari, trunkId, object);
      this.#keep(account);
      return;
    }
    await this.#unregister(trunkId);
    const watch = this.#watch(account, { phase: 'unregistered' });
    for (const object of changed) await putObject(ari, trunkId, object);
    // Asterisk sends its REGISTER a second later (sip_outbound_registration_perform: "+ 1").
    watch.begin();
    this.#held.set(trunkId, 'Unregistered');
  }

  /** What is live is what is wanted. After a restart of ours it gets its watch, and one that fails is tried now. */
  #keep(account: ExtensionAccount): void {
    const { trunkId } = account;
    if (this.#watches.has(trunkId)) return;
    const isRegistered = this.#held.get(trunkId) === 'Registered';
    this.#watch(account, { phase: isRegistered ? 'registered' : 'trying' });
    // Why it fails was told to the controller before this one.
    if (!isRegistered)
      this.reRegister(trunkId).catch((thrown: unknown) =>
        this.#log.warn({ trunkId, error: messageOf(thrown) }, 'a registration could not be tried again'),
      );
  }

  async #remove(trunkId: string): Promise<void> {
    await this.#unregister(trunkId);
    const { ari } = this.#connections();
    for (const type of [...objectTypes].reverse()) await deleteObject(ari, trunkId, type);
    const watch = this.#watches.get(trunkId);
    this.#forget(trunkId);
    if (watch) this.#onState(trunkId, { phase: 'unregistered' });
  }

  /** Takes the registration away first, so that its password is still there when the PBX asks for it. */
  async #unregister(trunkId: string): Promise<void> {
    const { ari } = this.#connections();
    const watch = this.#watches.get(trunkId);
    const isRegistered = watch
      ? watch.state.phase === 'registered'
      : this.#held.get(trunkId) === 'Registered';
    const told = isRegistered && watch ? watch.unregistered(unregisterTimeoutMs) : Promise.resolve();
    await deleteObject(ari, trunkId, 'registration');
    this.#held.delete(trunkId);
    await told;
  }

  #watch(account: ExtensionAccount, state: RegistrationState): RegistrationWatch {
    this.#forget(account.trunkId);
    const watch = new RegistrationWatch({
      account,
      state,
      times: this.#times,
      onState: (next) => this.#onState(account.trunkId, next),
    });
    this.#watches.set(account.trunkId, watch);
    return watch;
  }

  #forget(trunkId: string): void {
    this.#watches.get(trunkId)?.close();
    this.#watches.delete(trunkId);
    for (const [callId, owner] of this.#trunkByCallId)
      if (owner === trunkId) this.#trunkByCallId.delete(callId);
  }

  async #inTurn(trunkId: string, work: () => Promise<void>): Promise<void> {
    const before = this.#queues.get(trunkId) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    this.#queues.set(trunkId, turn);
    try {
      await turn;
    } finally {
      if (this.#queues.get(trunkId) === turn) this.#queues.delete(trunkId);
    }
  }
}
