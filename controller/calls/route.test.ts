import { expect, test } from 'vitest';
import { type Agent, AgentInput } from '../contract/agent.ts';
import { type CallConfiguration, type CallTrunk, decideRoute, resumeRoute } from './route.ts';

const agentNamed = (name: string): Agent => ({
  ...AgentInput.parse({ name }),
  connection: null,
  id: name,
  createdAt: '2026-11-22T00:00:00.000Z',
});
const trunk: CallTrunk = {
  id: 't1',
  name: 'Office',
  domain: 'pbx.example.com',
  port: 5060,
  transport: 'udp',
  active: true,
  concurrentCallLimit: 2,
  transferMode: 'refer',
  transferSupport: { refer: null, replaces: null },
  allowAnyExtension: false,
  allowOutsideTransfers: false,
  agentId: 'desk',
};
const configuration = (changes: Partial<CallTrunk> = {}): CallConfiguration => ({
  trunk: (trunkId) => (trunkId === 't1' ? { ...trunk, ...changes } : undefined),
  agent: (agentId) => (['desk', 'sales'].includes(agentId) ? agentNamed(agentId) : undefined),
  agentIdOfNumber: (called) =>
    called === '27872500100' ? 'sales' : called === '27872500199' ? null : undefined,
  walletIsEmpty: () => false,
  directory: () => [],
});
const call = { trunkId: 't1', calledNumber: '1000' };

test("the trunk's agent answers", () => {
  expect(decideRoute(configuration(), call, 0)).toMatchObject({ kind: 'agent', agent: { id: 'desk' } });
});

test("a number's own agent comes before the trunk's", () => {
  const route = decideRoute(configuration(), { ...call, calledNumber: '27872500100' }, 0);
  expect(route).toMatchObject({ kind: 'agent', agent: { id: 'sales' } });
});

test("a number without an agent is answered by the trunk's", () => {
  const route = decideRoute(configuration(), { ...call, calledNumber: '27872500199' }, 0);
  expect(route).toMatchObject({ kind: 'agent', agent: { id: 'desk' } });
});

test.each([
  ['unknown-trunk', {}, { ...call, trunkId: 'other' }, 0],
  ['trunk-inactive', { active: false }, call, 0],
  ['over-limit', {}, call, 2],
  ['no-agent', { agentId: null }, call, 0],
  ['number-not-assigned', { agentId: null }, { ...call, calledNumber: '27872500199' }, 0],
  ['no-agent', { agentId: 'deleted' }, call, 0],
  ['not-encrypted', { mediaEncryption: 'required' }, { ...call, srtpOffer: 'none' }, 0],
  ['only-encrypted', { mediaEncryption: 'off' }, { ...call, srtpOffer: 'only' }, 0],
] as const)('%s', (reason, changes, offered, live) => {
  expect(decideRoute(configuration(changes), offered, live)).toMatchObject({ kind: 'refuse', reason });
});

test('an empty wallet refuses new calls and lets those go on that run', () => {
  const spent = { ...configuration(), walletIsEmpty: () => true };
  expect(decideRoute(spent, call, 0)).toMatchObject({ kind: 'refuse', reason: 'wallet-empty' });
  expect(resumeRoute(spent, call, 'desk')).toMatchObject({ kind: 'agent' });
});

test.each([
  ['required', 'only'],
  ['required', 'too'],
  ['required', undefined],
  ['offered', 'none'],
  ['offered', 'only'],
  ['off', 'too'],
] as const)('encryption that is %s takes an offer of %s', (mediaEncryption, srtpOffer) => {
  const offered = srtpOffer === undefined ? call : { ...call, srtpOffer };
  expect(decideRoute(configuration({ mediaEncryption }), offered, 0).kind).toBe('agent');
});

test('the limit counts the calls beside this one', () => {
  expect(decideRoute(configuration(), call, 1).kind).toBe('agent');
});

test.each([
  ['a deactivated trunk', { active: false }, 'sales', 'sales'],
  ['a full trunk', { concurrentCallLimit: 1 }, 'sales', 'sales'],
  ['a trunk that lost its agent', { agentId: null }, 'desk', 'desk'],
  ['an agent that was deleted', {}, 'deleted', 'desk'],
  ['a call that nobody wrote down', {}, null, 'desk'],
] as const)('after a restart the agent goes on: %s', (_, changes, had, agentId) => {
  expect(resumeRoute(configuration(changes), call, had)).toMatchObject({
    kind: 'agent',
    agent: { id: agentId },
  });
});

test('after a restart nobody can go on without a trunk, or without any agent', () => {
  const stranger = { ...call, trunkId: 'other' };
  expect(resumeRoute(configuration(), stranger, 'desk')).toMatchObject({ reason: 'unknown-trunk' });
  const agentless = configuration({ agentId: null });
  expect(resumeRoute(agentless, call, 'deleted')).toMatchObject({ reason: 'no-agent' });
});
