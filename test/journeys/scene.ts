/** What the journeys share: Offhook as a process on one switch, a real PBX, a scripted one, and the API's words. */
import type { Agent, AgentInput } from '../../controller/contract/agent.ts';
import type { CallRecord, PastCall, PastCallWithTimeline } from '../../controller/contract/call.ts';
import type { LiveChange } from '../../controller/contract/live.ts';
import type { ExtensionTrunk, ExtensionTrunkInput, Trunk } from '../../controller/contract/trunk.ts';
import type { SwitchKind } from '../../controller/switch/port.ts';
import { Offhook } from '../kit/offhook.ts';
import type { Pbx } from '../kit/pbx.ts';
import { SipPeer } from '../kit/sip-peer.ts';
import { until } from '../kit/until.ts';

export class Scene {
  readonly offhook: Offhook;
  readonly pbx: Pbx;
  /** a PBX that does what the test wants */
  readonly peer: SipPeer;
  /** everything that the live monitor said */
  readonly changes: LiveChange[] = [];
  #names = 0;

  private constructor(offhook: Offhook, pbx: Pbx, peer: SipPeer) {
    this.offhook = offhook;
    this.pbx = pbx;
    this.peer = peer;
  }

  static async set(kind: SwitchKind, pbx: Pbx): Promise<Scene> {
    return Scene.around(await Offhook.started({ switch: kind }), pbx);
  }

  /** Around a controller that runs already. */
  static async around(offhook: Offhook, pbx: Pbx): Promise<Scene> {
    const scene = new Scene(offhook, pbx, await SipPeer.open());
    await scene.offhook.watch((change) => scene.changes.push(change));
    return scene;
  }

  async agent(
    input: Partial<Omit<AgentInput, 'settings'>> & { settings?: Partial<AgentInput['settings']> },
  ): Promise<Agent> {
    return this.offhook.api<Agent>('POST', '/agents', { name: this.#name('Agent'), ...input });
  }

  /** A trunk on the real PBX, password as the PBX has it. */
  async pbxTrunk(input: Partial<ExtensionTrunkInput> & { extension: string }): Promise<ExtensionTrunk> {
    return this.#trunk({ domain: this.pbx.host, port: this.pbx.port, ...input });
  }

  /** A trunk on the scripted PBX; registered there when this resolves. */
  async peerTrunk(input: Partial<ExtensionTrunkInput> & { extension: string }): Promise<ExtensionTrunk> {
    const trunk = await this.#trunk({ domain: this.peer.host, port: this.peer.port, ...input });
    await this.peer.registrationOf(input.extension, 20_000);
    return trunk;
  }

  async #trunk(input: Partial<ExtensionTrunkInput> & { extension: string }): Promise<ExtensionTrunk> {
    return this.offhook.api<ExtensionTrunk>('POST', '/trunks', {
      name: this.#name('Trunk'),
      password: `pw-${input.extension}`,
      ...input,
    });
  }

  /** Waits for a trunk's status line. */
  async status(trunkId: string, text: string, timeoutMs = 40_000): Promise<Trunk> {
    let last = '';
    return until(
      async () => {
        const trunk = await this.offhook.api<Trunk>('GET', `/trunks/${trunkId}`);
        last = trunk.status.text;
        return last === text ? trunk : null;
      },
      { what: `the status "${text}"`, timeoutMs, everyMs: 100 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is "${last}"`, { cause: error });
    });
  }

  /** Waits until the history has the trunk's newest call with an outcome. */
  async outcome(trunkId: string, timeoutMs = 20_000): Promise<PastCall> {
    return until(
      async () => {
        const { items } = await this.offhook.api<{ items: PastCall[] }>('GET', `/calls?trunkId=${trunkId}`);
        return items[0]?.outcome ? items[0] : null;
      },
      { what: 'a call with an outcome in the history', timeoutMs, everyMs: 100 },
    );
  }

  timeline(callId: string): Promise<PastCallWithTimeline> {
    return this.offhook.api<PastCallWithTimeline>('GET', `/calls/${callId}`);
  }

  /** The newest state of the trunk's calls as the live monitor told it. */
  liveCalls(trunkId: string): CallRecord[] {
    const calls = new Map<string, CallRecord>();
    for (const change of this.changes) {
      if (change.type === 'call' && change.call.trunkId === trunkId) calls.set(change.call.id, change.call);
    }
    return [...calls.values()];
  }

  /** What the agent said on a trunk's calls, from the live monitor. */
  agentSaid(trunkId: string): string[] {
    const ids = new Set(this.liveCalls(trunkId).map((call) => call.id));
    return this.changes.flatMap((change) =>
      change.type === 'timeline' && change.entry.kind === 'agent said' && ids.has(change.callId)
        ? [change.entry.text]
        : [],
    );
  }

  /** Hangs up and takes all trunks away, so that a test that failed leaves nothing to the next one. */
  async clear(): Promise<void> {
    await Promise.all(this.peer.calls.map((call) => call.hangUp()));
    const { items } = await this.offhook
      .api<{ items: Trunk[] }>('GET', '/trunks')
      .catch(() => ({ items: [] }));
    for (const trunk of items) await this.offhook.api('DELETE', `/trunks/${trunk.id}`);
  }

  async close(): Promise<void> {
    await this.peer.close();
    await this.offhook.remove();
  }

  #name(what: string): string {
    return `${what} ${++this.#names}`;
  }
}
