import { randomUUID } from 'node:crypto';
import { appendFileSync, chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { testCallRecord } from '../calls/test-call-record.ts';
import { silentLog } from '../log.ts';
import { CallStore } from './call-store.ts';
import { type Database, defaultWorkspaceId, openDatabase } from './database.ts';
import { CallHistory, type NewCall } from './history.ts';
import { startTestPostgres, type TestPostgres } from './test-postgres.ts';
import { until } from './test-process.ts';

let postgres: TestPostgres;
const databases: Database[] = [];
const histories: CallHistory[] = [];
const folders: string[] = [];
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(async () => {
  for (const history of histories) await history.close(100);
  for (const database of databases) await database.close();
  await postgres.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const workspaceId = defaultWorkspaceId;
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-history-'));
  folders.push(folder);
  return folder;
}
function open(url: string): Database {
  const database = openDatabase({
    url,
    dataDir: tmpdir(),
    log: silentLog(),
    timing: { firstRetryMs: 20, longestRetryMs: 50 },
  });
  databases.push(database);
  return database;
}
function write(database: Database, dataDir = newFolder(), memoryEntries?: number): CallHistory {
  const history = new CallHistory({
    database,
    workspaceId,
    dataDir,
    log: silentLog(),
    ...(memoryEntries === undefined ? {} : { memoryEntries }),
  });
  histories.push(history);
  history.start();
  return history;
}
const filesIn = (dataDir: string): string[] => {
  try {
    return readdirSync(join(dataDir, 'history'));
  } catch {
    return [];
  }
};
const newCall = (more: Partial<NewCall> = {}): NewCall => ({
  ...testCallRecord({ state: 'ringing', offeredAt: new Date().toISOString() }),
  channelId: 'channel',
  ...more,
});
const at = '2026-11-22T10:00:00.000Z';
/** A whole call with `lines` spoken lines. */
function tell(history: CallHistory, lines: number, more: Partial<NewCall> = {}): string {
  const call = newCall(more);
  history.begin(call);
  history.change(call.id, { state: 'talking', answeredAt: at });
  for (let n = 0; n < lines; n++) history.event(call.id, { at, kind: 'caller said', text: `line ${n}` });
  history.change(call.id, { state: 'ended', endedAt: at, outcome: 'Caller hung up', fault: 'none' });
  return call.id;
}
const linesOf = async (store: CallStore, callId: string) =>
  (await store.find(callId))?.timeline.map(({ text }) => text);
const expectedLines = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`);

test('a call is kept with its timeline in order, and lists page by page', async () => {
  const database = open(await postgres.createDatabase());
  const history = write(database);
  const store = new CallStore({ database, workspaceId });
  const ids = Array.from({ length: 7 }, (_, n) =>
    // two at the same moment: the id decides
    tell(history, n, { offeredAt: new Date(Date.UTC(2026, 0, 1, 0, Math.floor(n / 2))).toISOString() }),
  );
  const last = newCall({ offeredAt: '2026-02-01T00:00:00.000Z' });
  history.begin(last);
  history.event(last.id, { at, kind: 'dtmf', text: 'pressed 5', data: { digit: '5', nth: 1, first: true } });
  expect(await history.flush()).toBe(true);
  expect(history.pending).toBe(0);

  for (const [n, id] of ids.entries()) expect(await linesOf(store, id)).toEqual(expectedLines(n));
  const { channelId, trunkId, ...shown } = last;
  expect([channelId, typeof trunkId]).toEqual(['channel', 'string']);
  expect(await store.find(last.id)).toEqual({
    ...shown,
    advice: null,
    trunkId: null, // there is no such trunk any more
    timeline: [{ at, kind: 'dtmf', text: 'pressed 5', data: { digit: '5', nth: 1, first: true } }],
  });
  expect(await store.find('nowhere')).toBeNull();
  expect(await history.openCalls()).toEqual([
    {
      id: last.id,
      channelId: 'channel',
      offeredAt: last.offeredAt,
      answeredAt: null,
      agentId: null,
      agentName: null,
      isTest: false,
      timeline: [{ at, kind: 'dtmf', text: 'pressed 5', data: { digit: '5', nth: 1, first: true } }],
    },
  ]);

  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ limit: 3, cursor });
    expect(page.items.length).toBeLessThanOrEqual(3);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen[0]).toBe(last.id);
  expect([...seen].sort()).toEqual([...ids, last.id].sort());
  await expect(store.list({ limit: 3, cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid-input' });
});

test('a database that is killed again and again in mid-call loses nothing and doubles nothing', async () => {
  const dataDir = newFolder();
  chmodSync(dataDir, 0o755);
  const database = openDatabase({ dataDir, log: silentLog() });
  databases.push(database);
  const history = write(database);
  await database.whenReady();
  const calls: { id: string; lines: number }[] = [];
  const noting = setInterval(() => {
    const lines = 1 + (calls.length % 40);
    calls.push({ id: tell(history, lines), lines });
  }, 5);
  try {
    for (let round = 0; round < 3; round++) {
      const soFar = calls.length;
      await until('calls happen', () => calls.length > soFar + 15);
      const pidFile = readFileSync(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8');
      process.kill(Number(pidFile.split('\n')[0]), 'SIGKILL');
      await until('the loss is noticed', () => !database.readiness().ready);
      await until('it is back', () => database.readiness().ready);
    }
  } finally {
    clearInterval(noting);
  }
  expect(await history.flush(20_000)).toBe(true);
  const store = new CallStore({ database, workspaceId });
  for (const { id, lines } of calls) {
    const call = await store.find(id);
    expect(call?.timeline.map(({ text }) => text)).toEqual(expectedLines(lines));
    expect(call).toMatchObject({ state: 'ended', outcome: 'Caller hung up', answeredAt: at });
  }
  expect(history.dropped).toBe(0);
});

test('a database that stays away fills memory, then files; all comes back in order', async () => {
  const url = await postgres.createDatabase();
  const dataDir = newFolder();
  const away = open(`${url}x`); // there is no such database: the server answers, and refuses
  const first = write(away, dataDir, 50);
  const early = tell(first, 200);
  const later = Array.from({ length: 30 }, () => tell(first, 100));
  expect(first.pending).toBeGreaterThan(50);
  await until('most of it is in files', () => filesIn(dataDir).length > 0);
  const cut = newCall();
  first.begin(cut);
  await first.close(10);
  first.event(cut.id, { at, kind: 'dtmf', text: 'too late' });
  expect(first.dropped).toBe(1);
  expect(filesIn(dataDir).length).toBeGreaterThan(1);
  // a crash in mid-write leaves half a line
  appendFileSync(join(dataDir, 'history', filesIn(dataDir).sort().at(-1) ?? ''), '{"serial":1,"kind":"ev');

  const database = open(url);
  const second = write(database, dataDir, 50);
  const fresh = tell(second, 3);
  const open_ = await second.openCalls();
  expect(open_.map(({ id }) => id)).toEqual([cut.id]);
  // the file goes a moment after its last line is in the database
  await vi.waitFor(() => expect(filesIn(dataDir)).toEqual([]));
  expect(second.pending).toBe(0);
  expect(second.dropped).toBe(0);
  const store = new CallStore({ database, workspaceId });
  expect(await linesOf(store, early)).toEqual(expectedLines(200));
  for (const id of later) {
    expect(await linesOf(store, id)).toEqual(expectedLines(100));
    expect(await store.find(id)).toMatchObject({ state: 'ended' });
  }
  expect(await linesOf(store, fresh)).toEqual(expectedLines(3));
});

test('noting while files are read back keeps the order', async () => {
  const url = await postgres.createDatabase();
  const dataDir = newFolder();
  const database = open(url);
  const history = write(database, dataDir, 20);
  const call = newCall();
  history.begin(call);
  let lines = 0;
  for (let burst = 0; burst < 60; burst++) {
    for (let n = 0; n < 50; n++) {
      history.event(call.id, { at, kind: 'caller said', text: `line ${lines}` });
      lines += 1;
    }
    await new Promise((settle) => {
      setImmediate(settle);
    });
  }
  await history.flush();
  const store = new CallStore({ database, workspaceId });
  expect(await linesOf(store, call.id)).toEqual(expectedLines(lines));
  expect(history.dropped).toBe(0);
  // the file goes a moment after its last line is in the database
  await vi.waitFor(() => expect(filesIn(dataDir)).toEqual([]));
});

test('the same entries written again change nothing', async () => {
  const url = await postgres.createDatabase();
  const dataDir = newFolder();
  const away = open(`${url}x`);
  const history = write(away, dataDir);
  const call = tell(history, 5);
  await history.close(10);
  const [name = ''] = filesIn(dataDir);
  const content = readFileSync(join(dataDir, 'history', name), 'utf8');

  const database = open(url);
  const store = new CallStore({ database, workspaceId });
  await write(database, dataDir).openCalls();
  const before = await store.find(call);
  expect(before?.timeline).toHaveLength(5);
  appendFileSync(join(dataDir, 'history', name), content); // as if the process had died before it removed the file
  await write(database, dataDir).openCalls();
  expect(await store.find(call)).toEqual(before);
});

test('text that PostgreSQL does not take is mended, and what it refuses holds up nothing else', async () => {
  const database = open(await postgres.createDatabase());
  const history = write(database);
  const store = new CallStore({ database, workspaceId });
  const hostile = newCall({
    callerName: `a\0b\ud800c${'%"\'{};\u0007'.repeat(600)}`,
    callerNumber: `'; DROP TABLE call; --`,
  });
  history.begin(hostile);
  history.event(hostile.id, { at, kind: 'dtmf', text: 'nul \0', data: { 'k\0': 'v\0\udfff' } });
  history.event(randomUUID(), { at, kind: 'dtmf', text: 'a call that nobody began' });
  history.event(hostile.id, { at: 'no time', kind: 'dtmf', text: 'no time' });
  const good = tell(history, 4);
  await history.flush();
  expect(history.dropped).toBe(2);
  expect(await linesOf(store, good)).toEqual(expectedLines(4));
  expect(await store.find(hostile.id)).toMatchObject({
    callerName: `a\ufffdb\ufffdc${'%"\'{};\u0007'.repeat(600)}`,
    timeline: [{ text: 'nul \ufffd', data: { 'k\ufffd': 'v\ufffd\ufffd' } }],
  });
});
