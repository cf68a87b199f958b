/** Nothing is lost between the figures and what is drawn. */
import { expect, test } from 'vitest';
import { percent, withRest } from './figures.ts';

test('rows that do not fit are one row, with the sum kept', () => {
  const rows = [5, 4, 3, 2, 1].map((value) => ({ name: `n${value}`, value }));
  expect(withRest(rows, 3, 'Others')).toEqual([
    { name: 'n5', value: 5 },
    { name: 'n4', value: 4 },
    { name: 'Others', value: 6 },
  ]);
  expect(withRest(rows, 5, 'Others')).toEqual(rows);
});

test('of nothing there is no share', () => {
  expect(percent(0, 0)).toBe('–');
  expect(percent(1, 2)).toMatch(/^50\s?%$/);
});
