/** What waits for the database is written once, in order, the newest of it when it was too much. */
import { expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { WrittenLater } from './written-later.ts';

const opened = () => {
  const table: number[] = [];
  const faults = { write: false, prune: false };
  let pruned = 0;
  const rows = new WrittenLater<number>({
    what: 'numbers',
    write: async (some) => {
      if (faults.write) throw new Error('away');
      table.push(...some);
    },
    prune: async () => {
      pruned += 1;
      if (faults.prune) throw new Error('away');
    },
    pruneEveryMs: 1000,
    mostWaiting: 3,
    now: () => 0,
    log: silentLog(),
  });
  return { rows, table, faults, pruned: () => pruned };
};

test('a database that is away gets the newest when it is back', async () => {
  const { rows, table, faults } = opened();
  faults.write = true;
  for (const row of [1, 2, 3, 4]) rows.add(row);
  await rows.close();
  rows.add(5);
  faults.write = false;
  await rows.close();
  expect(table).toEqual([3, 4, 5]);
});

test('what was written is not written again because the old could not be removed; that is not asked all the time', async () => {
  const { rows, table, faults, pruned } = opened();
  faults.prune = true;
  rows.add(1);
  await rows.close();
  rows.add(2);
  await rows.close();
  expect(table).toEqual([1, 2]);
  expect(pruned()).toBe(1);
});
