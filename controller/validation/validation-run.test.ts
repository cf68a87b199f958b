import { afterAll, expect, test } from 'vitest';
import { LiveCall } from '../calls/live-call.ts';
import { testCallRecord } from '../calls/test-call-record.ts';
import { type Agent, AgentInput } from '../contract/agent.ts';
import type { PastCallWithTimeline, TransferResult } from '../contract/call.ts';
import { pseudo } from '../contract/texts/test-language.ts';
import { translator } from '../contract/texts/translate.ts';
import { ValidationInput, type ValidationPointName } from '../contract/validation.ts';
import { Pacer } from '../media/pacer.ts';
import { exampleChannel as channel } from '../switch/example-port.ts';
import type { DialOrder, DialResult } from '../switch/port.ts';
import type { ValidationParts } from './parts.ts';
import { ValidationReport } from './validation-report.ts';
import { ValidationRun } from './validation-run.ts';

const record = testCallRecord({ id: 'call', trunkId: 't1', state: 'ringing', isTest: true });
const agent: Agent = { ...AgentInput.parse({ name: 'Desk' }), id: 'desk', createdAt: '' } as Agent;

const parts = (
  own: Omit<ValidationParts, 'pacer' | 'recordMs' | 'switch'> & { dial: ValidationParts['switch']['dial'] },
): ValidationParts => ({
  ...own,
  switch: {
    linked: true,
    dial: own.dial,
    openMedia: () => Promise.reject(new Error('no audio is opened here')),
    hangUp: () => Promise.resolve(),
  },
  pacer: new Pacer({ onError: () => undefined }),
  recordMs: 100,
});

const reportOf = (mode: 'call-in' | 'dial'): ValidationReport =>
  new ValidationReport({
    trunkId: 't1',
    mode,
    startedAt: new Date(),
    onChange: ({ instruction, points }) => {
      for (const said of [instruction, ...points.flatMap(({ text, check }) => [text, check])])
        if (said !== '') everythingSaid.add(said);
    },
  });

const everythingSaid = new Set<string>();
afterAll(() => {
  const translate = translator(pseudo);
  expect(everythingSaid.size).toBeGreaterThan(15);
  // each can be said in another language
  for (const said of everythingSaid) expect(translate(said)).not.toBe(said);
});

const trunk = { id: 't1', active: true, numbers: ['27872500100'], enabledExtensions: 1, agent };

/** Somebody calls in, hears the agent, is transferred and hangs up; `found` is what the history then has. */
const callIn = async (
  found: Partial<PastCallWithTimeline> | null,
  result: TransferResult = 'transferred',
): Promise<Map<ValidationPointName, { result: string; text: string; check: string }>> => {
  const call = new LiveCall({
    record: { ...record },
    channel,
    journal: { begin: () => undefined, change: () => undefined, event: () => undefined },
    onChange: () => undefined,
  });
  call.sound = () => ({ spoken: 50, heard: 50 });
  const end = () => call.finish({ cause: 16, causeText: '', by: 'caller' });
  const ownParts = parts({
    dial: () => Promise.reject(new Error('nothing is dialled here')),
    status: () => ({
      state: 'registered',
      text: 'Registered as ext 1000',
      check: '',
      since: '',
      nextAttemptAt: null,
    }),
    transfer: async () => {
      end();
      return { result, callerStillHere: false };
    },
    hangUpCall: end,
    record: async () => (found === null ? null : { ...record, timeline: [], advice: null, ...found }),
  });
  const report = reportOf('call-in');
  const run = new ValidationRun({
    trunk: {
      ...trunk,
      extension: '1000',
      testCall: { number: '1000', callerNumber: '' },
      ownNames: ['1000'],
    },
    input: ValidationInput.parse({ mode: 'call-in', transferTo: '215' }),
    report,
    parts: ownParts,
  });
  const going = run.go();
  while (!run.claim(channel)) await new Promise((resolve) => setTimeout(resolve, 5));
  // a second call is somebody's own
  expect(run.claim({ ...channel, channelId: 'c2' })).toBe(false);
  run.adopt(call);
  await going;
  report.end(new Date());
  return new Map(report.current.points.map((point) => [point.name, point]));
};

const transferred = { outcome: 'Transferred to 215 Sarah', state: 'ended' } as const;
const transferLine = { at: '', kind: 'transfer result', text: '' } as const;

test('a call and a transfer that are in the history pass', async () => {
  const points = await callIn({ ...transferred, timeline: [transferLine] });
  expect([...points.values()].map(({ result }) => result)).toEqual(Array(9).fill('passed'));
});

test.each([
  ['a call that is not in the history', null, 'is not in the history'],
  ['a call whose end is not in the history', { outcome: null }, 'is not in the history'],
  ['a transfer that is not in the history', transferred, 'transfer is not in the history'],
] as const)('%s is told', async (_, found, text) => {
  const point = (await callIn(found)).get('call history');
  expect(point).toMatchObject({ result: 'failed' });
  expect(point?.text).toContain(text);
  expect(point?.check).not.toBe('');
});

test.each(['busy', 'no answer', 'not permitted', 'no such extension', 'PBX silent', 'declined'] as const)(
  'a test transfer that ends as %s says what to do',
  async (result) => {
    const point = (await callIn({ ...transferred, timeline: [transferLine] }, result)).get('test transfer');
    expect(point).toMatchObject({ result: 'failed' });
    expect(point?.text).toContain(result);
    expect(point?.check).toMatch(/\w/);
  },
);

test('of a SIP trunk only our own call is the test call, however its PBX writes the number', async () => {
  let answered: (result: DialResult) => void = () => undefined;
  const dialled: DialOrder[] = [];
  const report = reportOf('dial');
  const run = new ValidationRun({
    trunk: {
      ...trunk,
      extension: null,
      testCall: { number: '+27872500100', callerNumber: '+27872500100' },
      ownNames: ['', 'acme-hq', '27872500100'],
    },
    input: ValidationInput.parse({ mode: 'dial' }),
    report,
    parts: parts({
      dial: (order) => {
        dialled.push(order);
        return new Promise((resolve) => {
          answered = resolve;
        });
      },
      status: () => ({ state: 'active', text: 'Active', check: '', since: '', nextAttemptAt: null }),
      transfer: () => Promise.reject(new Error('nothing is transferred here')),
      hangUpCall: () => undefined,
      record: async () => null,
    }),
  });
  const going = run.go();
  while (dialled.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(dialled[0]).toMatchObject({ number: '+27872500100', callerNumber: '+27872500100' });
  const called = { ...channel, calledNumber: '0872500100' };
  // a customer in the same moment; ourselves, at another number
  expect(run.claim({ ...called, callerNumber: '0821234567' })).toBe(false);
  expect(run.claim({ ...called, callerNumber: '', calledNumber: '0872500199' })).toBe(false);
  expect(run.claim({ ...called, callerNumber: '0872500100' })).toBe(true);
  answered({ result: 'refused', sipStatus: 404 });
  await going;
  expect(report.current.points.find(({ name }) => name === 'route')).toMatchObject({
    result: 'failed',
    text: 'The PBX answered 404 to the call of Offhook to +27872500100.',
  });
});
