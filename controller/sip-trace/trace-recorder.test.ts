import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../db/database.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { silentLog } from '../log.ts';
import type { CapturedMessage } from './capture.ts';
import type { HepPacket } from './hep.ts';
import { HepListener } from './hep-listener.ts';
import { TracePruner } from './trace-pruner.ts';
import { TraceRecorder } from './trace-recorder.ts';
import { bytesOf, createIds, TraceStore } from './trace-store.ts';

const log = silentLog();
const pbx = { address: '192.0.2.1', port: 5060 };
const ours = { address: '192.0.2.9', port: 5070 };
const packet = (callId: string, size = 0): HepPacket => ({
  transport: 'udp',
  source: pbx,
  destination: ours,
  timeMs: 1_795_364_820_123,
  correlationId: '',
  payload: Buffer.from(
    `INVITE sip:x SIP/2.0\r\nCall-ID: ${callId}\r\nCSeq: 1 INVITE\r\nX: ${'x'.repeat(size)}\u0000\r\nAuthorization: Digest response="s3cret"\r\n\r\n`,
  ),
});
const message = (more: Partial<CapturedMessage> = {}): CapturedMessage => ({
  timeMs: Date.now(),
  callId: 'a@b',
  isRegister: false,
  account: null,
  isSent: false,
  transport: 'udp',
  source: '192.0.2.1:5060',
  destination: '192.0.2.9:5070',
  text: 'INVITE sip:x SIP/2.0\r\n\r\n',
  ...more,
});
const always = { fromMs: 0, toMs: Date.now() + 86_400_000, limit: 100 };

let postgres: TestPostgres;
let database: Database;
let store: TraceStore;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  postgres = await startTestPostgres();
});
beforeEach(async () => {
  database = openDatabase({ url: await postgres.createDatabase(), dataDir: tmpdir(), log });
  await database.whenReady();
  store = new TraceStore({ database });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await database.close();
});
afterAll(() => postgres.stop());

const freeUdpPort = (): Promise<number> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
const recorder = async (more: { days?: number; bytes?: number; database?: Database } = {}) => {
  const port = await freeUdpPort();
  const hep = new HepListener({ port });
  const made = new TraceRecorder({ database, hep, days: 7, bytes: 1e6, ownEnd: ours, log, ...more });
  made.start();
  closing.push(() => made.close());
  return { made, hep, port };
};

describe('the recorder', () => {
  it('stores what it takes, in order, readable after a flush, without secrets', async () => {
    const { made } = await recorder();
    for (const callId of ['1@x', '2@x', '1@x']) made.take(packet(callId));
    expect(made.pending).toBe(3);
    await made.flush(5000);
    expect(made.pending).toBe(0);
    const stored = await store.ofCall({ callId: '1@x', ...always });
    expect(stored).toHaveLength(2);
    expect(stored[0]).toMatchObject({ timeMs: 1_795_364_820_123, isSent: false, source: '192.0.2.1:5060' });
    expect(stored[0]?.text).toMatch(/^INVITE sip:x SIP\/2\.0\r\nCall-ID: 1@x\r\n/);
    expect(stored[0]?.text).not.toContain('s3cret');
    expect(made.dropped).toBe(0);
    expect(made.storedBytes).toBeGreaterThan(0);
  });

  it('hears a socket, and counts what it does not understand', async () => {
    const { made, hep, port } = await recorder();
    await hep.open();
    const socket = createSocket('udp4');
    socket.send('HEP3 nonsense', port, '127.0.0.1');
    await expect.poll(() => made.notUnderstood).toBe(1);
    socket.close();
  });

  it('shares no port, and says so in words', async () => {
    const port = await freeUdpPort();
    const first = new HepListener({ port });
    const second = new HepListener({ port });
    await Promise.all([first.open(), first.open()]);
    await expect(second.open()).rejects.toThrow(
      `UDP port ${port} of 127.0.0.1 for SIP messages: another program has it`,
    );
    await first.close();
    await second.open();
    await second.close();
  });

  it('drops and counts what no database takes, in bounded room, and nobody waits', async () => {
    const away = openDatabase({ url: 'postgresql://x@127.0.0.1:9/x', dataDir: tmpdir(), log });
    closing.push(() => away.close());
    const { made } = await recorder({ database: away });
    for (let count = 0; count < 1400; count += 1) made.take(packet(`${count}@x`, 15_000));
    expect(made.pending * 15_000).toBeLessThan(8.5 * 1024 * 1024);
    expect(made.pending + made.dropped).toBe(1400);
    expect(made.dropped).toBeGreaterThan(500);
    await made.flush(60_000);
  });

  it('drops a flood before it is read', async () => {
    const { made } = await recorder();
    for (let count = 0; count < 20_000; count += 1) made.take(packet('1@x'));
    expect(made.dropped).toBeGreaterThan(10_000);
  });

  it('that is switched off keeps nothing', async () => {
    const { made } = await recorder({ days: 0 });
    made.take(packet('1@x'));
    expect(made.pending).toBe(0);
  });

  it('keeps to its room while it writes', async () => {
    const { made } = await recorder({ bytes: 100_000 });
    for (let count = 0; count < 100; count += 1) made.take(packet(`${count}@x`, 5000));
    await made.flush(5000);
    await expect
      .poll(async () => (await store.storedBytes()).calls, { timeout: 10_000 })
      .toBeLessThanOrEqual(75_000);
    expect((await store.storedBytes()).calls).toBeGreaterThan(65_000);
    // the newest stay
    expect(await store.ofCall({ callId: '99@x', ...always })).toHaveLength(1);
    expect(await store.ofCall({ callId: '0@x', ...always })).toHaveLength(0);
  });
});

