/** Diagnostics of a trunk or a number: how it is, what happened in the last 24 hours, and what to do about it. */
import type { Fault } from './call.ts';
import type { Advice } from './problems.ts';
import type { TransferSupport, TrunkStatus } from './trunk.ts';

export type DiagnosticsHealth = {
  /** who answers; `check` is empty when it is as it should be */
  assignment: { ok: boolean; text: string; check: string };
  /** the registration, or what stands for it on a SIP trunk, in the words of the trunk's status */
  registration: TrunkStatus;
  /** never guessed: `why` says from what it is known, or why it is not */
  credentialsValid: { value: 'yes' | 'no' | 'unknown'; why: string };
  lastCall: DiagnosedCall | null;
  transfers: TransferSupport;
};

export type DiagnosedCall = {
  callId: string;
  at: string;
  callerNumber: string;
  calledNumber: string;
  /** friendly, such as `Caller hung up`; `Under way` for a call that stands */
  outcome: string;
  fault: Fault | null;
  isTest: boolean;
  /** null when there is nothing to do */
  advice: Advice | null;
};

export type DiagnosedError = Advice & {
  at: string;
  source: 'call' | 'agent' | 'registration' | 'switch';
  text: string;
  callId: string | null;
};

export type Diagnostics = {
  trunkId: string;
  /** null for a trunk's */
  numberId: string | null;
  health: DiagnosticsHealth;
  /** the last 10 in 24 hours, latest first */
  calls: DiagnosedCall[];
  /** the last 5 in 24 hours, latest first */
  errors: DiagnosedError[];
};
