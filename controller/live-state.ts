/** What the live monitor shows of one workspace: its trunks and calls, and the parts that all share. */

import type { Configuration } from './configuration.ts';
import type { CallRecord, TimelineEntry } from './contract/call.ts';
import type { LiveState, SystemState } from './contract/live.ts';
import type { TrunkStatus } from './contract/trunk.ts';
import type { AudioTap } from './media/audio-tap.ts';
import { createLevelTap, type Levels } from './media/levels.ts';

/**
 * Of each call: the latest. Hundreds of calls with all that was said in hours would hold up every page that comes back, and
 * the audio while it is written; a page goes on from what it has, and asks for the whole by REST.
 */
const snapshotLines = 30;

export const createLiveState = (options: {
  configuration: Configuration;
  statusOf: (trunkId: string) => TrunkStatus;
  liveCalls: {
    list(): readonly {
      workspaceId?: string | null;
      tap?: ((tap: AudioTap) => () => void) | null;
      record: CallRecord;
      timeline: readonly TimelineEntry[];
    }[];
  };
  readiness: () => SystemState;
}) => {
  const { configuration, statusOf, liveCalls, readiness } = options;
  /** Where there are several workspaces, the names of one's agents are not for the others. */
  const forEverybody = (system: SystemState): SystemState =>
    system.agents.ready || !configuration.loaded || configuration.current.workspaces.size < 2
      ? system
      : { ...system, agents: { ready: false, text: 'some agents do not come up' } };
  const snapshot = (workspaceId: string): LiveState => ({
    system: forEverybody(readiness()),
    trunks: configuration.loaded
      ? [...configuration.of(workspaceId).trunks.values()].map(({ id, name }) => ({
          id,
          name,
          status: statusOf(id),
        }))
      : [],
    calls: liveCalls
      .list()
      .filter((call) => configuration.workspaceOfCall(call) === workspaceId)
      .map(({ record, timeline }) => ({ ...record, timeline: timeline.slice(-snapshotLines) })),
  });
  const levels = (callId: string, workspaceId: string, onLevels: (levels: Levels) => void) => {
    const call = liveCalls
      .list()
      .find((one) => one.record.id === callId && configuration.workspaceOfCall(one) === workspaceId);
    return call?.tap?.(createLevelTap(onLevels)) ?? null;
  };
  return { snapshot, forEverybody, levels };
};
