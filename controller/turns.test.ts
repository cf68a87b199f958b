import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns, TurnsByKey } from './turns.ts';

/** Work that says when it begins and ends. */
const told =
  (log: string[], name: string, fails = false) =>
  async (): Promise<string> => {
    log.push(`${name} begins`);
    await nextTurn();
    log.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };

test('one after the other, also behind one that failed; each asker gets its own result', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const results = await Promise.allSettled([
    turns.take(told(log, 'a')),
    turns.take(told(log, 'b', true)),
    turns.take(told(log, 'c')),
  ]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(results).toMatchObject([{ value: 'a' }, { reason: { message: 'b' } }, { value: 'c' }]);
});

test('one key waits for itself, not for another', async () => {
  const turns = new TurnsByKey();
  const log: string[] = [];
  await Promise.allSettled([
    turns.take('x', told(log, 'x1', true)),
    turns.take('y', told(log, 'y1')),
    turns.take('x', told(log, 'x2')),
  ]);
  expect(log.filter((line) => line.startsWith('x'))).toEqual([
    'x1 begins',
    'x1 ends',
    'x2 begins',
    'x2 ends',
  ]);
  expect(log.indexOf('y1 begins')).toBeLessThan(log.indexOf('x1 ends'));
});
