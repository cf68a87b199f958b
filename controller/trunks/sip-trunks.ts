/**
 * Keeps the switch's SIP trunks as the configuration wants them, and their statuses for the screens. The switch registers
 * PBXes by itself; this pushes accounts, takes old passwords away when their time is over, and survives either side's
 * restart: what the switch already holds is left alone. A deactivated trunk stays in the switch, which registers its PBX
 * no more and lets its calls come as far as being refused by name.
 */
import { isAllowed } from '../contract/allowed-address.ts';
import type { PbxRegistration as ShownRegistration, TrunkStatus } from '../contract/trunk.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Switch, SwitchEvent, TrunkAccount } from '../switch/port.ts';
import { activeUntil, noSigns, type PbxSigns, sipTrunkStatus } from './sip-trunk-status.ts';
import { inactive } from './status.ts';

/** A SIP trunk as far as registering goes. */
export type RegistrarTrunk = Omit<TrunkAccount, 'passwords' | 'active'> & {
  password: string;
  /** the one before, right until then */
  oldPassword: { password: string; until: string } | null;
  /** PBX SIP Domain and its port */
  pbx: NonNullable<TrunkAccount['pbx']>;
  active: boolean;
};

type Entry = {
  trunk: RegistrarTrunk;
  signs: PbxSigns;
  status: TrunkStatus;
  /** the next moment at which time alone changes something */
  timer: NodeJS.Timeout | null;
  /** pushes of one trunk go one after the other */
  work: Promise<void>;
};

/** setTimeout takes no more than 2^31 - 1 ms, and an account that the switch did not take is tried again */
const longestTimerMs = 86_400_000;
const tryAgainMs = 30_000;

export class SipTrunks {
  readonly #switch: Pick<Switch, 'putTrunk' | 'removeTrunk' | 'trunks' | 'linked'>;
  readonly #log: Logger;
  readonly #onStatus: (trunkId: string, status: TrunkStatus) => void;
  readonly #now: () => Date;
  readonly #entries = new Map<string, Entry>();
  #stopped = false;

  constructor(options: {
    switch: Pick<Switch, 'putTrunk' | 'removeTrunk' | 'trunks' | 'linked'>;
    log: Logger;
    onStatus: (trunkId: string, status: TrunkStatus) => void;
    now?: () => Date;
  }) {
    this.#switch = options.switch;
    this.#log = options.log;
    this.#onStatus = options.onStatus;
    this.#now = options.now ?? (() => new Date());
  }

  /** As it is at this moment: its words count seconds. `Inactive` for one that was never applied. */
  status(trunkId: string): TrunkStatus {
    const entry = this.#entries.get(trunkId);
    return entry ? this.#statusOf(entry) : inactive(this.#now());
  }

  registration(trunkId: string): ShownRegistration | null {
    const registration = this.#entries.get(trunkId)?.signs.registration ?? null;
    return registration && { ...registration, expiresAt: registration.expiresAt.toISOString() };
  }

