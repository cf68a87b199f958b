import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Statistics, StatisticsQuery } from '../contract/statistics.ts';
import type { TrunkStatus } from '../contract/trunk.ts';
import { type Database, defaultWorkspaceId } from '../db/database.ts';
import { StatisticsStore } from '../db/statistics-store.ts';
import { newTestTrunk, useTestDatabase } from '../db/test-database.ts';
import { TrunkStateStore } from '../db/trunk-state-store.ts';
import { silentLog } from '../log.ts';
import { TrunkStates } from './trunk-states.ts';

let database: Database;
useTestDatabase((opened) => {
  database = opened;
});

type Call = {
  at: string;
  outcome: string | null;
  fault: string | null;
  agentName?: string;
  transferredTo?: string;
  talkSeconds?: number;
  isTest?: boolean;
  workspaceId?: string;
  results?: (string | null)[];
};
const add = (calls: readonly Call[]): Promise<unknown> =>
  database.run((prisma) =>
    prisma.$transaction(
      calls.map(({ at, talkSeconds, results = [], workspaceId = defaultWorkspaceId, ...rest }) =>
        prisma.call.create({
          data: {
            id: randomUUID(),
            workspaceId,
            trunkName: 'Main',
            channelId: '',
            sipCallId: '',
            callerNumber: '',
            callerName: '',
            calledNumber: '',
            state: 'ended',
            offeredAt: new Date(at),
            answeredAt: talkSeconds === undefined ? null : new Date(at),
            endedAt: new Date(Date.parse(at) + 1000 * (talkSeconds ?? 1)),
            ...rest,
            events: {
              create: results.map((result, seq) => ({
                seq,
                at: new Date(at),
                kind: 'transfer result',
                text: '',
                ...(result === null ? {} : { data: { result } }),
              })),
            },
          },
        }),
      ),
    ),
  );
const read = async (query: { from?: string; to?: string; timeZone?: string }, now?: Date) => {
  const store = new StatisticsStore({ database, workspaceId: defaultWorkspaceId });
  // in the shape that the API answers
  return Statistics.parse(await store.read(StatisticsQuery.parse(query), now));
};

test('calls are counted by outcome, agent, hour and day of the asked zone; other workspaces and test calls are not', async () => {
  const other = randomUUID();
  await database.run((prisma) => prisma.workspace.create({ data: { id: other, name: 'Other' } }));
  const front = { agentName: 'Front desk', talkSeconds: 30 };
  await add([
    {
      ...front,
      at: '2026-03-02T22:30:00Z',
      outcome: 'Transferred to 215 Sarah',
      fault: 'none',
      transferredTo: '215',
      results: ['busy', 'transferred'],
    },
    {
      ...front,
      at: '2026-03-03T08:00:00Z',
      outcome: 'Transferred to 216 Tom (Sales)',
      fault: 'none',
      transferredTo: '216',
      results: ['transferred'],
    },
    {
      ...front,
      at: '2026-03-03T08:10:00Z',
      outcome: 'Transfer to 216 Tom failed: no answer',
      fault: 'pbx',
      results: ['no answer', null],
    },
    { at: '2026-03-03T09:00:00Z', outcome: 'No answer', fault: 'caller' },
    {
      at: '2026-03-03T09:30:00Z',
      outcome: 'Ended before it was answered (Normal Clearing)',
      fault: 'offhook',
    },
    { at: '2026-03-03T09:40:00Z', outcome: null, fault: null, agentName: 'Sales', talkSeconds: 90 },
    {
      ...front,
      at: '2026-03-03T10:00:00Z',
      outcome: 'Caller hung up',
      fault: 'none',
      isTest: true,
      results: ['busy'],
    },
    {
      ...front,
      at: '2026-03-03T10:00:00Z',
      outcome: 'Caller hung up',
      fault: 'none',
      workspaceId: other,
      results: ['busy'],
    },
    { ...front, at: '2026-03-05T00:00:00Z', outcome: 'Caller hung up', fault: 'none' },
  ]);
  const found = await read({
    from: '2026-03-01T00:00:00Z',
    to: '2026-03-05T00:00:00Z',
    timeZone: 'Africa/Johannesburg',
  });
  expect(found.calls).toEqual({ all: 6, answered: 4, transferred: 2, failed: 2, averageSeconds: 45 });
  expect(found.outcomes).toEqual([
    { outcome: 'Transferred', fault: 'none', calls: 2 },
    { outcome: 'Ended before it was answered', fault: 'offhook', calls: 1 },
    { outcome: 'No answer', fault: 'caller', calls: 1 },
    { outcome: 'Transfer failed: no answer', fault: 'pbx', calls: 1 },
  ]);
  expect(found.agents).toEqual([
    { agentId: null, name: 'Front desk', calls: 3, answered: 3, transferred: 2 },
    { agentId: null, name: null, calls: 2, answered: 0, transferred: 0 },
    { agentId: null, name: 'Sales', calls: 1, answered: 1, transferred: 0 },
  ]);
  expect(found.hours.filter(({ calls }) => calls > 0)).toEqual([
    { hour: 0, calls: 1 },
    { hour: 10, calls: 2 },
    { hour: 11, calls: 3 },
  ]);
  expect(found.transfers).toEqual([
    { result: 'transferred', transfers: 2 },
    { result: 'busy', transfers: 1 },
    { result: 'no answer', transfers: 1 },
    { result: null, transfers: 1 },
  ]);
  // 2 March 22:30 UTC is the 3rd in Johannesburg, whose days begin at 22:00 UTC
  expect(found.step).toBe('day');
  expect(found.periods.map(({ at, calls, answered, failed }) => [at, calls, answered, failed])).toEqual([
    ['2026-02-28T22:00:00.000Z', 0, 0, 0],
    ['2026-03-01T22:00:00.000Z', 0, 0, 0],
    ['2026-03-02T22:00:00.000Z', 6, 4, 2],
    ['2026-03-03T22:00:00.000Z', 0, 0, 0],
    ['2026-03-04T22:00:00.000Z', 0, 0, 0],
  ]);
});

