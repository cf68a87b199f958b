/**
 * The outcomes of calls by what they have in common: what the history can be asked for. An outcome is a sentence with a
 * name or a code in it (`calls/outcome.ts`), and belongs to the kind whose beginning it has. Pure.
 */
import { z } from 'zod';

export const OutcomeKind = z.enum([
  'transferred',
  'transfer failed',
  'caller hung up',
  'agent hung up',
  'ended by us',
  'no answer',
  'refused',
  'agent failed',
  'cut off',
]);
export type OutcomeKind = z.infer<typeof OutcomeKind>;

export const outcomeBeginnings: Readonly<Record<OutcomeKind, readonly string[]>> = {
  transferred: ['Transferred to '],
  'transfer failed': ['Transfer to '],
  'caller hung up': ['Caller hung up'],
  'agent hung up': ['Agent hung up'],
  'ended by us': ['Hung up from the monitor', 'Ended after silence', 'Ended at the maximum duration'],
  'no answer': ['No answer'],
  refused: ['Refused: '],
  'agent failed': ['Agent failed', 'Reached us, agent '],
  'cut off': [
    'Lost with the switch',
    'Connection to the PBX lost',
    'Ended after a restart',
    'Ended before it was answered',
    'Ended by ',
  ],
};
