import { expect, test } from 'vitest';
import { outcomeBeginnings } from '../contract/outcome-kind.ts';
import { pseudo } from '../contract/texts/test-language.ts';
import { translator } from '../contract/texts/translate.ts';
import type { LegEnd } from '../switch/port.ts';
import { type CallFacts, classify, newFacts, refusals } from './outcome.ts';

const translate = translator(pseudo);

const facts = (changes: Partial<CallFacts>): CallFacts => ({
  ...newFacts(),
  answered: true,
  agent: 'running',
  ...changes,
});
const byCaller: LegEnd = { cause: 16, causeText: 'NORMAL_CLEARING', by: 'caller' };
const byUs: LegEnd = { cause: 16, causeText: 'NORMAL_CLEARING', by: 'us' };
const bySwitch = (cause: number): LegEnd => ({ cause, causeText: `CAUSE_${cause}`, by: 'switch' });
const to215 = { ext: '215', name: 'Sarah', callerStillHere: false } as const;

test.each<[string, Partial<CallFacts>, LegEnd | null, string, string]>([
  ['the caller hangs up', {}, byCaller, 'Caller hung up', 'none'],
  ['the caller gives up ringing', { answered: false, agent: 'starting' }, byCaller, 'No answer', 'caller'],
  ['a transfer', { transfer: { ...to215, result: 'transferred' } }, byUs, 'Transferred to 215 Sarah', 'none'],
  [
    'the PBX hangs up a transfer',
    { transfer: { ...to215, result: 'transferred' } },
    byCaller,
    'Transferred to 215 Sarah',
    'none',
  ],
  [
    'a caller lost',
    { transfer: { ...to215, result: 'busy' } },
    byUs,
    'Transfer to 215 Sarah failed: busy',
    'pbx',
  ],
  [
    'a caller who came back',
    { transfer: { ...to215, result: 'declined', callerStillHere: true } },
    byCaller,
    'Caller hung up',
    'none',
  ],
  [
    'gone in transfer',
    { transfer: { ...to215, result: 'caller gone' } },
    byCaller,
    'Caller hung up during the transfer to 215 Sarah',
    'caller',
  ],
  [
    'an answered call that nobody could take up again',
    { cannotResume: 'unknown-trunk' },
    byUs,
    'Ended after a restart: the trunk is not configured',
    'configuration',
  ],
  [
    'over the limit',
    { answered: false, refusal: 'over-limit' },
    byUs,
    'Refused: over the concurrent-call limit',
    'configuration',
  ],
  [
    'no agent up',
    { answered: false, agent: 'never started' },
    byUs,
    'Reached us, agent never started',
    'agent',
  ],
  [
    'no agent up, fallback',
    {
      agent: 'never started',
      transfer: { ext: '100', name: 'Reception', result: 'transferred', callerStillHere: false },
    },
    byUs,
    'Reached us, agent never started; transferred to 100 Reception',
    'agent',
  ],
  ['the agent died', { agent: 'died' }, byUs, 'Agent failed', 'agent'],
  ['the agent hung up', { hungUpBy: 'agent' }, byUs, 'Agent hung up', 'none'],
  ['nobody said anything', { hungUpBy: 'silence' }, byUs, 'Ended after silence', 'none'],
  ['the monitor hung up', { hungUpBy: 'operator' }, byUs, 'Hung up from the monitor', 'none'],
  ['too long', { hungUpBy: 'time limit' }, byUs, 'Ended at the maximum duration', 'configuration'],
  [
    'a line of our own, after kill -9',
    { cutByRestart: true },
    null,
    'Ended by a restart of Offhook',
    'offhook',
  ],
  ['a line of our own, stopped', { cutByRestart: true }, byUs, 'Ended by a restart of Offhook', 'offhook'],
  ['nobody saw the end', {}, null, 'Lost with the switch', 'offhook'],
  [
    'the switch was killed',
    {},
    { cause: 41, causeText: 'x', by: 'unseen' },
    'Lost with the switch',
    'offhook',
  ],
  ['the network', {}, bySwitch(38), 'Connection to the PBX lost (CAUSE_38)', 'pbx'],
  ['the switch', {}, bySwitch(31), 'Ended by the switch (CAUSE_31)', 'offhook'],
  ['park time-out', { answered: false }, bySwitch(41), 'Ended before it was answered (CAUSE_41)', 'offhook'],
])('%s', (_name, changes, end, words, fault) => {
  expect(classify(facts(changes), end)).toMatchObject({ words, fault });
  // it can be said in another language
  expect(translate(words)).not.toMatch(/[A-Z][a-z]+ [a-z]+/);
  // and the history can be asked for it
  const kinds = Object.entries(outcomeBeginnings).filter(([, beginnings]) =>
    beginnings.some((beginning) => words.startsWith(beginning)),
  );
  expect(kinds).toHaveLength(1);
});

test('transferredTo names the extension only of a transfer that went through', () => {
  expect(classify(facts({ transfer: { ...to215, result: 'transferred' } }), byUs).transferredTo).toBe('215');
  expect(classify(facts({ transfer: { ...to215, result: 'busy' } }), byUs).transferredTo).toBeNull();
});

test('every refusal has words of its own', () => {
  const words = Object.values(refusals).map((refusal) => refusal.words);
  expect(new Set(words).size).toBe(words.length);
});
