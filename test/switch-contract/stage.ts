/**
 * What every contract test stands on: a switch instance of its own, one controller's view of it, a real PBX, and the
 * accounts that a test put. Knows the port, not the switches.
 */
import type { ExtensionAccount, LiveChannel, Switch } from '../../controller/switch/port.ts';
import { AgentVoice } from '../kit/agent-voice.ts';
import type { Pbx } from '../kit/pbx.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { type PeerCallOptions, SipPeer, type SipPeerOptions } from '../kit/sip-peer.ts';
import { SipPhone, type SipPhoneOptions } from '../kit/sip-phone.ts';
import { SwitchEvents } from '../kit/switch-events.ts';
import type { SwitchInstance } from '../kit/switches.ts';
import { toneSource } from '../kit/tone.ts';

/** What a test hands over to be tidied up after it: vitest's `onTestFinished` of that test. */
export type Finish = (work: () => Promise<void> | void) => void;

export type At = { host: string; port: number };

let accountsMade = 0;

export class Stage {
  readonly instance: SwitchInstance;
  readonly pbx: Pbx;
  switch: Switch;
  events: SwitchEvents;
  /** accounts that stay for all tests: registering anew for each would take most of the time */
  readonly #standing: ExtensionAccount[] = [];
  #house: { peer: SipPeer; account: ExtensionAccount } | null = null;
  #desk: ExtensionAccount | null = null;

  private constructor(instance: SwitchInstance, pbx: Pbx) {
    this.instance = instance;
    this.pbx = pbx;
    this.switch = instance.connect();
    this.events = new SwitchEvents(this.switch);
  }

  static async set(instance: SwitchInstance, pbx: Pbx): Promise<Stage> {
    const stage = new Stage(instance, pbx);
    stage.switch.start();
    await stage.events.linkUp();
    return stage;
  }

  async close(): Promise<void> {
    await this.switch.stop();
    await this.#house?.peer.close();
    await this.instance.remove();
  }

  /** A controller that has just been started: it knows nothing of what was, and puts its accounts. */
  async reconnect(): Promise<void> {
    this.switch = this.instance.connect();
    this.events = new SwitchEvents(this.switch);
    this.switch.start();
    await this.events.linkUp();
    for (const account of this.#standing) await this.switch.putAccount(account);
  }

  /** The trunks whose accounts stay for all tests. */
  standing(): string[] {
    return this.#standing.map(({ trunkId }) => trunkId);
  }

  /** A trunk at a scripted peer that all tests share which need nothing special of either. */
  async house(): Promise<{ peer: SipPeer; account: ExtensionAccount }> {
    if (!this.#house) {
      const peer = await SipPeer.open();
      this.#house = { peer, account: this.account(peer, '1000') };
      this.#standing.push(this.#house.account);
      await this.switch.putAccount(this.#house.account);
    }
    this.#house.peer.onRefer = () => ({ status: 603 });
    await this.events.registered(this.#house.account.trunkId);
    return this.#house;
  }

  /** Extension 1003 of the real PBX, shared likewise. */
  async desk(): Promise<ExtensionAccount> {
    if (!this.#desk) {
      this.#desk = this.account(this.pbx, '1003');
      this.#standing.push(this.#desk);
      await this.switch.putAccount(this.#desk);
    }
    await this.events.registered(this.#desk.trunkId);
    return this.#desk;
  }

  /** An account with a trunk id of its own. */
  account(at: At, extension: string, changes: Partial<ExtensionAccount> = {}): ExtensionAccount {
    accountsMade++;
    return {
      trunkId: `trunk-${extension}-${accountsMade}`,
      extension,
      username: extension,
      authId: extension,
      password: `pw-${extension}`,
      domain: at.host,
      port: at.port,
      transport: 'udp',
      expirySeconds: 600,
      codecs: ['PCMU', 'PCMA'],
      ...changes,
    };
  }

  /** Puts an account for one test. */
  async put(account: ExtensionAccount, finish: Finish): Promise<ExtensionAccount> {
    finish(() => this.switch.removeAccount(account.trunkId));
    await this.switch.putAccount(account);
    return account;
  }

  async registered(account: ExtensionAccount, finish: Finish): Promise<ExtensionAccount> {
    await this.put(account, finish);
    await this.events.registered(account.trunkId);
    return account;
  }

  async peer(finish: Finish, options: SipPeerOptions = {}): Promise<SipPeer> {
    const peer = await SipPeer.open(options);
    finish(() => peer.close());
    return peer;
  }

  /** A phone at the real PBX. */
  async phone(extension: string, finish: Finish, options: Partial<SipPhoneOptions> = {}): Promise<SipPhone> {
    const phone = await SipPhone.registered({ pbx: this.pbx, extension, ...options });
    finish(() => phone.close());
    return phone;
  }

  /** A call from a scripted peer that rings at us. */
  async ringing(finish: Finish, options: RingingOptions = {}): Promise<Ringing> {
    const { peer, account } = options.account
      ? await this.#ownHouse(finish, options.account)
      : await this.house();
    const call = await peer.call(account.extension, options.call);
    finish(() => call.hangUp());
    const channel = await this.events.offered(account.trunkId);
    return { peer, account, call, channel };
  }

  async #ownHouse(
    finish: Finish,
    changes: Partial<ExtensionAccount>,
  ): Promise<{ peer: SipPeer; account: ExtensionAccount }> {
    const peer = await this.peer(finish);
    return { peer, account: await this.registered(this.account(peer, '1000', changes), finish) };
  }

  /** The same, answered, with audio open. */
  async talking(finish: Finish, options: RingingOptions = {}): Promise<Talking> {
    const ringing = await this.ringing(finish, options);
    await this.switch.answer(ringing.channel.channelId);
    await ringing.call.answered();
    return { ...ringing, voice: await this.voice(ringing.channel, finish) };
  }

  /** Our side's audio of an answered call. */
  async voice(channel: LiveChannel, finish: Finish): Promise<AgentVoice> {
    const voice = new AgentVoice(await this.switch.openMedia(channel.channelId));
    finish(() => voice.close());
    return voice;
  }
}

export type RingingOptions = {
  /** an account of its own, changed like this */
  account?: Partial<ExtensionAccount>;
  call?: PeerCallOptions;
};
export type Ringing = { peer: SipPeer; account: ExtensionAccount; call: SipCall; channel: LiveChannel };
export type Talking = Ringing & { voice: AgentVoice };

/** Proves that each side hears the other one, by two tones that nobody else uses. */
export const hearEachOther = async (
  call: SipCall,
  voice: AgentVoice,
  tones: { caller: number; agent: number } = { caller: 500, agent: 900 },
): Promise<void> => {
  void call.rtp.say(toneSource(tones.caller, call.rtp.codec));
  voice.say(tones.agent);
  await Promise.all([voice.ear.hears(tones.caller), call.rtp.ear.hears(tones.agent)]);
};