  /** Takes a new or changed trunk. The status is right at once; the switch follows. */
  apply(trunk: RegistrarTrunk): void {
    const known = this.#entries.get(trunk.trunkId);
    if (known && JSON.stringify(known.trunk) === JSON.stringify(trunk)) return;
    const signs = known && trunk.active ? { ...known.signs, fault: null } : noSigns;
    const entry: Entry = known ?? {
      trunk,
      signs,
      status: inactive(this.#now()),
      timer: null,
      work: Promise.resolve(),
    };
    entry.trunk = trunk;
    entry.signs = signs;
    this.#entries.set(trunk.trunkId, entry);
    this.#show(entry);
    this.#push(entry);
  }

  /** Forgets a trunk; its PBX may neither register nor call any more. */
  remove(trunkId: string): void {
    const entry = this.#entries.get(trunkId);
    if (!entry) return;
    this.#clearTimer(entry);
    this.#entries.delete(trunkId);
    entry.trunk = { ...entry.trunk, active: false };
    this.#push(entry);
  }

  /** The switch is connected: it gets everything, and loses what nobody configured. */
  linkUp(): void {
    for (const entry of this.#entries.values()) this.#push(entry);
    void this.#sweep();
  }

  /** What an earlier controller has seen: for a PBX that never registers there is no other sign. */
  remember(lastCalls: ReadonlyMap<string, Date>): void {
    for (const [trunkId, lastCallAt] of lastCalls)
      if (this.#entries.get(trunkId)?.signs.lastCallAt === null) this.#sign(trunkId, { lastCallAt });
  }

  /** A call came in from the PBX of a trunk. */
  called(trunkId: string): void {
    this.#sign(trunkId, { lastCallAt: this.#now() });
  }

  /** An OPTIONS came in, from whomever. It counts for a trunk to which the address belongs. */
  heardOptions(sourceAddress: string): void {
    for (const [trunkId, { trunk, signs }] of this.#entries) {
      if (!trunk.active || trunk.authentication === 'credentials') continue;
      // a second is enough: PBXes send one a minute, and others what they like
      if (signs.lastOptionsAt && this.#now().getTime() - signs.lastOptionsAt.getTime() < 1000) continue;
      if (isAllowed(sourceAddress, trunk.allowedAddresses))
        this.#sign(trunkId, { lastOptionsAt: this.#now() });
    }
  }

  handle(
    event: Extract<SwitchEvent, { type: 'pbx-registered' | 'pbx-unregistered' | 'pbx-rejected' }>,
  ): void {
    switch (event.type) {
      case 'pbx-registered': {
        const { rejection } = this.#entries.get(event.trunkId)?.signs ?? noSigns;
        const isMended = rejection?.sourceAddress === event.registration.sourceAddress;
        this.#sign(event.trunkId, {
          registration: event.registration,
          ended: null,
          ...(isMended ? { rejection: null } : {}),
        });
        return;
      }
      case 'pbx-unregistered':
        this.#sign(event.trunkId, {
          registration: null,
          ended: { reason: event.reason, at: this.#now() },
        });
        return;
      case 'pbx-rejected': {
        const rejection = {
          reason: event.reason,
          sourceAddress: event.sourceAddress,
          at: this.#now(),
        };
        if (event.trunkId !== null) this.#sign(event.trunkId, { rejection });
        else
          for (const [trunkId, { trunk }] of this.#entries)
            if (isItsOwn(trunk, event.sourceAddress)) this.#sign(trunkId, { rejection });
      }
    }
  }

  /** Ends the timers. Registrations stay in the switch. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const entry of this.#entries.values()) this.#clearTimer(entry);
    await Promise.allSettled([...this.#entries.values()].map((entry) => entry.work));
  }

  #sign(trunkId: string, signs: Partial<PbxSigns>): void {
    const entry = this.#entries.get(trunkId);
    if (!entry?.trunk.active) return;
    entry.signs = { ...entry.signs, ...signs };
    this.#show(entry);
    this.#plan(entry);
  }

  #statusOf({ trunk, signs, status }: Entry): TrunkStatus {
    const isOverTls = trunk.transport === 'tls';
    return sipTrunkStatus({ isActive: trunk.active, isOverTls, signs, before: status, now: this.#now() });
  }

  #show(entry: Entry): void {
    const status = this.#statusOf(entry);
    const isNews = status.text !== entry.status.text || status.check !== entry.status.check;
    entry.status = status;
    if (isNews) this.#onStatus(entry.trunk.trunkId, status);
  }

  #push(entry: Entry): void {
    const { trunk } = entry;
    const work = (): Promise<void> =>
      this.#entries.get(trunk.trunkId) === entry
        ? this.#switch.putTrunk(this.#accountOf(trunk))
        : this.#switch.removeTrunk(trunk.trunkId);
    entry.work = entry.work
      .then(async () => {
        // what has changed since is pushed right behind; while the switch is away, `linkUp` pushes everything
        if (!this.#switch.linked || entry.trunk !== trunk) return;
        await work();
        if (entry.signs.fault !== null) this.#sign(trunk.trunkId, { fault: null });
      })
      .catch((error: unknown) => {
        this.#log.error(
          { trunkId: trunk.trunkId, reason: messageOf(error) },
          'the switch did not take a SIP trunk',
        );
        if (this.#entries.get(trunk.trunkId) === entry)
          this.#sign(trunk.trunkId, { fault: messageOf(error) });
      });
    this.#plan(entry);
  }

  /** An old password whose time is over is not right any more, whether or not the switch has heard of it yet. */
  #accountOf(trunk: RegistrarTrunk): TrunkAccount {
    const { active, password, oldPassword, ...account } = trunk;
    const isOldRight = oldPassword !== null && Date.parse(oldPassword.until) > this.#now().getTime();
    const passwords: TrunkAccount['passwords'] = isOldRight ? [password, oldPassword.password] : [password];
    return { ...account, passwords, ...(active ? {} : { active }) };
  }

  /** Wakes up when time alone changes something: an old password's end, a sign that no longer counts. */
  #plan(entry: Entry): void {
    this.#clearTimer(entry);
    if (this.#stopped || !entry.trunk.active || this.#entries.get(entry.trunk.trunkId) !== entry) return;
    const nowMs = this.#now().getTime();
    const { oldPassword } = entry.trunk;
    const oldEndsMs = oldPassword === null ? 0 : Date.parse(oldPassword.until);
    const moments = [
      oldEndsMs,
      activeUntil(entry.signs)?.getTime() ?? 0,
      entry.signs.fault === null ? 0 : nowMs + tryAgainMs,
    ].filter((moment) => moment > nowMs);
    if (moments.length === 0) return;
    const waitMs = Math.min(longestTimerMs, Math.min(...moments) - nowMs + 1);
    entry.timer = setTimeout(() => {
      entry.timer = null;
      // the switch says when a registration ends; one that it forgot to speak of has ended too
      const { registration } = entry.signs;
      if (registration && registration.expiresAt.getTime() <= this.#now().getTime())
        entry.signs = {
          ...entry.signs,
          registration: null,
          ended: { reason: 'expired', at: registration.expiresAt },
        };
      this.#show(entry);
      const isOldOver = oldEndsMs > nowMs && oldEndsMs <= this.#now().getTime();
      if (isOldOver || entry.signs.fault !== null) this.#push(entry);
      else this.#plan(entry);
    }, waitMs);
  }

  #clearTimer(entry: Entry): void {
    if (entry.timer) clearTimeout(entry.timer);
    entry.timer = null;
  }

  /** Takes away what an earlier configuration, or somebody else, left behind. */
  async #sweep(): Promise<void> {
    try {
      for (const trunkId of await this.#switch.trunks()) {
        if (this.#entries.has(trunkId) || !this.#switch.linked) continue;
        this.#log.warn({ trunkId }, 'drift: the switch has a SIP trunk that no trunk is; it is taken away');
        await this.#switch.removeTrunk(trunkId);
      }
    } catch (error) {
      this.#log.warn({ reason: messageOf(error) }, 'the SIP trunks of the switch could not be compared');
    }
  }
}

/** Whether an address is known to be this trunk's PBX. */
const isItsOwn = (trunk: RegistrarTrunk, address: string): boolean =>
  trunk.active &&
  (trunk.pbx.domain === address ||
    trunk.pbx.domain === `[${address}]` ||
    (trunk.authentication !== 'credentials' && isAllowed(address, trunk.allowedAddresses)));
