/** The view follows the monitor's numbers and never shows a state with a hole in it. */
import { expect, test } from 'vitest';
import type { CallRecord } from '../call.ts';
import type { LiveChange, LiveSnapshot } from '../live.ts';
import { applyChanges, emptyView, fromSnapshot } from './live-view.ts';

const part = { ready: true, text: 'ready' };
const call: CallRecord = {
  id: 'one',
  trunkId: 'trunk',
  trunkName: 'Office',
  agentId: null,
  agentName: null,
  callerNumber: '101',
  callerName: '',
  calledNumber: '1000',
  sipCallId: 'x',
  state: 'ringing',
  offeredAt: '2026-01-01T00:00:00.000Z',
  answeredAt: null,
  endedAt: null,
  outcome: null,
  fault: null,
  transferredTo: null,
  isTest: false,
};
const snapshot: LiveSnapshot = {
  number: 7,
  system: { switch: part, database: part, speech: part, disk: part, agents: part },
  trunks: [],
  calls: [],
};
const numbered = (from: number, ...changes: LiveChange[]) =>
  changes.map((change, index) => ({ number: from + index, change }));
const line = (text: string): LiveChange => ({
  type: 'timeline',
  callId: 'one',
  entry: { at: '', kind: 'agent said', text },
});

test('changes in order make the state, an ended call moves to the ended ones', () => {
  const start = fromSnapshot(snapshot, emptyView);
  const during = applyChanges(start, numbered(8, { type: 'call', call }, line('hello'), line('bye')));
  expect(during?.calls.get('one')?.timeline.map(({ text }) => text)).toEqual(['hello', 'bye']);
  expect(start.calls.size).toBe(0);
  const after =
    during &&
    applyChanges(during, numbered(11, { type: 'call', call: { ...call, outcome: 'Caller hung up' } }));
  expect(after?.calls.size).toBe(0);
  expect(after?.ended.map(({ outcome, timeline }) => [outcome, timeline.length])).toEqual([
    ['Caller hung up', 2],
  ]);
});

test('a change that is in the snapshot already is passed over', () => {
  const start = applyChanges(
    fromSnapshot(snapshot, emptyView),
    numbered(8, { type: 'call', call }, line('once')),
  );
  const again = start && applyChanges(start, numbered(9, line('once')));
  expect(again?.calls.get('one')?.timeline).toHaveLength(1);
});

test('a missing number asks for a snapshot', () => {
  expect(applyChanges(fromSnapshot(snapshot, emptyView), numbered(9, line('late')))).toBeNull();
});

test('after a snapshot what is configured has to be asked for again', () => {
  const before = fromSnapshot(snapshot, emptyView).configurations;
  expect(fromSnapshot(snapshot, { ...emptyView, configurations: before }).configurations).toBe(before + 1);
});

test('a snapshot goes on from what is known; where lines are missing between, it begins anew', () => {
  const entry = (text: string) => ({ at: text, kind: 'agent said', text }) as const;
  const withLines = (...texts: string[]): LiveSnapshot => ({
    ...snapshot,
    calls: [{ ...call, timeline: texts.map(entry) }],
  });
  const before = fromSnapshot(withLines('a', 'b', 'c', 'c'), emptyView);
  const linesOf = (next: LiveSnapshot) => fromSnapshot(next, before).calls.get('one')?.timeline ?? [];
  const told = (next: LiveSnapshot) => linesOf(next).map(({ text }) => text);
  expect(told(withLines('c', 'c', 'd'))).toEqual(['a', 'b', 'c', 'c', 'd']);
  expect(told(withLines('b', 'c', 'c'))).toEqual(['a', 'b', 'c', 'c']);
  expect(told(withLines('c', 'd'))).toEqual(['a', 'b', 'c', 'c', 'd']);
  expect(told(withLines('x', 'y'))).toEqual(['x', 'y']);
  expect(told(withLines())).toEqual([]);
  // the same objects, which a screen need not draw again
  expect(linesOf(withLines('c', 'c', 'd'))[3]).toBe(before.calls.get('one')?.timeline[3]);
});
