/**
 * Which agents come up and which do not, from how their last calls ended. One that does not is no reason to take no
 * calls: its fallback takes them. Knows no bot.
 */
import type { CallRecord } from '../contract/call.ts';

type Seen = { name: string; failuresInARow: number; lastFailure: string };

export class AgentHealth {
  readonly #agents = new Map<string, Seen>();

  callEnded(call: Pick<CallRecord, 'agentId' | 'agentName' | 'fault' | 'outcome'>): void {
    if (call.agentId === null) return;
    const failed = call.fault === 'agent';
    const before = this.#agents.get(call.agentId);
    this.#agents.set(call.agentId, {
      name: call.agentName ?? call.agentId,
      failuresInARow: failed ? (before?.failuresInARow ?? 0) + 1 : 0,
      lastFailure: failed ? (call.outcome ?? '') : (before?.lastFailure ?? ''),
    });
  }

  /** An agent that was deleted is forgotten. */
  forget(agentId: string): void {
    this.#agents.delete(agentId);
  }

  get failing(): number {
    return [...this.#agents.values()].filter(({ failuresInARow }) => failuresInARow > 0).length;
  }

  readiness(): { ready: boolean; text: string } {
    const failing = [...this.#agents.values()].filter(({ failuresInARow }) => failuresInARow > 0);
    if (failing.length === 0) {
      return {
        ready: true,
        text: this.#agents.size === 0 ? 'no calls since the start' : 'answered their last calls',
      };
    }
    const words = failing.map(({ name, failuresInARow, lastFailure }) => {
      const calls = failuresInARow === 1 ? 'its last call' : `its last ${failuresInARow} calls`;
      return `${name} failed in ${calls} (${lastFailure})`;
    });
    return { ready: false, text: words.slice(0, 10).join('; ') };
  }
}
