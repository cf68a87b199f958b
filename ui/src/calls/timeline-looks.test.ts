/** Whatever can stand in a timeline has a sign and a name. */
import { CircleDot } from 'lucide-react';
import { expect, test } from 'vitest';
import { timelineKinds } from '../../../controller/contract/call.ts';
import { lookOf, toolWords } from './timeline-looks.ts';

test('every kind of the contract has a sign of its own meaning and a name in words', () => {
  for (const kind of timelineKinds) {
    const { icon, name } = lookOf(kind);
    expect(icon, kind).not.toBe(CircleDot);
    expect(name, kind).toMatch(/^[A-Z][a-z]/);
  }
  const names = timelineKinds.map((kind) => lookOf(kind).name);
  expect(new Set(names).size).toBe(names.length);
});

test('a kind that is not known yet is drawn all the same', () => {
  expect(lookOf('something new')).toMatchObject({ icon: CircleDot, name: '' });
});

test('a tool is told in words, one of a bot’s own by its name', () => {
  expect(toolWords('transfer_to_pbx: busy')).toBe('Transfer to an extension: busy');
  expect(toolWords('look_up_order: done')).toBe('look_up_order: done');
});
