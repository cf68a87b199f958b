/** Each step is ticked by what it is about, in whatever order. */
import { expect, test } from 'vitest';
import { doneSteps } from './progress.ts';

const status = {
  state: 'registered',
  text: 'Registered as ext 1000',
  check: '',
  since: '',
  nextAttemptAt: null,
} as const;
const nothing = { trunks: [], hasNumberWithAgent: false, hasDirectory: false, calls: [] };
const done = (seen: Parameters<typeof doneSteps>[0]): string => [...doneSteps(seen)].join(' ');

test('an empty Offhook has everything before it', () => {
  expect(done(nothing)).toBe('');
});

test('a trunk is connected before it is registered, and answered by its own agent or a number’s', () => {
  const trunk = { id: 'one', agentId: null, status: { ...status, state: 'failed' as const } };
  expect(done({ ...nothing, trunks: [trunk] })).toBe('connect');
  expect(done({ ...nothing, trunks: [{ ...trunk, status, agentId: 'a' }] })).toBe('connect registered agent');
  expect(done({ ...nothing, trunks: [trunk], hasNumberWithAgent: true })).toBe('connect agent');
});

test('a test call of Validate is not the first call', () => {
  const call = { answeredAt: '2026-01-01', transferredTo: '215', isTest: true };
  expect(done({ ...nothing, calls: [call] })).toBe('');
  expect(done({ ...nothing, calls: [{ ...call, isTest: false }] })).toBe('call transfer');
});
