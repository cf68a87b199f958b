import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket as TcpSocket } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testCallRecord } from '../calls/test-call-record.ts';
import { LiveClient } from '../contract/client/live-client.ts';
import type {
  ClientToServerEvents,
  LiveCall,
  LiveSnapshot,
  LiveState,
  NumberedChange,
  ServerToClientEvents,
} from '../contract/live.ts';
import { until } from '../db/test-process.ts';
import { AppError } from '../errors.ts';
import { silentLog } from '../log.ts';
import { createMonitor, type Monitor } from './monitor.ts';

type Client = Socket<ServerToClientEvents, ClientToServerEvents>;
const token = 'the-token';
const own = 'own workspace';
/** token → workspace */
const members = new Map<string, string>();
/** to the levels of the one call that has some */
const listeners = new Set<(levels: { callerDb: number; agentDb: number }) => void>();
let server: Server;
let monitor: Monitor;
let state: LiveState;
let port: number;
const clients: Client[] = [];
const sockets: TcpSocket[] = [];

beforeEach(async () => {
  members.clear();
  members.set(token, own).set('other-token', 'other workspace');
  const part = { ready: true, text: 'ready' };
  state = {
    system: { switch: part, database: part, speech: part, disk: part, agents: part },
    trunks: [],
    calls: [],
  };
  server = createServer((_request, response) => response.end());
  monitor = createMonitor({
    server,
    admit: async ({ bearer }) => {
      if (bearer === 'database is down') throw new AppError('database-down', 'gone');
      if (bearer === undefined || !members.has(bearer)) throw new AppError('unauthorized', 'not you');
      return members.get(bearer) ?? '';
    },
    snapshot: (workspaceId) =>
      workspaceId === own ? structuredClone(state) : { ...structuredClone(state), calls: [] },
    levels: (callId, workspaceId, onLevels) => {
      if (callId !== 'loud' || workspaceId !== own) return null;
      listeners.add(onLevels);
      return () => listeners.delete(onLevels);
    },
    log: silentLog(),
    waitingMessages: 50,
  });
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle);
  });
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const socket of sockets.splice(0)) socket.destroy();
  await monitor.close();
});

type Watcher = { client: Client; snapshots: LiveSnapshot[]; changes: NumberedChange[]; errors: string[] };
function watch(auth: Record<string, unknown> = { token }, transports = ['websocket']): Watcher {
  const client: Client = io(`http://127.0.0.1:${port}`, {
    auth,
    transports,
    reconnection: false,
    forceNew: true,
  });
  clients.push(client);
  const watcher: Watcher = { client, snapshots: [], changes: [], errors: [] };
  client.on('snapshot', (snapshot) => watcher.snapshots.push(snapshot));
  client.on('change', (change) => watcher.changes.push(change));
  client.on('connect_error', (error) => watcher.errors.push(error.message));
  return watcher;
}
const newCall = (): LiveCall => ({
  ...testCallRecord({ answeredAt: '2026-11-22T10:00:01.000Z' }),
  timeline: [],
});
/** A line is said in the call: state first, then everybody is told. */
function say(call: LiveCall, text: string): void {
  const entry = { at: '2026-11-22T10:00:02.000Z', kind: 'caller said' as const, text };
  call.timeline.push(entry);
  monitor.publish({ type: 'timeline', callId: call.id, entry }, own);
}
/** What a client knows: its last snapshot with the changes behind it. Throws where a number is missing. */
function knowledge(watcher: Watcher, callId: string): string[] {
  const snapshot = watcher.snapshots.at(-1);
  if (snapshot === undefined) throw new Error('no snapshot');
  const lines = snapshot.calls.find(({ id }) => id === callId)?.timeline.map(({ text }) => text) ?? [];
  let number = snapshot.number;
  for (const numbered of watcher.changes) {
    if (numbered.number <= snapshot.number) continue;
    number += 1;
    expect(numbered.number).toBe(number);
    if (numbered.change.type === 'timeline') lines.push(numbered.change.entry.text);
  }
  return lines;
}