describe('the table', () => {
  const nextId = createIds();
  const write = (...messages: CapturedMessage[]) =>
    store.write(messages.map((one) => ({ ...one, id: nextId() })));

  it('takes a batch twice as once, and texts that PostgreSQL would refuse', async () => {
    const rows = [message({ text: 'a\u0000b\ud800' }), message()].map((one) => ({ ...one, id: nextId() }));
    await store.write(rows);
    await store.write(rows);
    const stored = await store.ofCall({ callId: 'a@b', ...always });
    expect(stored.map(({ text }) => text)).toEqual(['a\ufffdb\ufffd', message().text]);
  });

  it('gives a call what was heard around it, and one more than the limit', async () => {
    let clock = Date.parse('2026-11-22T10:00:00Z');
    const idAt = createIds(() => clock);
    for (let minute = 0; minute < 5; minute += 1) {
      await store.write([{ ...message({ text: String(minute) }), id: idAt() }]);
      clock += 60_000;
    }
    const around = {
      fromMs: Date.parse('2026-11-22T10:00:30Z'),
      toMs: Date.parse('2026-11-22T10:03:30Z'),
    };
    const texts = async (limit: number) =>
      (await store.ofCall({ callId: 'a@b', ...around, limit })).map(({ text }) => text);
    expect(await texts(10)).toEqual(['1', '2', '3']);
    expect(await texts(1)).toEqual(['1', '2']);
  });

  it("gives an account the latest of its registrations' messages, answers too", async () => {
    const register = (callId: string, text: string, account: string | null) =>
      message({ callId, text, account, isRegister: true });
    await write(
      register('r1', 'old', '1@x:5060'),
      register('r1', 'old answer', null),
      register('r2', 'other', '2@x:5060'),
      register('r3', 'new', '1@x:5060'),
      register('r3', 'new answer', null),
    );
    const texts = async (limit: number) =>
      (await store.ofAccount({ account: '1@x:5060', limit })).map(({ text }) => text);
    expect(await texts(10)).toEqual(['old', 'old answer', 'new', 'new answer']);
    expect(await texts(2)).toEqual(['old answer', 'new', 'new answer']);
  });

  it('is cleared of what is too old, in both kinds', async () => {
    const dayMs = 86_400_000;
    let clock = Date.now() - 8 * dayMs;
    const idAt = createIds(() => clock);
    const both = () =>
      [false, true].map((isRegister) => ({ ...message({ isRegister, account: '1@x:5060' }), id: idAt() }));
    await store.write(both());
    clock = Date.now() - 6 * dayMs;
    await store.write(both());
    const pruner = new TracePruner({ store, days: 7, bytes: 1e6 });
    await pruner.prune();
    expect(await store.ofCall({ callId: 'a@b', ...always })).toHaveLength(2);
    expect(pruner.bytes).toBe(2 * bytesOf(message()));
  });

  it('keeps calls apart from any number of registrations', async () => {
    const one = bytesOf(message());
    await write(...Array.from({ length: 50 }, () => message()));
    await write(...Array.from({ length: 500 }, () => message({ isRegister: true, callId: 'r' })));
    await new TracePruner({ store, days: 7, bytes: one * 100 }).prune();
    const stored = await store.storedBytes();
    expect(stored.calls).toBe(one * 50);
    expect(stored.registers).toBe(one * 25);
  });
});
