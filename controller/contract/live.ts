/**
 * The live monitor's messages over socket.io. A client gets one `snapshot`, then a `change` for each later number, one by
 * one. A number that is not the last one plus one is a gap: the client emits `resync` and gets a new snapshot.
 */
import type { CallRecord, TimelineEntry } from './call.ts';
import type { TrunkStatus } from './trunk.ts';

export type LiveTrunk = { id: string; name: string; status: TrunkStatus };

export type TranscriptLine = { at: string; speaker: 'agent' | 'caller'; text: string };

/** A call that stands, with what was said so far. */
export type LiveCall = CallRecord & { transcript: TranscriptLine[] };

export type LiveState = { trunks: LiveTrunk[]; calls: LiveCall[] };

export type LiveChange =
  /** new or changed */
  | { type: 'trunk'; trunk: LiveTrunk }
  | { type: 'trunk removed'; trunkId: string }
  /** new or changed; ended calls come once more, with their outcome, and are then no longer part of a snapshot */
  | { type: 'call'; call: CallRecord }
  | { type: 'transcript'; callId: string; line: TranscriptLine }
  | { type: 'timeline'; callId: string; entry: TimelineEntry };

/** `number`: that of the last change that is in it already. */
export type LiveSnapshot = LiveState & { number: number };
export type NumberedChange = { number: number; change: LiveChange };

export type ServerToClientEvents = {
  snapshot: (snapshot: LiveSnapshot) => void;
  change: (change: NumberedChange) => void;
};
export type ClientToServerEvents = { resync: () => void };