test('whoever has the token gets a snapshot and then each change, numbered', async () => {
  const call = newCall();
  state.calls.push(call);
  say(call, 'before');
  for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
    const watcher = watch({ token }, transports);
    await until('a snapshot', () => watcher.snapshots[0]);
    expect(watcher.snapshots[0]).toMatchObject({ trunks: [], calls: [{ id: call.id }] });
    const before = call.timeline.length;
    say(call, `to ${transports.join()}`);
    monitor.publish({ type: 'trunk removed', trunkId: 'gone' }, own);
    await until('both changes', () => watcher.changes.length === 2);
    expect(watcher.changes[1]?.change).toEqual({ type: 'trunk removed', trunkId: 'gone' });
    expect(knowledge(watcher, call.id)).toHaveLength(before + 1);
    watcher.client.emit('resync');
    await until('another snapshot', () => watcher.snapshots[1]);
    expect(watcher.snapshots[1]?.number).toBe(watcher.changes[1]?.number);
    watcher.client.disconnect();
    await until('it is gone', () => monitor.clients === 0);
  }
});

test('the typed client follows, asks for a snapshot where a change is missing, and is told who may not', async () => {
  const call = newCall();
  state.calls.push(call);
  const heard: string[] = [];
  const options = { url: `http://127.0.0.1:${port}` };
  const client = new LiveClient({ ...options, token, onChange: ({ type }) => heard.push(type) });
  const stranger = new LiveClient({ ...options, token: 'wrong' });
  clients.push(client.socket, stranger.socket);
  client.open();
  stranger.open();
  const lines = () =>
    client
      .read()
      .calls.get(call.id)
      ?.timeline.map(({ text }) => text);
  await until('it is live', () => client.read().connection === 'live');
  await until('the stranger is told', () => stranger.read().connection === 'unauthorized');
  say(call, 'one');
  await until('it has the line', () => lines()?.length === 1);
  expect(heard).toEqual(['timeline']);
  for (const listen of client.socket.listeners('change'))
    listen({ number: 99, change: { type: 'trunk removed', trunkId: 'x' } });
  expect(client.read().number).toBe(1);
  say(call, 'two');
  await until('a snapshot and what came behind it', () => client.read().number === 2);
  expect(lines()).toEqual(['one', 'two']);
  client.close();
  expect(client.read()).toMatchObject({ connection: 'connecting', system: null });
});

test('whoever has not the token gets nothing', async () => {
  for (const auth of [
    {},
    { token: '' },
    { token: 'wrong' },
    { token: [token] },
    { token: `${token}x` },
    { token: 'x'.repeat(9000) },
  ]) {
    const watcher = watch(auth);
    await until('a refusal', () => watcher.errors[0]);
    expect(watcher.errors).toEqual(['unauthorized']);
    expect(watcher.snapshots).toEqual([]);
  }
  expect(monitor.clients).toBe(0);
});

test('whoever cannot be asked about now is told to come back, not to sign in', async () => {
  const watcher = watch({ token: 'database is down' });
  await until('a refusal', () => watcher.errors[0]);
  expect(watcher.errors).toEqual(['unavailable']);
});

test('a client that does not read costs no memory and catches up when it reads again', async () => {
  const call = newCall();
  state.calls.push(call);
  const slow = watch();
  const quick = watch();
  await until('both have a snapshot', () => slow.snapshots.length + quick.snapshots.length === 2);
  // stops reading below socket.io, so that the kernel's buffers fill and the server must keep what it cannot send
  const raw = (slow.client.io.engine.transport as unknown as { ws: { _socket?: TcpSocket } }).ws._socket;
  if (raw === undefined) throw new Error('the client has no TCP socket');
  raw.pause();
  const text = 'x'.repeat(10_000);
  const lines = 4000; // 40 MB, several times of what the kernel's buffers take
  for (let n = 1; n <= lines; n++) {
    say(call, `${n} ${text}`);
    call.timeline.splice(0, call.timeline.length - 20); // a snapshot stays small
    if (n % 40 === 0) await until('the quick one has it', () => quick.changes.length === n);
  }
  expect(quick.snapshots).toHaveLength(1);

  raw.resume();
  await until('it has caught up', () => (slow.snapshots.at(-1)?.number ?? 0) === lines);
  say(call, 'the last');
  await until('it follows again', () => slow.changes.at(-1)?.number === lines + 1);
  expect(knowledge(slow, call.id).at(-1)).toBe('the last');
  expect(slow.snapshots.length).toBeGreaterThan(1);
  // the others were never kept for it
  expect(slow.changes.length).toBeLessThan(lines / 2);
});

