/**
 * The live monitor's messages over socket.io. A client gets a `snapshot`, then a `change` for each later number, one by
 * one. A number that is not the last one plus one is a gap: the client emits `resync` and gets a new snapshot. One may
 * also come unasked, to a client that was too slow for the changes.
 */
import type { CallRecord, TimelineEntry } from './call.ts';
import type { TrunkStatus } from './trunk.ts';
import type { Validation } from './validation.ts';

export type LiveTrunk = { id: string; name: string; status: TrunkStatus };

/** A call that stands, with the latest of what happened and what was said. `GET /calls/:callId` has all of it. */
export type LiveCall = CallRecord & { timeline: TimelineEntry[] };

/** What Offhook needs in order to work, each part with its state in words. */
export type SystemPart = { ready: boolean; text: string };
export type SystemState = {
  switch: SystemPart;
  database: SystemPart;
  speech: SystemPart;
  disk: SystemPart;
  /** says which agents do not come up; their fallbacks take their calls, so calls can be taken all the same */
  agents: SystemPart;
  /** our own TLS certificate; a bad one keeps TLS from working and nothing else */
  certificate?: SystemPart;
};

export type LiveState = { system: SystemState; trunks: LiveTrunk[]; calls: LiveCall[] };

export type LiveChange =
  | { type: 'system'; system: SystemState }
  /** something was configured: a trunk with its directory and numbers, or (null) anything. What shows it asks again. */
  | { type: 'configuration'; trunkId: string | null }
  /** new or changed */
  | { type: 'trunk'; trunk: LiveTrunk }
  | { type: 'trunk removed'; trunkId: string }
  /** a validation goes on: each point as it is now */
  | { type: 'validation'; validation: Validation }
  /** new or changed. An ended call comes once more, with its outcome, and is then in no later snapshot. */
  | { type: 'call'; call: CallRecord }
  /** one more line: transcript, key, transfer … */
  | { type: 'timeline'; callId: string; entry: TimelineEntry };

/** `number`: that of the last change that is already in it. */
export type LiveSnapshot = LiveState & { number: number };
export type NumberedChange = { number: number; change: LiveChange };

/** How loud both sides of the watched call are: decibels under full scale, 0 the loudest, `quietestDb` for silence. */
export type LiveLevels = { callId: string; callerDb: number; agentDb: number };
export const quietestDb = -90;

export type ServerToClientEvents = {
  snapshot: (snapshot: LiveSnapshot) => void;
  change: (change: NumberedChange) => void;
  /** ten times a second, of the call that this client watches; left out when it cannot take it at once */
  levels: (levels: LiveLevels) => void;
};
export type ClientToServerEvents = {
  resync: () => void;
  /** whose levels are wanted, in place of the one before; null: nobody's */
  watch: (callId: string | null) => void;
};
