import { expect, test } from 'vitest';
import { briefingWords } from './briefing.ts';

test.each([
  [
    { callerName: 'Ann van Dam', callerNumber: '+2782', summary: 'She asks about invoice 12' },
    'Call from Ann van Dam, 2 7 8 2. She asks about invoice 12. Connecting you now.',
  ],
  // a name that is the number again
  [{ callerName: '101', callerNumber: '101' }, 'Call from 1 0 1. Connecting you now.'],
  [{ callerName: '', callerNumber: '' }, 'Call from an unknown number. Connecting you now.'],
  [
    { callerName: 'Zoë', callerNumber: 'anonymous', summary: ' Is it open? ' },
    'Call from Zoë. Is it open? Connecting you now.',
  ],
  // texts of others: one line, of letters and plain signs
  [
    { callerName: 'Al\nB<x>${y}\u0007', callerNumber: '1', summary: '<break time="1h"/>{x}\n' },
    'Call from Al B x y, 1. break time 1h / x. Connecting you now.',
  ],
])('%o', (call, words) => {
  expect(briefingWords(call)).toBe(words);
});

test('it stays short, whatever the agent and the PBX say', () => {
  const long = briefingWords({
    callerName: 'x'.repeat(5000),
    callerNumber: '1'.repeat(500),
    summary: 'y'.repeat(5000),
  });
  expect(long.length).toBeLessThan(500);
});