test('hostile bytes on the way in do no harm', async () => {
  const hostile = [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\xff\xff\xff\xff\xff\xff',
    'POST /socket.io/?EIO=4&transport=polling&sid=nonsense HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{{{',
    'GET /socket.io/?EIO=99&transport=%00 HTTP/1.1\r\nHost: x\r\n\r\n',
    '\0\0\0\0\r\n\r\n',
  ];
  for (const bytes of hostile) {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    let answered = false;
    socket.on('data', () => {
      answered = true;
    });
    socket.on('close', () => {
      answered = true;
    });
    socket.write(Buffer.from(bytes, 'latin1'));
    await until('an answer or an end', () => answered);
  }
  const watcher = watch();
  await until('a snapshot', () => watcher.snapshots[0]);
  const chatty = watcher.client as unknown as { emit(...any: unknown[]): void };
  chatty.emit('nonsense', { __proto__: null });
  chatty.emit('resync', 'with', ['arguments']);
  await until('a second snapshot', () => watcher.snapshots[1]);
  chatty.emit('large', 'x'.repeat(50_000));
  await until('whoever says too much is put out', () => !watcher.client.connected);
  const other = watch();
  await until('others are served', () => other.snapshots[0]);
});

test('each workspace gets its own changes, numbered without a gap, and what is for all', async () => {
  const call = newCall();
  state.calls.push(call);
  const [mine, theirs] = [watch(), watch({ token: 'other-token' })];
  await until('both have a snapshot', () => mine.snapshots.length + theirs.snapshots.length === 2);
  expect(theirs.snapshots[0]?.calls).toEqual([]);
  say(call, 'mine');
  monitor.publish({ type: 'trunk removed', trunkId: 'theirs' }, 'other workspace');
  monitor.publish({ type: 'configuration', trunkId: null }, null);
  await until('all has come', () => mine.changes.length + theirs.changes.length === 4);
  expect(mine.changes.map(({ number, change }) => [number, change.type])).toEqual([
    [1, 'timeline'],
    [2, 'configuration'],
  ]);
  expect(theirs.changes.map(({ number, change }) => [number, change.type])).toEqual([
    [1, 'trunk removed'],
    [2, 'configuration'],
  ]);
  theirs.client.emit('resync');
  await until('a second snapshot', () => theirs.snapshots[1]);
  expect(theirs.snapshots[1]).toMatchObject({ number: 2, calls: [] });
});

test('whoever loses his right is put out, and nobody else', async () => {
  const [mine, theirs] = [watch(), watch({ token: 'other-token' })];
  await until('both have a snapshot', () => mine.snapshots.length + theirs.snapshots.length === 2);
  members.delete('other-token');
  await monitor.recheck();
  await until('he is out', () => !theirs.client.connected);
  expect(mine.client.connected).toBe(true);
});

test('the levels of a call are for whoever watches it, and of no other call, and end with him', async () => {
  const [watcher, other] = [watch(), watch()];
  await until('snapshots', () => watcher.snapshots[0] && other.snapshots[0]);
  const heard: unknown[] = [];
  watcher.client.on('levels', (levels) => heard.push(levels));
  other.client.on('levels', () => heard.push('not for him'));
  other.client.emit('watch', 'silent');
  other.client.emit('watch', { callId: 'loud' } as never);
  watcher.client.emit('watch', 'loud');
  await until('he listens', () => listeners.size === 1);
  for (const listener of listeners) listener({ callerDb: -20, agentDb: -90 });
  await until('the levels', () => heard.length > 0);
  expect(heard).toEqual([{ callId: 'loud', callerDb: -20, agentDb: -90 }]);
  watcher.client.emit('watch', null);
  await until('nobody listens', () => listeners.size === 0);
  watcher.client.emit('watch', 'loud');
  await until('he listens again', () => listeners.size === 1);
  watcher.client.disconnect();
  await until('nobody listens', () => listeners.size === 0);
});
