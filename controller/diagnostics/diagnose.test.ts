import { describe, expect, it } from 'vitest';
import { testCallRecord } from '../calls/test-call-record.ts';
import type { PastCall } from '../contract/call.ts';
import { adviceOf } from '../contract/problems.ts';
import type { TrunkStatus } from '../contract/trunk.ts';
import { credentialsOf, diagnose, type Findings } from './diagnose.ts';

const status = (state: TrunkStatus['state'], text = '', check = ''): TrunkStatus => ({
  state,
  text,
  check,
  since: '2026-11-22T10:00:00.000Z',
  nextAttemptAt: null,
});
const call = (minute: number, changes: Partial<PastCall>): PastCall => {
  const at = `2026-11-22T10:${String(minute).padStart(2, '0')}`;
  return {
    ...testCallRecord({ id: `call-${minute}`, state: 'ended', offeredAt: `${at}:00.000Z` }),
    trunkId: 'trunk',
    endedAt: `${at}:30.000Z`,
    outcome: 'Caller hung up',
    fault: 'none',
    ...changes,
  };
};
const findings = (changes: Partial<Findings> = {}): Findings => ({
  trunk: {
    id: 'trunk',
    agentId: 'desk',
    active: true,
    transferSupport: { refer: null, replaces: null },
  },
  number: null,
  status: status('registered', 'Registered as ext 1000'),
  isRegisteredHere: false,
  agentName: (agentId) => (agentId === 'desk' ? 'Desk' : null),
  lastCall: null,
  faultyCalls: [],
  calls: [],
  events: [],
  ...changes,
});

describe('credentials', () => {
  it.each([
    ['yes', status('registered', 'Registered as ext 1000'), false],
    ['no', status('failed', 'Failed — Authentication required'), false],
    ['unknown', status('failed', 'Failed — No answer from the PBX'), false],
    ['unknown', status('failed', 'Failed — Forbidden (403)'), false],
    ['unknown', status('connecting', 'Connecting'), false],
    ['unknown', status('inactive', 'Inactive'), false],
    ['yes', status('active', 'Active'), true],
    ['unknown', status('active', 'Active'), false],
    // registered with the old password until it expires, and refused since
    ['no', status('active', 'Active', 'The PBX tried with a wrong password 5 s ago from x.'), true],
    [
      'no',
      status('waiting', 'Waiting for PBX', 'The PBX tried with a wrong password 5 s ago from x.'),
      false,
    ],
    ['unknown', status('waiting', 'Waiting for PBX'), false],
  ] as const)('%s for %o', (value, trunkStatus, isRegisteredHere) => {
    const credentials = credentialsOf(trunkStatus, isRegisteredHere);
    expect(credentials.value).toBe(value);
    expect(credentials.why).toMatch(/\w/);
  });
});

describe('what went wrong', () => {
  it('comes from calls, agents, registrations and the switch, the latest first, at most five', () => {
    const report = diagnose(
      findings({
        calls: [call(50, {})],
        faultyCalls: [
          call(40, { outcome: 'Refused: no agent is linked to the trunk', fault: 'configuration' }),
          call(30, { outcome: 'Reached us, agent never started', fault: 'agent' }),
          call(20, { outcome: 'Transfer to 215 Sarah failed: busy', fault: 'pbx' }),
          call(10, { outcome: 'No answer', fault: 'caller' }),
          call(5, { outcome: 'Lost with the switch', fault: 'offhook' }),
          call(4, { outcome: 'Lost with the switch', fault: 'offhook' }),
        ],
        events: [
          {
            trunkId: 'trunk',
            at: new Date('2026-11-22T10:35:00Z'),
            kind: 'registration',
            text: 'Failed — Authentication required',
            check: 'Enter the password again.',
          },
          {
            trunkId: null,
            at: new Date('2026-11-22T10:45:00Z'),
            kind: 'switch',
            text: 'No connection to the switch: refused',
            check: 'Look at /readyz.',
          },
        ],
      }),
    );
    expect(report.errors.map(({ source, callId }) => [source, callId])).toEqual([
      ['switch', null],
      ['call', 'call-40'],
      ['registration', null],
      ['agent', 'call-30'],
      ['call', 'call-20'],
    ]);
    for (const { cause, check } of report.errors) expect([cause, check]).not.toContain('');
  });

  it('shows ten calls, with friendly outcomes also for those that stand', () => {
    const calls = Array.from({ length: 14 }, (_, index) => call(50 - index, {}));
    const report = diagnose(findings({ calls: [call(55, { outcome: null, fault: null }), ...calls] }));
    expect(report.calls).toHaveLength(10);
    expect(report.calls.map(({ outcome }) => outcome).slice(0, 2)).toEqual(['Under way', 'Caller hung up']);
    expect(report.calls.every(({ advice }) => advice === null)).toBe(true);
  });
});

describe('assignment', () => {
  const number = {
    id: 'n',
    number: '27872500100',
    label: '',
    trunkId: 'trunk',
    agentId: null,
    createdAt: '',
  };
  it.each([
    ['a trunk with its agent', {}, true, 'Answered by Desk'],
    ["a number with the trunk's agent", { number }, true, "Answered by the trunk's agent Desk"],
    ['a number with its own', { number: { ...number, agentId: 'desk' } }, true, 'Answered by Desk'],
    ['a number whose agent is gone', { number: { ...number, agentId: 'gone' } }, false, 'Neither the number'],
    ['a trunk without', { trunk: { ...findings().trunk, agentId: null } }, false, 'No agent is linked'],
    [
      'a deactivated trunk',
      { trunk: { ...findings().trunk, active: false } },
      false,
      'The trunk is deactivated',
    ],
  ] as const)('%s', (_, changes, ok, text) => {
    const { assignment } = diagnose(findings(changes)).health;
    expect(assignment.ok).toBe(ok);
    expect(assignment.text).toContain(text);
    expect(assignment.check === '').toBe(ok);
  });
});

it('every outcome that is somebody’s fault has a cause and a check', () => {
  for (const outcome of [
    'Refused: over the concurrent-call limit',
    'Refused: something new',
    'Reached us, agent never spoke',
    'Agent failed: its bot refused the connection; transferred to 215',
    'Transfer to 215 failed: not permitted',
    'Transfer to 215 failed: something new',
    'Connection to the PBX lost (MEDIA_TIMEOUT)',
    'Ended by Offhook (NORMAL_CLEARING)',
    'Something that nobody has thought of',
  ]) {
    const advice = adviceOf(outcome, 'pbx');
    expect(advice?.cause, outcome).toMatch(/\.$/);
    expect(advice?.check, outcome).toMatch(/\.$/);
  }
  expect(adviceOf('Caller hung up', 'none')).toBeNull();
  expect(adviceOf('No answer', 'caller')).toBeNull();
  expect(adviceOf(null, null)).toBeNull();
});
