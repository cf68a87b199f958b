import { expect, test } from 'vitest';
import type { PbxRejection } from '../switch/pbx-rejection.ts';
import { activeUntil, noSigns, type PbxSigns, sipTrunkStatus } from './sip-trunk-status.ts';

const now = new Date('2026-11-22T10:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);
const registration = {
  contact: 'sip:acme@192.0.2.9',
  userAgent: 'PBX',
  sourceAddress: '203.0.113.7',
  expiresAt: ago(-60),
};
const statusOf = (signs: Partial<PbxSigns>, isActive = true) =>
  sipTrunkStatus({ isActive, signs: { ...noSigns, ...signs }, before: null, now });

test.each<[string, Partial<PbxSigns>, string]>([
  ['nothing has come', {}, 'Waiting for PBX'],
  ['a registration stands', { registration }, 'Active'],
  ['a registration has run out', { registration: { ...registration, expiresAt: ago(1) } }, 'Waiting for PBX'],
  ['it called in the last hour', { lastCallAt: ago(3590) }, 'Active'],
  ['it called before that', { lastCallAt: ago(3610) }, 'Waiting for PBX'],
  ['it asked whether we live', { lastOptionsAt: ago(170) }, 'Active'],
  ['it asked a while ago', { lastOptionsAt: ago(190) }, 'Waiting for PBX'],
  [
    'it was refused',
    { rejection: { reason: 'wrong-password', sourceAddress: '203.0.113.7', at: ago(20) } },
    'Waiting for PBX',
  ],
])('%s', (_, signs, text) => {
  expect(statusOf(signs).text).toBe(text);
  expect(statusOf(signs, false)).toMatchObject({ text: 'Inactive', check: '' });
});

test('a refusal is told with when and from where, for a quarter of an hour, whatever the status', () => {
  const rejection = { reason: 'wrong-password' as PbxRejection, sourceAddress: '203.0.113.7', at: ago(20) };
  expect(statusOf({ rejection }).check).toMatch(
    /^The PBX tried with a wrong password 20 s ago from 203\.0\.113\.7\. /,
  );
  expect(statusOf({ rejection, registration }).check).toContain('wrong password');
  expect(statusOf({ rejection: { ...rejection, at: ago(901) }, registration }).check).toBe('');
  for (const reason of ['unknown-user', 'address-not-allowed', 'address-of-another'] as const)
    expect(statusOf({ rejection: { ...rejection, reason } }).check).toContain('20 s ago from 203.0.113.7');
  // what a switch says of an address is shown only as far as it can be one
  const hostile = { ...rejection, sourceAddress: '<script>alert(1)</script>' };
  expect(statusOf({ rejection: hostile }).check).not.toMatch(/[<>()]/);
});

test('how a registration ended, and what the switch did not take, stands in the line below', () => {
  expect(statusOf({ ended: { reason: 'expired', at: ago(300) } }).check).toContain('ended 5 min ago');
  expect(statusOf({ ended: { reason: 'taken back', at: ago(30) } }).check).toContain(
    'took its registration back 30 s ago',
  );
  expect(statusOf({ fault: 'no room', registration }).check).toBe(
    'The switch did not take this trunk: no room',
  );
});

test('`since` stays while the state does, and the next moment of change is the last sign’s end', () => {
  const before = sipTrunkStatus({ isActive: true, signs: noSigns, before: null, now: ago(100) });
  expect(sipTrunkStatus({ isActive: true, signs: noSigns, before, now }).since).toBe(before.since);
  const active = sipTrunkStatus({ isActive: true, signs: { ...noSigns, registration }, before, now });
  expect(active.since).toBe(now.toISOString());
  expect(activeUntil(noSigns)).toBeNull();
  expect(activeUntil({ ...noSigns, registration, lastOptionsAt: ago(0) })).toEqual(ago(-180));
});

test('a PBX over TLS from which nothing has come may not trust our certificate; no switch tells', () => {
  const of = (signs: Partial<PbxSigns>) =>
    sipTrunkStatus({ isActive: true, isOverTls: true, signs: { ...noSigns, ...signs }, before: null, now });
  expect(of({}).check).toMatch(/Nothing has come.*does not trust Offhook’s certificate/);
  expect(of({ registration }).check).toBe('');
  expect(statusOf({}).check).not.toContain('certificate');
  const rejection = { reason: 'without-tls' as PbxRejection, sourceAddress: '203.0.113.7', at: ago(20) };
  const { check } = of({ rejection });
  expect(check).toMatch(/came without TLS 20 s ago from 203\.0\.113\.7, and this trunk takes TLS only/);
  expect(check).not.toContain('certificate');
  expect(statusOf({ rejection: { ...rejection, reason: 'over-tls' } }).check).toMatch(
    /came over TLS 20 s ago/,
  );
});
