/**
 * Keeps the switch's registrations as the configuration wants them, and their statuses for the screens. The switch
 * refreshes a registration by itself; this pushes accounts, tries failed ones again, and survives either side's restart:
 * what the switch already holds is left alone.
 */
import { say } from '../contract/texts/sentence.ts';
import { failureAdvice } from '../contract/texts/trunk-status.ts';
import type { TrunkStatus } from '../contract/trunk.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type ExtensionAccount, type RegistrationState, type Switch, SwitchError } from '../switch/port.ts';
import { retryDelayMs } from './retry.ts';
import { connecting, inactive, nextStatus } from './status.ts';

/** A trunk as far as registering goes. */
export type RegisteringTrunk = ExtensionAccount & { active: boolean };

const isRefusal = (error: unknown): boolean =>
  error instanceof SwitchError && (error.code === 'rejected' || error.code === 'bad-argument');

/** What a registrar keeps contacts by (RFC 3261 10). */
const addressOfRecord = ({ username, domain }: RegisteringTrunk): string =>
  `${username}@${domain.toLowerCase()}`;

type AccountSwitch = Pick<Switch, 'putAccount' | 'removeAccount' | 'keepAccounts' | 'reRegister' | 'linked'>;

type Entry = {
  trunk: RegisteringTrunk;
  status: TrunkStatus;
  failures: number;
  retry: NodeJS.Timeout | null;
  /** pushes of one trunk go one after the other */
  work: Promise<void>;
  /** a push waits already, and takes what is newest when its turn comes */
  pushWaits: boolean;
};

export class Registrations {
  readonly #switch: AccountSwitch;
  readonly #log: Logger;
  readonly #onStatus: (trunkId: string, status: TrunkStatus) => void;
  readonly #random: () => number;
  readonly #entries = new Map<string, Entry>();
  /** of each extension that a trunk is giving up: when the switch has unregistered it */
  readonly #leaving = new Map<string, Promise<void>>();

  constructor(options: {
    switch: AccountSwitch;
    log: Logger;
    onStatus: (trunkId: string, status: TrunkStatus) => void;
    random?: () => number;
  }) {
    this.#switch = options.switch;
    this.#log = options.log;
    this.#onStatus = options.onStatus;
    this.#random = options.random ?? Math.random;
  }

  /** The status of a trunk; `Inactive` for one that was never applied. */
  status(trunkId: string): TrunkStatus {
    return this.#entries.get(trunkId)?.status ?? inactive(new Date());
  }

  /** Takes a new or changed trunk. The status is right at once; the switch follows. */
  apply(trunk: RegisteringTrunk): void {
    const known = this.#entries.get(trunk.trunkId);
    if (known && JSON.stringify(known.trunk) === JSON.stringify(trunk)) return;
    const entry: Entry = known ?? {
      trunk,
      status: inactive(new Date()),
      failures: 0,
      retry: null,
      work: Promise.resolve(),
      pushWaits: false,
    };
    const old = addressOfRecord(entry.trunk);
    entry.trunk = trunk;
    entry.failures = 0;
    this.#entries.set(trunk.trunkId, entry);
    this.#setStatus(entry, trunk.active ? connecting(new Date()) : inactive(new Date()));
    this.#push(entry);
    if (old !== addressOfRecord(trunk)) this.#giveUp(old, entry.work);
  }

  /** Forgets a trunk and unregisters it. */
  remove(trunkId: string): void {
    const entry = this.#entries.get(trunkId);
    if (!entry) return;
    this.#clearRetry(entry);
    this.#entries.delete(trunkId);
    entry.trunk = { ...entry.trunk, active: false };
    this.#push(entry);
    this.#giveUp(addressOfRecord(entry.trunk), entry.work);
  }

  #giveUp(addressOfRecord: string, gone: Promise<void>): void {
    this.#leaving.set(addressOfRecord, gone);
    void gone.then(() => {
      if (this.#leaving.get(addressOfRecord) === gone) this.#leaving.delete(addressOfRecord);
    });
  }

  /** What the Re-register button does: a REGISTER now, and the waits begin anew. */
  async reRegister(trunkId: string): Promise<void> {
    const entry = this.#entries.get(trunkId);
    if (!entry?.trunk.active) return;
    entry.failures = 0;
    this.#clearRetry(entry);
    if (entry.status.state !== 'registered') this.#setStatus(entry, connecting(new Date()));
    // what failed may be the push; an account that the switch holds already is left alone
    this.#push(entry);
    await entry.work;
    if (entry.status.state !== 'failed') await this.#switch.reRegister(trunkId);
  }

