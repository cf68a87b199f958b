/**
 * What to do about what went wrong: one table for diagnostics, history and screens. A call is known by the words of its
 * outcome (calls/outcome.ts); those of registrations come with their status (trunks/status.ts).
 */
import type { Fault, TransferResult } from './call.ts';
import { callCause, callCheck } from './texts/call-advice.ts';

/** `cause`: what happened, for somebody who runs a PBX; `check`: what he looks at first. */
export type Advice = { cause: string; check: string };

const table: readonly [begins: string, name: keyof typeof callCause][] = [
  ['Refused: over the concurrent-call limit', 'over-limit'],
  ['Refused: the trunk is deactivated', 'trunk-inactive'],
  ['Refused: the trunk is not configured', 'unknown-trunk'],
  ['Refused: the number is not assigned', 'number-not-assigned'],
  ['Refused: no agent is linked', 'no-agent'],
  ['Refused: the wallet is empty', 'wallet-empty'],
  ['Refused:', 'refused'],
  ['Ended after a restart', 'cannotResume'],
  ['Reached us, agent never', 'never started'],
  ['Agent failed', 'died'],
  ['Lost with the switch', 'lost'],
  ['Ended at the maximum duration', 'time limit'],
  ['Connection to the PBX lost', 'pbxLost'],
  ['Ended before it was answered', 'neverAnswered'],
  ['Ended by a restart', 'restart'],
  ['Ended by', 'endedByUs'],
];

const adviceNamed = (name: keyof typeof callCause): Advice => ({
  cause: callCause[name],
  check: callCheck[name],
});

/** What to do about a transfer that did not work. */
export const transferAdviceOf = (result: TransferResult): Advice =>
  adviceNamed(result === 'transferred' || result === 'caller gone' ? 'unknown' : result);

/** null: nothing went wrong that anybody here could mend. */
export const adviceOf = (outcome: string | null, fault: Fault | null): Advice | null => {
  if (outcome === null || fault === null || fault === 'none' || fault === 'caller') return null;
  if (outcome.startsWith('Transfer to'))
    return adviceNamed(failedTransfers.find((result) => outcome.endsWith(`failed: ${result}`)) ?? 'unknown');
  return adviceNamed(table.find(([begins]) => outcome.startsWith(begins))?.[1] ?? 'unknown');
};

const failedTransfers = [
  'busy',
  'no answer',
  'not permitted',
  'no such extension',
  'declined',
  'PBX silent',
] as const satisfies TransferResult[];

export const switchAdvice = adviceNamed('switch');
