import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WalletPatch, WalletTopUp } from '../contract/wallet.ts';
import { type Database, openDatabase, defaultWorkspaceId as ours } from '../db/database.ts';
import { CallHistory } from '../db/history.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { WalletStore } from '../db/wallet-store.ts';
import { createLog } from '../log.ts';
import { WalletBalances } from './balances.ts';
import { microsOf, textOf } from './money.ts';

const log = createLog({ level: 'silent', pretty: false, hidePersonalData: false });
let dataDir: string;
let postgres: TestPostgres;
let database: Database;
let history: CallHistory;
let store: WalletStore;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'offhook-wallet-'));
  postgres = await startTestPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  database = openDatabase({ url: await postgres.createDatabase(), dataDir, log });
  await database.whenReady();
  store = new WalletStore({ database });
  history = new CallHistory({ database, workspaceId: ours, dataDir, log });
  history.start();
  return async () => {
    await history.close();
    await database.close();
  };
});

/** A call of so many seconds that is over; 0 = it was never answered. */
const call = async (seconds: number, options: { isTest?: boolean } = {}): Promise<string> => {
  const id = randomUUID();
  const end = Date.now();
  const answeredAt = seconds === 0 ? null : new Date(end - seconds * 1000).toISOString();
  history.begin({
    id,
    channelId: id,
    trunkId: randomUUID(),
    trunkName: 'PBX',
    agentId: null,
    agentName: null,
    callerNumber: '1',
    callerName: '',
    calledNumber: '1000',
    sipCallId: id,
    state: 'ringing',
    offeredAt: new Date(end - 60_000).toISOString(),
    answeredAt: null,
    endedAt: null,
    outcome: null,
    fault: null,
    transferredTo: null,
    isTest: options.isTest ?? false,
  });
  history.change(id, { state: 'ended', answeredAt, endedAt: new Date(end).toISOString() });
  history.event(id, { at: new Date(end).toISOString(), kind: 'ended', text: 'Caller hung up' });
  await history.flush();
  return id;
};

test('a wallet is off until somebody switches it on, and then calls are charged by the second, once', async () => {
  await call(90);
  expect((await store.read(ours)).wallet).toMatchObject({ state: 'off', balance: '0.00' });
  await store.change(ours, { enabled: true, pricePerMinute: '0.10', lowBalance: '1', currency: 'EUR' });
  await store.topUp(ours, { amount: '5', note: 'first' });
  const id = await call(90);
  expect((await store.read(ours)).wallet).toMatchObject({
    balance: '4.85',
    state: 'filled',
    currency: 'EUR',
  });
  // what a killed controller writes again costs nothing again
  history.event(id, { at: new Date().toISOString(), kind: 'ended', text: 'Caller hung up' });
  await history.flush();
  // calls that were never answered and test calls are free
  await call(0);
  await call(60, { isTest: true });
  expect((await store.read(ours)).wallet.balance).toBe('4.85');
  expect((await store.entries(ours, { limit: 10 })).items).toMatchObject([
    { kind: 'call', amount: '-0.15', callId: id, seconds: 90 },
    { kind: 'top-up', amount: '5.00', note: 'first', callId: null },
  ]);
});

test('it is low, then empty, then filled again; what is known stays known while the database is away', async () => {
  const balances = new WalletBalances({ store, log });
  await store.change(ours, { enabled: true, pricePerMinute: '1', lowBalance: '2' });
  await store.topUp(ours, { amount: '2.5', note: '' });
  await balances.refresh();
  expect(balances.isEmpty(ours)).toBe(false);
  await call(60);
  expect((await store.read(ours)).wallet.state).toBe('low');
  await call(180); // goes on below nothing: no call is cut
  expect((await store.read(ours)).wallet).toMatchObject({ state: 'empty', balance: '-1.50' });
  await balances.refresh();
  expect(balances.isEmpty(ours)).toBe(true);
  expect(balances.isEmpty(randomUUID())).toBe(false);
  await store.topUp(ours, { amount: '10', note: '' });
  await database.close();
  await balances.refresh();
  expect(balances.isEmpty(ours)).toBe(true);
});

test('amounts are exact and come back as they were written', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }), (micros) => {
      const text = textOf(micros);
      expect(microsOf(text)).toBe(micros);
      expect(text).toMatch(/^-?[0-9]{1,9}\.[0-9]{2,6}$/);
    }),
  );
  expect(textOf(-1n)).toBe('-0.000001');
  expect(textOf(12_500_000n)).toBe('12.50');
});

test.each(['1e3', '', '1.', '.5', '1,5', '-1', '1234567890', '0.1234567', 'NaN'])(
  '%j is no price',
  (text) => {
    expect(WalletPatch.safeParse({ pricePerMinute: text }).success).toBe(false);
  },
);

test('nothing cannot be paid in', () => {
  for (const amount of ['0', '0.00', '-0']) expect(WalletTopUp.safeParse({ amount }).success).toBe(false);
  expect(WalletTopUp.safeParse({ amount: '-3.50' }).success).toBe(true);
});
