import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrunkStatus } from '../contract/trunk.ts';
import { ExtensionTrunkInput } from '../contract/trunk.ts';
import { type Database, defaultWorkspaceId, openDatabase } from '../db/database.ts';
import { Secrets } from '../db/secrets.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { TrunkEventStore } from '../db/trunk-event-store.ts';
import { TrunkStore } from '../db/trunk-store.ts';
import { silentLog } from '../log.ts';
import { TrunkEvents } from './trunk-events.ts';

let postgres: TestPostgres;
let database: Database;
beforeAll(async () => {
  postgres = await startTestPostgres();
  database = openDatabase({ url: await postgres.createDatabase(), dataDir: tmpdir(), log: silentLog() });
  await database.whenReady();
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

const failed = (text: string): TrunkStatus => ({
  state: 'failed',
  text,
  check: 'Look at it.',
  since: '',
  nextAttemptAt: null,
});
const registered: TrunkStatus = { ...failed('Registered as ext 1000'), state: 'registered', check: '' };

const newTrunk = (extension: string): Promise<string> =>
  new TrunkStore({
    database,
    secrets: new Secrets({ key: Buffer.alloc(32) }),
    workspaceId: defaultWorkspaceId,
  }).create(
    ExtensionTrunkInput.parse({
      name: `Trunk ${extension}`,
      domain: 'pbx.example.com',
      extension,
      password: 'x',
    }),
  );

test('the same failure is told once an hour, a new one and one after a success at once; of no other trunk', async () => {
  const [trunkId, otherId] = [await newTrunk('1000'), await newTrunk('1001')];
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
  const trunkId = await newTrunk('1003');
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
  const trunkId = await newTrunk('1002');
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
