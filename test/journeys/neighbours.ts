/**
 * Trunks that a change of another one must not touch, one of each connection type: registered, and with a call that
 * talks to an echo agent. Says what is noticed in them while something else happens.
 */
import { expect } from 'vitest';
import type { Agent } from '../../controller/contract/agent.ts';
import type { ExtensionTrunk, SipTrunk, SipTrunkWithPassword } from '../../controller/contract/trunk.ts';
import { cpuWaitMs } from '../kit/cpu-wait.ts';
import { frameMs } from '../kit/ear.ts';
import type { Offhook } from '../kit/offhook.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { SipPeer } from '../kit/sip-peer.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';

/** What is done beside them, by name, in this order; may be done again. */
export type Steps = Readonly<Record<string, () => Promise<void>>>;

type Neighbour = {
  what: string;
  trunkId: string;
  tone: number;
  place: () => Promise<SipCall>;
  /** whatever would be another after a new registration */
  registration: () => Promise<unknown>;
};

/** What came of a call in some time. */
type Heard = {
  sent: number;
  missing: number;
  lost: number;
  longestGapMs: number;
  /** how long who has a hand in it waited for a CPU: this process with its phones, the controller, the switch */
  cpuWaitMs: number;
};

const quietFrames = 75;
/** two frames are 40 ms */
const mayMissFrames = 2;
/** a step that is noticed is done so often: what it does by itself, it does each time */
const mostRounds = 3;

export class Neighbours {
  readonly #offhook: Offhook;
  readonly #peer: SipPeer;
  readonly #phone: SipPhone;
  readonly #all: readonly Neighbour[];
  readonly #calls = new Map<Neighbour, SipCall>();

  private constructor(offhook: Offhook, peer: SipPeer, phone: SipPhone, all: readonly Neighbour[]) {
    this.#offhook = offhook;
    this.#peer = peer;
    this.#phone = phone;
    this.#all = all;
  }

  static async beside(offhook: Offhook): Promise<Neighbours> {
    const peer = await SipPeer.open();
    const { id: agentId } = await offhook.api<Agent>('POST', '/agents', { name: 'Echo', kind: 'echo' });
    const at = { domain: peer.host, port: peer.port, agentId };
    const extension = await offhook.api<ExtensionTrunk>('POST', '/trunks', {
      ...at,
      name: 'Neighbour 1000',
      extension: '1000',
      password: 'pw-1000',
    });
    const trunk = await offhook.api<SipTrunkWithPassword>('POST', '/trunks', {
      ...at,
      name: 'Neighbour PBX',
      connectionType: 'sip-trunk',
    });
    const phone = await pbxOf(trunk);
    const status = async (trunkId: string) =>
      (await offhook.api<ExtensionTrunk | SipTrunk>('GET', `/trunks/${trunkId}`)).status;
    await until(async () => (await status(extension.id)).text === 'Registered as ext 1000', {
      what: 'the neighbour to be registered',
      timeoutMs: 30_000,
    });
    await until(async () => (await phone.register()) === 200, {
      what: "the neighbour's PBX to be registered",
    });
    await until(async () => (await status(trunk.id)).text === 'Active', {
      what: 'the neighbour to be active',
    });
    return new Neighbours(offhook, peer, phone, [
      {
        what: 'an extension',
        trunkId: extension.id,
        tone: 440,
        place: () => peer.call('1000'),
        registration: async () => {
          const { callId, contact } = await peer.registrationOf('1000');
          const { text, since } = await status(extension.id);
          return { callId, contact, text, since, attempts: peer.attempts.length };
        },
      },
      {
        what: 'a SIP trunk',
        trunkId: trunk.id,
        tone: 620,
        place: () => phone.call('0872500100'),
        registration: async () => {
          const { registration } = await offhook.api<SipTrunk>('GET', `/trunks/${trunk.id}`);
          const { text, since } = await status(trunk.id);
          return { contact: registration?.contact, text, since };
        },
      },
    ]);
  }

