/**
 * Every sentence that the controller says and a screen shows, by lists. A translation has the same lists and the same
 * names (`Translation` in translate.ts): the compiler holds it complete.
 */
import { agentFailure, botFailure, outcome, refusal, transferResult } from './call.ts';
import { callCause, callCheck } from './call-advice.ts';
import { credentialsWhy, diagnosed } from './diagnostics.ts';
import { fieldFault, inputFault } from './field.ts';
import {
  botTrouble,
  botTroubleBefore,
  noticeTrouble,
  recordingTrouble,
  timelineLine,
  toolResult,
} from './timeline.ts';
import {
  day,
  elapsed,
  failureAdvice,
  failureReason,
  pbxRejected,
  rejectionAdvice,
  rejectionEvent,
  sipTrunkAdvice,
  switchEvent,
  trunkStatus,
} from './trunk-status.ts';
import {
  calledPlace,
  testCallFailed,
  validationCheck,
  validationFound,
  validationInstruction,
} from './validation.ts';

export const english = {
  trunkStatus,
  failureReason,
  failureAdvice,
  sipTrunkAdvice,
  pbxRejected,
  rejectionEvent,
  rejectionAdvice,
  switchEvent,
  elapsed,
  day,
  outcome,
  refusal,
  agentFailure,
  botFailure,
  transferResult,
  callCause,
  callCheck,
  timelineLine,
  botTrouble,
  botTroubleBefore,
  noticeTrouble,
  recordingTrouble,
  toolResult,
  diagnosed,
  credentialsWhy,
  fieldFault,
  inputFault,
  validationFound,
  testCallFailed,
  validationCheck,
  validationInstruction,
  calledPlace,
} as const;

export type ListName = keyof typeof english;

/** Lists of what is said only as a part of another sentence. */
export const parts: ReadonlySet<ListName> = new Set([
  'failureReason',
  'elapsed',
  'day',
  'refusal',
  'agentFailure',
  'botFailure',
  'transferResult',
  'botTrouble',
  'botTroubleBefore',
  'noticeTrouble',
  'recordingTrouble',
  'toolResult',
  'testCallFailed',
  'calledPlace',
]);