test('hours of a day on which the clocks change: 23 or 25 of them, each once', async () => {
  const berlin = async (from: string, to: string) =>
    (await read({ from, to, timeZone: 'Europe/Berlin' })).periods.map(({ at }) => at);
  for (const [from, to, hours] of [
    ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 23],
    ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 25],
  ] as const) {
    const at = await berlin(from, to);
    expect(new Set(at).size, from).toBe(at.length);
    expect(at.length, from).toBe(hours);
  }
});

test('registrations are weighed by time, go on over a restart, and wait for a database that is away', async () => {
  const [one, two] = [await newTestTrunk(database, '1000'), await newTestTrunk(database, '1001')];
  let nowMs = Date.parse('2026-05-01T12:00:00Z');
  let isAway = false;
  const real = new TrunkStateStore({ database });
  const store = {
    last: () => real.last(),
    prune: (now: Date) => real.prune(now),
    add: async (changes: Parameters<TrunkStateStore['add']>[0]) => {
      if (isAway) throw new Error('away');
      await real.add(changes);
    },
  };
  const opened = () => new TrunkStates({ store, log: silentLog(), now: () => nowMs });
  const is = (state: TrunkStatus['state']) => ({ state });
  let states = opened();
  states.status(one, is('registered'));
  states.status(two, is('waiting'));
  nowMs += 6 * 3_600_000;
  states.status(one, is('connecting'));
  states.status(one, is('failed'));
  nowMs += 6 * 3_600_000;
  isAway = true;
  states.status(one, is('registered'));
  states.status(randomUUID(), is('registered'));
  await states.close();
  isAway = false;
  await states.close();
  // another controller finds it as it was
  states = opened();
  nowMs += 3_600_000;
  states.status(one, is('connecting'));
  states.status(one, is('registered'));
  await states.close();
  expect(await database.run((prisma) => prisma.trunkState.count({ where: { trunkId: one } }))).toBe(3);
  const { periods } = await read(
    { from: '2026-04-30T00:00:00Z', to: '2026-05-03T00:00:00Z' },
    new Date('2026-05-02T12:00:00Z'),
  );
  expect(periods.map(({ trunks }) => trunks)).toEqual([
    null,
    // nothing is known of the morning
    { registered: 0.5, failed: 0.5, waiting: 1 },
    { registered: 1, failed: 0, waiting: 1 },
  ]);
  // what held at the oldest time that is kept is not pruned
  await real.prune(new Date('2028-01-01T00:00:00Z'));
  expect(Object.fromEntries(await real.last())).toEqual({ [one]: 'up', [two]: 'waiting' });
  expect(await database.run((prisma) => prisma.trunkState.count())).toBe(2);
});

test('what makes no sense is refused', () => {
  const bad = (query: object) => StatisticsQuery.safeParse(query).success;
  expect(bad({ timeZone: "Europe/Berlin'; DROP TABLE call" })).toBe(false);
  expect(bad({ timeZone: '' })).toBe(false);
  expect(bad({ from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' })).toBe(false);
  expect(bad({ from: '2024-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' })).toBe(false);
  expect(bad({ timeZone: 'America/New_York' })).toBe(true);
});
