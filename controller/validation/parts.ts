/** What a validation needs to know of its trunk, and what it may do. */
import type { Agent } from '../contract/agent.ts';
import type { PastCallWithTimeline, TransferResult } from '../contract/call.ts';
import type { TrunkStatus } from '../contract/trunk.ts';
import type { Pacer } from '../media/pacer.ts';
import type { Switch } from '../switch/port.ts';

/** A trunk as far as this goes. */
export type ValidatedTrunk = {
  id: string;
  active: boolean;
  /** its own extension on the PBX; null for a SIP trunk */
  extension: string | null;
  /** what Offhook calls through the PBX so that it comes back here; or why it cannot, in words */
  testCall: { number: string; callerNumber: string } | { fault: string };
  /** names and numbers that its own calls may come under; '' = without any */
  ownNames: readonly string[];
  numbers: readonly string[];
  enabledExtensions: number;
  agent: Agent | null;
};

export type ValidationParts = {
  switch: Pick<Switch, 'dial' | 'openMedia' | 'hangUp' | 'linked'>;
  pacer: Pacer;
  status: () => TrunkStatus;
  transfer: (callId: string, ext: string) => Promise<{ result: TransferResult; callerStillHere: boolean }>;
  hangUpCall: (callId: string) => void;
  /** a call as the history has it, all that is known by now written down */
  record: (callId: string) => Promise<PastCallWithTimeline | null>;
  /** how long it may take to be written; left out = 10 s */
  recordMs?: number;
};
