/** What the tests of bots share: one trunk on a scripted PBX, an agent for each test, calls to it, and its history. */
import type { AgentInput } from '../../controller/contract/agent.ts';
import type { PastCallWithTimeline } from '../../controller/contract/call.ts';
import type { Trunk } from '../../controller/contract/trunk.ts';
import type { Scene } from '../journeys/scene.ts';
import type { BotServer } from '../kit/bot-server.ts';
import type { SipCall } from '../kit/sip-call.ts';
import type { PeerCallOptions } from '../kit/sip-peer.ts';
import { until } from '../kit/until.ts';

/** What a journey has: the scene, the trunk's stage, and the bot's server, which is closed after each test. */
export type BotJourney = { scene: Scene; stage: BotStage; server: BotServer };

/** As it is entered. */
export type BotAgent = {
  kind: AgentInput['kind'];
  connection: { kind: AgentInput['kind']; url: string } & Record<string, unknown>;
  firstMessage?: string;
  settings?: Partial<AgentInput['settings']>;
};

export class BotStage {
  readonly scene: Scene;
  readonly trunk: Trunk;
  readonly #extension: string;

  private constructor(scene: Scene, trunk: Trunk, extension: string) {
    this.scene = scene;
    this.trunk = trunk;
    this.#extension = extension;
  }

  static async set(scene: Scene, extension = '2100'): Promise<BotStage> {
    const trunk = await scene.peerTrunk({ extension });
    const stage = new BotStage(scene, trunk, extension);
    await stage.entry({ ext: '215', name: 'Sarah Connor', department: 'Sales' });
    await stage.entry({ ext: '216', name: 'Sarah Jones', department: 'Accounts' });
    await stage.entry({ ext: '300', name: 'Tom Baker', department: 'Billing' });
    return stage;
  }

  async entry(entry: { ext: string; name: string; department: string }): Promise<void> {
    await this.scene.offhook.api('POST', `/trunks/${this.trunk.id}/extensions`, entry);
  }

  /** Makes the agent answer the trunk. */
  async agent(agent: BotAgent): Promise<string> {
    const { id } = await this.scene.agent(agent as Parameters<Scene['agent']>[0]);
    await this.scene.offhook.api('PATCH', `/trunks/${this.trunk.id}`, { agentId: id });
    return id;
  }

  /** A call to the trunk that rings, or more. */
  call(options: PeerCallOptions = {}): Promise<SipCall> {
    return this.scene.peer.call(this.#extension, options);
  }

  /** The newest call of the trunk, over, with everything that happened in it. */
  async past(call: SipCall): Promise<PastCallWithTimeline> {
    const { offhook } = this.scene;
    return until(
      async () => {
        const { items } = await offhook.api<{
          items: { id: string; sipCallId: string; outcome: string | null }[];
        }>('GET', `/calls?trunkId=${this.trunk.id}`);
        const own = items.find(({ sipCallId }) => sipCallId === call.callId);
        return own?.outcome ? this.scene.timeline(own.id) : null;
      },
      { what: 'the outcome in the history', timeoutMs: 20_000, everyMs: 100 },
    );
  }

  /** Ends every call of a test. */
  async hangUp(): Promise<void> {
    await Promise.all(this.scene.peer.calls.map((call) => call.hangUp()));
  }
}
