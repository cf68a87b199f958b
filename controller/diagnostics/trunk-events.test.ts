import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { TrunkStatus } from '../contract/trunk.ts';
import type { Database } from '../db/database.ts';
import { newTestTrunk, useTestDatabase } from '../db/test-database.ts';
import { TrunkEventStore } from '../db/trunk-event-store.ts';
import { silentLog } from '../log.ts';
import { TrunkEvents } from './trunk-events.ts';

let database: Database;
useTestDatabase((opened) => {
  database = opened;
});

const failed = (text: string): TrunkStatus => ({
  state: 'failed',
  text,
  check: 'Look at it.',
  since: '',
  nextAttemptAt: null,
});
const registered: TrunkStatus = { ...failed('Registered as ext 1000'), state: 'registered', check: '' };

test('the same failure is told once an hour, a new one and one after a success at once; of no other trunk', async () => {
  const [trunkId, otherId] = [await newTestTrunk(database, '1000'), await newTestTrunk(database, '1001')];
  const store = new TrunkEventStore({ database });
  const startMs = Date.now() - 12 * 3_600_000;
  let nowMs = startMs;
  const events = new TrunkEvents({ store, log: silentLog(), now: () => nowMs });
  for (const [afterMinutes, status] of [
    [0, failed('Failed — Connection refused')],
    [10, failed('Failed — Connection refused')],
    [20, failed('Failed — Authentication required')],
    [30, registered],
    [31, failed('Failed — Authentication required')],
    [32, failed('Failed — Authentication required')],
    [120, failed('Failed — Authentication required')],
  ] as const) {
    nowMs = startMs + afterMinutes * 60_000;
    events.status(trunkId, status);
  }
  events.status(otherId, failed('Failed — Name not found'));
  events.status(randomUUID(), failed('Failed — of a trunk that is gone'));
  events.switchDown('it is only starting', 'x');
  events.rejected(otherId, 'wrong-password');
  events.switchUp();
  events.switchDown('read ECONNRESET\u0000', 'Look at /readyz.');
  await events.close();
  const found = await store.list(trunkId, new Date(startMs - 1), 20);
  expect(found.map(({ kind, text }) => `${kind}: ${text}`).sort()).toEqual([
    'registration: Failed — Authentication required',
    'registration: Failed — Authentication required',
    'registration: Failed — Authentication required',
    'registration: Failed — Connection refused',
    'switch: No connection to the switch: read ECONNRESET ',
  ]);
});

test('a PBX that was refused here is told with what to do', async () => {
  const trunkId = await newTestTrunk(database, '1003');
  const store = new TrunkEventStore({ database });
  const events = new TrunkEvents({ store, log: silentLog() });
  events.rejected(trunkId, 'wrong-password');
  events.rejected(trunkId, 'wrong-password');
  await events.close();
  const found = (await store.list(trunkId, new Date(0), 20)).filter((event) => event.trunkId === trunkId);
  expect(found).toMatchObject([
    {
      text: 'The PBX tried to register with a wrong password',
      check: expect.stringContaining('password') as string,
    },
  ]);
});

test('what is old, and what is more than a hundred of a trunk, goes', async () => {
  const trunkId = await newTestTrunk(database, '1002');
  const store = new TrunkEventStore({ database });
  const nowMs = Date.now();
  await store.add(
    Array.from({ length: 150 }, (_, index) => ({
      trunkId,
      at: new Date(nowMs - index * 1000),
      kind: 'registration' as const,
      text: `Failed ${index}`,
      check: '',
    })),
  );
  await store.add([
    { trunkId, at: new Date(nowMs - 8 * 86_400_000), kind: 'registration', text: 'long ago', check: '' },
  ]);
  await store.prune(new Date(nowMs));
  const left = await store.list(trunkId, new Date(0), 1000);
  expect(left.filter((event) => event.trunkId === trunkId)).toHaveLength(100);
  expect(left[0]?.text).toBe('Failed 0');
});

test('a database that is away is waited for, within bounds', async () => {
  const added: string[] = [];
  let isAway = true;
  const events = new TrunkEvents({
    store: {
      add: async (batch) => {
        if (isAway) throw new Error('away');
        added.push(...batch.map(({ text }) => text));
      },
      prune: async () => undefined,
    },
    log: silentLog(),
  });
  for (let index = 0; index < 2500; index++) events.status('trunk', failed(`Failed ${index}`));
  await events.close();
  expect(added).toEqual([]);
  isAway = false;
  await events.close();
  expect(added).toHaveLength(2000);
  expect(added.at(-1)).toBe('Failed 2499');
});
