/** Calls as the history and the live monitor show them. */
import { z } from 'zod';
/** What became of a transfer, in the product's words. */
export type TransferResult =
  | 'transferred'
  | 'busy'
  | 'no answer'
  | 'declined'
  | 'not permitted'
  | 'no such extension'
  | 'PBX silent'
  | 'caller gone';

/** bridged: the caller talks to the target of a transfer, through Offhook */
export const callStates = ['ringing', 'talking', 'transferring', 'bridged', 'ended'] as const;
export type CallState = (typeof callStates)[number];

/** Who would have to change something for the call to end otherwise; `none` for calls that went as they should. */
export const Fault = z.enum(['none', 'caller', 'pbx', 'agent', 'offhook', 'configuration']);
export type Fault = z.infer<typeof Fault>;

/** One line of a call's timeline. `data` has facts for a machine; `text` is for people. */
export type TimelineEntry = {
  at: string;
  kind: TimelineKind;
  text: string;
  data?: Record<string, string | number | boolean>;
};
export const timelineKinds = [
  'offered',
  'refused',
  'agent ready',
  'answered',
  'agent said',
  'caller said',
  'dtmf',
  'interrupted',
  'transfer started',
  'transfer result',
  'agent failed',
  'agent lost',
  'agent back',
  'agent quiet',
  'tool',
  'announcement',
  'audio',
  'recording',
  'taken over',
  'handed back',
  'adopted',
  'ended',
] as const;
export type TimelineKind = (typeof timelineKinds)[number];

export type CallRecord = {
  id: string;
  trunkId: string;
  trunkName: string;
  agentId: string | null;
  agentName: string | null;
  callerNumber: string;
  callerName: string;
  calledNumber: string;
  sipCallId: string;
  state: CallState;
  offeredAt: string;
  answeredAt: string | null;
  endedAt: string | null;
  /** in words, such as `Caller hung up` or `Transferred to 215 Sarah`; null while the call lives */
  outcome: string | null;
  fault: Fault | null;
  transferredTo: string | null;
  /** made by Validate, or from the browser: it counts against no limit and costs nothing */
  isTest: boolean;
  /** the person who talks to the caller in the agent's place; only of a call that stands */
  takenOverBy?: string;
};

/** A call as the history keeps it: when its trunk was deleted, the names stay. */
export type PastCall = Omit<CallRecord, 'trunkId'> & { trunkId: string | null };
export type PastCallWithTimeline = PastCall & {
  timeline: TimelineEntry[];
  /** what happened and what to look at; null when nothing went wrong that anybody could mend */
  advice: { cause: string; check: string } | null;
};
