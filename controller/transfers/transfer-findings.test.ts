import { expect, test } from 'vitest';
import type { TransferFinding, TransferMode, TransferSupport } from '../contract/trunk.ts';
import { wayOf } from './hand-over.ts';
import { TransferFindings } from './transfer-findings.ts';

const nothing: TransferSupport = { refer: null, replaces: null };
const no: TransferFinding = { supported: false, sipStatus: 405, at: '2026-11-22T10:00:00.000Z' };
const yes: TransferFinding = { supported: true, sipStatus: null, at: '2026-11-22T10:00:00.000Z' };

test.each<[TransferMode, TransferSupport, TransferMode]>([
  ['refer', nothing, 'refer'],
  ['refer', { refer: yes, replaces: no }, 'refer'],
  ['refer', { refer: no, replaces: null }, 'bridge'],
  ['attended', nothing, 'attended'],
  ['attended', { refer: null, replaces: no }, 'bridge'],
  ['attended', { refer: no, replaces: null }, 'bridge'],
  ['attended', { refer: yes, replaces: yes }, 'attended'],
  ['bridge', { refer: yes, replaces: yes }, 'bridge'],
])('%s with %o is done as %s', (mode, support, way) => {
  expect(wayOf(mode, support, true)).toBe(way);
});

const saved = () => {
  const saves: [string, TransferSupport][] = [];
  const findings = new TransferFindings({ save: (trunkId, support) => saves.push([trunkId, support]) });
  return { saves, findings };
};

test('what is clear is kept at once, what is known already is not written again', () => {
  const { saves, findings } = saved();
  findings.note('a', nothing, 'refer', 501);
  findings.note('a', nothing, 'refer', null);
  findings.note('a', { refer: yes, replaces: null }, 'refer', null);
  findings.note('a', { refer: no, replaces: null }, 'refer', 405);
  expect(saves.map(([, { refer }]) => [refer?.supported, refer?.sipStatus])).toEqual([
    [false, 501],
    [true, null],
  ]);
});

test('603 counts when it comes twice in a row; statuses about the target never do', () => {
  const { saves, findings } = saved();
  for (const status of [603, 486, 404, null, 603]) findings.note('a', nothing, 'replaces', status);
  findings.note('b', nothing, 'replaces', 603);
  expect(saves.map(([trunkId, { replaces }]) => [trunkId, replaces?.supported])).toEqual([['a', true]]);
  findings.note('b', nothing, 'replaces', 603);
  expect(saves.at(-1)).toMatchObject(['b', { replaces: { supported: false, sipStatus: 603 } }]);
});

test('a PBX whose extensions cannot be called gets a REFER, whatever else is known of it', () => {
  const support = { refer: { supported: false, sipStatus: 405, at: '' }, replaces: null };
  for (const mode of ['refer', 'attended', 'bridge'] as const)
    expect(wayOf(mode, support, false)).toBe('refer');
});