  /** Their calls talk; one that has ended, in a test that failed, is placed anew. */
  async ready(): Promise<void> {
    for (const one of this.#all) {
      if (this.#calls.get(one)?.ending === null) continue;
      const call = await one.place();
      await call.answered();
      this.#calls.set(one, call);
      void call.rtp.say(toneSource(one.tone, call.rtp.codec));
    }
    await this.areHeard();
  }

  async areHeard(): Promise<void> {
    for (const one of this.#all) await this.#callOf(one).rtp.ear.hears(one.tone);
  }

  /** After a restart of the controller: both are registered as they were, and their calls go on. */
  async stand(): Promise<void> {
    for (const { trunkId, what } of this.#all)
      await until(
        async () => {
          const { status } = await this.#offhook.api<ExtensionTrunk | SipTrunk>('GET', `/trunks/${trunkId}`);
          return status.state === 'registered' || status.state === 'active';
        },
        { what: `${what} beside to be registered`, everyMs: 100 },
      );
    for (const one of this.#all) expect(this.#callOf(one).ending).toBeNull();
    await this.areHeard();
  }

  /** Takes every other trunk away: a test that failed has left its own. */
  async alone(): Promise<void> {
    const { items } = await this.#offhook.api<{ items: { id: string }[] }>('GET', '/trunks');
    const others = items.filter(({ id }) => this.#all.every(({ trunkId }) => trunkId !== id));
    for (const { id } of others) await this.#offhook.api('DELETE', `/trunks/${id}`);
  }

  async close(): Promise<void> {
    await this.#phone.close();
    await this.#peer.close();
  }

  /**
   * Nothing that happens in `steps` is noticed in their registrations or calls: no frame lost, none missing beyond two,
   * with `gaps` no longer silence between two of them than in a quiet time just before, and 40 ms. A machine that is
   * short of time misses some anyhow, at one step and at another, so a step counts when it is noticed each time that it
   * is done. `audio: false` where it is so much that the bot, not the switch, may miss a beat; `rounds: 1` where it can
   * be done once only.
   */
  async unnoticed(steps: Steps, { audio = true, gaps = false, rounds = mostRounds } = {}): Promise<void> {
    const before = await this.#registrations();
    let suspects: string[] = Object.keys(steps);
    let complaints: string[] = [];
    for (let round = 0; round < (audio ? rounds : 1) && suspects.length > 0; round += 1) {
      const enough = this.#all.map((one) => this.#callOf(one).rtp.counters.sent + quietFrames);
      const quiet = await this.#heardDuring(() =>
        until(() => this.#all.every((one, at) => this.#callOf(one).rtp.counters.sent >= (enough[at] ?? 0)), {
          what: 'a quiet time to compare with',
        }),
      );
      const noticed: string[] = [];
      complaints = [];
      for (const [name, work] of Object.entries(steps)) {
        const busy = await this.#heardDuring(work);
        const found = this.#all.flatMap((one, at) => complaintsOf(one.what, quiet[at], busy[at], gaps));
        if (found.length > 0 && suspects.includes(name)) noticed.push(name);
        complaints.push(...found.map((complaint) => `${name}: ${complaint}`));
      }
      suspects = noticed;
    }
    if (audio) expect(suspects, complaints.join('\n')).toEqual([]);
    for (const one of this.#all) expect(this.#callOf(one).ending).toBeNull();
    await this.areHeard();
    expect(await this.#registrations()).toEqual(before);
  }

  async #heardDuring(work: () => Promise<unknown>): Promise<Heard[]> {
    const sinceMs = performance.now();
    const waited = await cpuWaitMs([process.pid, this.#offhook.pid, await this.#offhook.switchPid()]);
    const before = this.#all.map((one) => ({ ...this.#callOf(one).rtp.counters }));
    await work();
    const waitedMs = await waited();
    return this.#all.map((one, at) => {
      const { counters, ear } = this.#callOf(one).rtp;
      const { sent = 0, received = 0, lost = 0 } = before[at] ?? {};
      // both sides keep the beat: what went out comes back, but for what is on its way
      const missing = Math.max(0, counters.sent - sent - (counters.received - received));
      return {
        sent: counters.sent - sent,
        missing,
        lost: counters.lost - lost,
        longestGapMs: longestGapMs(
          ear.frames.map(({ atMs }) => atMs),
          sinceMs,
        ),
        cpuWaitMs: waitedMs,
      };
    });
  }

  #registrations(): Promise<unknown[]> {
    return Promise.all(this.#all.map(({ registration }) => registration()));
  }

  #callOf(one: Neighbour): SipCall {
    const call = this.#calls.get(one);
    if (!call) throw new Error(`${one.what} beside has no call`);
    return call;
  }
}

/** A PBX that registers on a SIP trunk, and calls. */
export const pbxOf = (
  trunk: SipTrunk & { password: string | null },
  changes: { username?: string; password?: string } = {},
): Promise<SipPhone> => {
  if (trunk.registrar === null) throw new Error('nobody said where PBXes register');
  return SipPhone.open({
    pbx: trunk.registrar,
    extension: changes.username ?? trunk.username,
    password: changes.password ?? trunk.password ?? '',
  });
};

/** Between two frames, the later of which came since then. */
const longestGapMs = (arrivals: readonly number[], sinceMs: number): number =>
  arrivals.reduce((most, atMs, at) => {
    const beforeMs = arrivals[at - 1];
    return beforeMs === undefined || atMs < sinceMs ? most : Math.max(most, atMs - beforeMs);
  }, 0);

const complaintsOf = (
  whose: string,
  quiet: Heard | undefined,
  busy: Heard | undefined,
  gaps: boolean,
): string[] => {
  if (!quiet || !busy) throw new Error('nothing was measured');
  const usual = (quiet.missing * busy.sent) / quiet.sent;
  const mayLastMs = quiet.longestGapMs + mayMissFrames * frameMs + busy.cpuWaitMs;
  const isGap = gaps && busy.longestGapMs > mayLastMs;
  const isMissing = busy.missing > mayMissFrames + 3 * usual;
  if (!isGap && !isMissing && busy.lost <= quiet.lost) return [];
  return [`${whose} heard ${JSON.stringify(busy)}, in a quiet time ${JSON.stringify(quiet)}`];
};
