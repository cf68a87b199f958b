import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pseudo } from '../contract/texts/test-language.ts';
import { translator } from '../contract/texts/translate.ts';
import type { RegistrationFailureKind, RegistrationState, TlsProblem } from '../switch/port.ts';
import { retryDelayMs } from './retry.ts';
import { connecting, inactive, nextStatus } from './status.ts';

const subject = { extension: '1000', domain: 'pbx.example.com', port: 5060, transport: 'udp' } as const;
const at = new Date('2026-11-22T10:00:00Z');
const failed = (kind: RegistrationFailureKind, sipStatus: number | null = null): RegistrationState => ({
  phase: 'failed',
  failure: { kind, sipStatus, detail: 'said' },
});

test.each([
  [{ phase: 'registered' } as const, 'Registered as ext 1000'],
  [failed('authentication', 401), 'Failed — Authentication required'],
  [failed('forbidden', 403), 'Failed — Forbidden (403)'],
  [failed('unknown-extension', 404), 'Failed — Unknown extension (404)'],
  [failed('no-answer'), 'Failed — No answer from the PBX'],
  [failed('refused'), 'Failed — Connection refused'],
  [failed('name-not-found'), 'Failed — Name not found'],
  [failed('other', 500), 'Failed — The PBX answered 500'],
  [{ phase: 'trying' } as const, 'Connecting'],
])('from Connecting, %o reads %s', (report, text) => {
  const status = nextStatus(connecting(at), report, subject, at);
  expect(status.text).toBe(text);
  if (status.state === 'failed') expect(status.check.length).toBeGreaterThan(20);
});

test('a failure stays until registered, whatever attempts come between', () => {
  const failing = nextStatus(connecting(at), failed('authentication'), subject, at);
  expect(nextStatus(failing, { phase: 'trying' }, subject, at)).toBe(failing);
  expect(nextStatus(failing, failed('authentication'), subject, at)).toBe(failing);
  expect(nextStatus(failing, { phase: 'registered' }, subject, at).state).toBe('registered');
});

test('a lost registration reads Connecting, a deactivated trunk stays Inactive', () => {
  const registered = nextStatus(connecting(at), { phase: 'registered' }, subject, at);
  expect(nextStatus(registered, { phase: 'trying' }, subject, at)).toBe(registered);
  expect(nextStatus(registered, { phase: 'unregistered' }, subject, at).text).toBe('Connecting');
  expect(nextStatus(inactive(at), { phase: 'registered' }, subject, at).text).toBe('Inactive');
});

test('each failure can be said in another language', () => {
  const translate = translator(pseudo);
  const tls: TlsProblem[] = [
    { problem: 'expired', on: '2026-05-03T00:00:00Z' },
    { problem: 'not-yet-valid', from: '2026-12-24T00:00:00Z' },
    { problem: 'wrong-name', names: ['other.example.com'] },
    { problem: 'wrong-name', names: [] },
    { problem: 'unknown-authority', selfSigned: true, issuer: '' },
    { problem: 'unknown-authority', selfSigned: false, issuer: '' },
    { problem: 'unknown-authority', selfSigned: false, issuer: 'Acme' },
    { problem: 'no-tls' },
    { problem: 'handshake', detail: 'said' },
  ];
  const kinds = [
    'authentication',
    'forbidden',
    'unknown-extension',
    'no-answer',
    'refused',
    'name-not-found',
    'configuration',
    'other',
  ] as const;
  const reports = [
    ...kinds.flatMap((kind) => [failed(kind), failed(kind, 500)]),
    ...tls.map(
      (problem): RegistrationState => ({
        phase: 'failed',
        failure: { kind: 'tls', sipStatus: null, detail: '', tls: problem },
      }),
    ),
  ];
  for (const report of reports) {
    const { text, check } = nextStatus(connecting(at), report, subject, at);
    expect(translate(text), text).not.toMatch(/Failed|certificate|PBX|[a-z] (?:not|of|no)/);
    expect(translate(check), check).not.toMatch(/Check|PBX/);
  }
});

test('what a PBX said is shown without control characters and not at any length', () => {
  const hostile = nextStatus(
    connecting(at),
    {
      phase: 'failed',
      failure: { kind: 'other', sipStatus: null, detail: `\u001b[2J\n${'x'.repeat(5000)}` },
    },
    subject,
    at,
  );
  expect(hostile.check).toMatch(/^[\x20-\x7e]{1,260}$/);
});

test('waits grow, stay within their bounds, and differ from trunk to trunk', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, random) => {
        const wait = retryDelayMs(failures, random, false);
        expect(wait).toBeGreaterThanOrEqual(1500);
        expect(wait).toBeLessThanOrEqual(150_000);
        expect(retryDelayMs(failures + 1, random, false)).toBeGreaterThanOrEqual(wait);
      },
    ),
  );
  expect(retryDelayMs(1, 0, true)).toBeGreaterThan(retryDelayMs(3, 0.99, false));
});
