import { expect, test } from 'vitest';
import type { PhoneNumberBinding } from '../contract/number.ts';
import { NumberBindings } from './bindings.ts';

let count = 0;
const number = (digits: string, trunkId: string, agentId: string | null): PhoneNumberBinding => ({
  id: `n${(count += 1)}`,
  number: digits,
  label: '',
  trunkId,
  agentId,
  createdAt: '2026-11-22T00:00:00.000Z',
});

test('a number is found in every form that a PBX may send', () => {
  const bindings = new NumberBindings([
    number('27872500100', 't1', 'sales'),
    number('27872500101', 't1', null),
    number('99912345678', 't1', 'lab'),
  ]);
  for (const called of ['27872500100', '+27872500100', '0027872500100', '0872500100', '+27872500100;npdi']) {
    expect(bindings.ofNumber(called, 't1', 'ZA'), called).toBe('sales');
  }
  expect(bindings.ofNumber('0872500100', 't1', null)).toBeUndefined();
  expect(bindings.ofNumber('0872500101', 't1', 'ZA')).toBeNull();
  expect(bindings.ofNumber('+99912345678', 't1', 'ZA')).toBe('lab');
  for (const called of ['1000', '', '+', 'anonymous', '\0', '__proto__', '0872500102']) {
    expect(bindings.ofNumber(called, 't1', 'ZA'), called).toBeUndefined();
  }
});

test('a number of another trunk is none of this one', () => {
  const bindings = new NumberBindings([
    number('27872500100', 't1', 'sales'),
    number('27872500101', 't2', 'desk'),
  ]);
  expect(bindings.ofNumber('0872500101', 't1', 'ZA')).toBeUndefined();
  expect(bindings.ofNumber('0872500101', 't2', 'ZA')).toBe('desk');
  expect(bindings.ofNumber('0872500100', 't2', 'ZA')).toBeUndefined();
});

test('all numbers of a trunk agree, or say nothing', () => {
  const bindings = new NumberBindings([
    number('27872500100', 'one', 'sales'),
    number('27872500101', 'same', 'sales'),
    number('27872500102', 'same', 'sales'),
    number('27872500103', 'different', 'sales'),
    number('27872500104', 'different', 'desk'),
    number('27872500105', 'different', 'desk'),
    number('27872500106', 'partly', 'sales'),
    number('27872500107', 'partly', null),
    number('27872500108', 'partly', 'sales'),
  ]);
  expect(bindings.ofTrunk('one')).toBe('sales');
  expect(bindings.ofTrunk('same')).toBe('sales');
  for (const trunkId of ['different', 'partly', 'without']) expect(bindings.ofTrunk(trunkId)).toBeUndefined();
});