  /** The switch is connected and holds `held`: pushes what it lacks, takes away what nobody configured. */
  linkUp(held: ReadonlyMap<string, RegistrationState>): void {
    for (const [trunkId, state] of held) {
      const entry = this.#entries.get(trunkId);
      if (entry?.trunk.active) this.report(trunkId, state);
    }
    const wanted = [...this.#entries.values()].filter(({ trunk }) => trunk.active);
    void this.#keep(new Set(wanted.map(({ trunk }) => trunk.trunkId)));
    for (const entry of this.#entries.values()) {
      // a registration that the switch does not hold any more is not registered, whatever was shown before
      if (entry.trunk.active && !held.has(entry.trunk.trunkId))
        this.#setStatus(entry, connecting(new Date()));
      this.#push(entry);
    }
  }

  async #keep(trunkIds: ReadonlySet<string>): Promise<void> {
    await this.#switch.keepAccounts(trunkIds).catch((error: unknown) => {
      this.#log.error({ reason: messageOf(error) }, 'the accounts of the switch could not be checked');
    });
  }

  linkDown(reason: string): void {
    for (const entry of this.#entries.values()) {
      this.#clearRetry(entry);
      if (entry.status.state === 'connecting') {
        this.#setStatus(
          entry,
          connecting(new Date(), say(failureAdvice.switchUnreachable, { said: reason })),
        );
      }
    }
  }

  /** What the switch says of one registration. */
  report(trunkId: string, state: RegistrationState): void {
    const entry = this.#entries.get(trunkId);
    if (!entry?.trunk.active) return;
    if (state.phase === 'registered') {
      entry.failures = 0;
      this.#clearRetry(entry);
    }
    let status = nextStatus(entry.status, state, entry.trunk, new Date());
    if (state.phase === 'failed' && !entry.retry) {
      const waitMs = this.#retryLater(entry, state.failure.kind === 'authentication');
      status = { ...status, nextAttemptAt: new Date(Date.now() + waitMs).toISOString() };
    }
    if (status !== entry.status) this.#setStatus(entry, status);
  }

  /** Ends the timers. Registrations stay in the switch. */
  async stop(): Promise<void> {
    for (const entry of this.#entries.values()) this.#clearRetry(entry);
    await Promise.allSettled([...this.#entries.values()].map((entry) => entry.work));
  }

  /** Plans the next attempt; in how many milliseconds it is. */
  #retryLater(entry: Entry, wrongPassword: boolean): number {
    entry.failures++;
    const delayMs = retryDelayMs(entry.failures, this.#random(), wrongPassword);
    entry.retry = setTimeout(() => {
      entry.retry = null;
      const { active: _, ...account } = entry.trunk;
      // the push comes first because it may be what failed; an account that the switch holds already is left alone
      this.#enqueue(entry, account.trunkId, async () => {
        await this.#switch.putAccount(account);
        await this.#switch.reRegister(account.trunkId);
      });
    }, delayMs);
    return delayMs;
  }

  #clearRetry(entry: Entry): void {
    if (entry.retry) clearTimeout(entry.retry);
    entry.retry = null;
  }

  /**
   * A PBX keeps one contact of an extension, mostly (RFC 3261 10.3 leaves it to the registrar): the last REGISTERs of the
   * trunk that had it before would take ours away.
   */
  #push(entry: Entry): void {
    const leaving = this.#leaving.get(addressOfRecord(entry.trunk));
    if (entry.pushWaits && !leaving) return;
    entry.pushWaits = true;
    this.#enqueue(entry, entry.trunk.trunkId, async () => {
      // only what was asked for before this one is waited for, so that two trunks that swap extensions cannot lock
      await leaving;
      entry.pushWaits = false;
      const { active, ...account } = entry.trunk;
      return active ? this.#switch.putAccount(account) : this.#switch.removeAccount(account.trunkId);
    });
  }

  /** One thing after the other for each trunk. While the switch is away nothing is sent: `linkUp` pushes everything. */
  #enqueue(entry: Entry | undefined, trunkId: string, work: () => Promise<void>): void {
    const before = entry?.work ?? Promise.resolve();
    const after = before
      .then(() => {
        if (this.#switch.linked) return work();
        if (entry) entry.pushWaits = false;
        return undefined;
      })
      .catch((error: unknown) => {
        this.#log.error({ trunkId, reason: messageOf(error) }, 'the switch did not take a registration');
        if (entry?.trunk.active && this.#entries.get(trunkId) === entry) {
          this.report(trunkId, {
            phase: 'failed',
            failure: {
              kind: isRefusal(error) ? 'configuration' : 'other',
              sipStatus: null,
              detail: messageOf(error),
            },
          });
        }
      });
    if (entry) entry.work = after;
  }

  #setStatus(entry: Entry, status: TrunkStatus): void {
    entry.status = status;
    this.#onStatus(entry.trunk.trunkId, status);
  }
}
