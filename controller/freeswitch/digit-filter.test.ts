import { expect, test } from 'vitest';
import { DigitFilter } from './digit-filter.ts';

test.each([
  [
    'messages alone',
    [
      ['5', false, 0],
      ['5', false, 200],
    ],
    [true, true],
  ],
  [
    'tones alone',
    [
      ['5', true, 0],
      ['5', true, 200],
    ],
    [true, true],
  ],
  [
    'tone, then its message',
    [
      ['5', true, 0],
      ['5', false, 150],
      ['6', true, 400],
      ['6', false, 500],
    ],
    [true, false, false, true],
  ],
  [
    'message, then its tone',
    [
      ['5', false, 0],
      ['5', true, 80],
      ['5', false, 300],
      ['5', true, 380],
    ],
    [true, false, true, false],
  ],
  [
    'another digit soon after a tone',
    [
      ['5', true, 0],
      ['6', false, 150],
    ],
    [true, true],
  ],
  [
    'the same digit long after a tone',
    [
      ['5', true, 0],
      ['5', false, 2000],
    ],
    [true, true],
  ],
] as const)('%s', (_, digits, expected) => {
  const filter = new DigitFilter();
  expect(digits.map(([digit, isTone, atMs]) => filter.isNew(digit, isTone, atMs))).toEqual(expected);
});
