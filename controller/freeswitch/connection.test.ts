import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../log.ts';
import { SwitchError } from '../switch/port.ts';
import { EslConnection } from './connection.ts';
import type { EslEvent } from './esl-socket.ts';
import { apiReply, commandReply, EslPeer, jsonEvent } from './test-esl-peer.ts';

let peer: EslPeer;
let connection: EslConnection;
let events: EslEvent[];
let downs: string[];
let ups: number;
/** what escaped every guard: would have ended the process */
const escaped: unknown[] = [];
const catchEscaped = (thrown: unknown) => escaped.push(thrown);

const until = async (condition: () => boolean, what: string): Promise<void> => {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const connect = (options: { password?: string; commandTimeoutMs?: number } = {}): EslConnection =>
  new EslConnection({
    address: { host: '127.0.0.1', port: peer.port, password: options.password ?? 'secret' },
    events: ['DTMF', 'CUSTOM', 'sofia::gateway_state'],
    log: silentLog(),
    ...(options.commandTimeoutMs === undefined ? {} : { commandTimeoutMs: options.commandTimeoutMs }),
    onUp: () => {
      ups += 1;
    },
    onDown: (reason) => downs.push(reason),
    onEvent: (event) => events.push(event),
  });

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (thrown: unknown) => (thrown instanceof SwitchError ? thrown.code : String(thrown)),
  );

beforeEach(async () => {
  escaped.length = 0;
  process.on('uncaughtException', catchEscaped);
  events = [];
  downs = [];
  ups = 0;
  peer = await EslPeer.open();
  peer.answer = (command) => (command.startsWith('api ') ? apiReply(command.slice(4)) : null);
  connection = connect();
});

afterEach(async () => {
  connection.stop();
  await peer.close();
  process.off('uncaughtException', catchEscaped);
  expect(escaped).toEqual([]);
});

describe('the connection to the event socket', () => {
  it('answers commands in the order in which they were asked', async () => {
    connection.start();
    await until(() => connection.up, 'the connection');
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => connection.api(name)));
    expect(answers).toEqual(['a', 'b', 'c']);
  });

  it('matches background jobs by their id, whatever their order', async () => {
    const ids: string[] = [];
    peer.answer = (_command, headers) => {
      ids.push(headers.get('Job-UUID') ?? '');
      return commandReply('+OK Job-UUID: x');
    };
    connection.start();
    await until(() => connection.up, 'the connection');
    const first = connection.background('one');
    const second = connection.background('two');
    await until(() => ids.length === 2, 'both jobs');
    peer.send(jsonEvent({ 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': ids[1], _body: 'second' }));
    peer.send(jsonEvent({ 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': ids[0], _body: 'first' }));
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(events).toEqual([]);
  });

  it('says that the password is wrong', async () => {
    connection = connect({ password: 'wrong' });
    connection.start();
    await until(() => downs.length > 0, 'the reason');
    expect(downs[0]).toMatch(/password/);
    expect(connection.up).toBe(false);
  });

  it('says that nobody listens', async () => {
    const { port } = peer;
    await peer.close();
    connection.start();
    await until(() => downs.length > 0, 'the reason');
    expect(downs[0]).toMatch(/ECONNREFUSED/);
    peer = await EslPeer.open(port);
    await until(() => connection.up, 'the connection once somebody does');
  });

  it('says that the address is not allowed', async () => {
    const { port } = peer;
    await peer.close();
    peer = await EslPeer.open(port);
    connection.start();
    await until(() => connection.up, 'the connection');
    peer.send('Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n');
    await until(() => downs.length > 0, 'the reason');
    expect(downs[0]).toMatch(/apply-inbound-acl/);
  });

  it('rejects what was under way when it went, subscribes anew, and sends nothing twice', async () => {
    peer.answer = () => null;
    connection.start();
    await until(() => connection.up, 'the connection');
    const lost = [connection.api('originate something'), connection.background('originate other')];
    const codes = Promise.all(lost.map(codeOf));
    await until(() => peer.commands.length === 2, 'both commands');
    peer.cut();
    expect(await codes).toEqual(['disconnected', 'disconnected']);
    await until(() => ups === 2, 'the second connection');
    peer.answer = (command) => apiReply(command);
    expect(await connection.api('status')).toBe('api status');
    expect(peer.commands.filter((command) => command.includes('originate'))).toHaveLength(2);
  });

  it('refuses commands while it is down', async () => {
    expect(await codeOf(connection.api('status'))).toBe('disconnected');
  });

  it('never sends a second line', async () => {
    connection.start();
    await until(() => connection.up, 'the connection');
    for (const evil of ['status\n\napi shutdown', 'a\rb', 'a\u0000b', 'a\u007fb'])
      expect(await codeOf(connection.api(evil))).toBe('bad-argument');
    expect(await codeOf(connection.message('x', { 'call-command': 'a\n\napi shutdown' }))).toBe(
      'bad-argument',
    );
    expect(peer.commands).toEqual([]);
  });

  it('gives up a command after its time and keeps the later answers apart', async () => {
    connection = connect({ commandTimeoutMs: 150 });
    peer.answer = (command) => (command.includes('slow') ? null : apiReply(command.slice(4)));
    connection.start();
    await until(() => connection.up, 'the connection');
    // bytes keep coming, so the link is alive and stays
    const beat = setInterval(() => peer.send(jsonEvent({ 'Event-Name': 'HEARTBEAT' })), 20);
    try {
      expect(await codeOf(connection.api('slow'))).toBe('timeout');
      const next = connection.api('quick');
      await until(() => peer.commands.length === 2, 'the second command');
      expect(ups).toBe(1);
      // the late answer to the first one belongs to the first one
      peer.send(apiReply('late'));
      expect(await codeOf(next)).toBe('resolved');
    } finally {
      clearInterval(beat);
    }
  });

  it('drops a peer that says nothing any more', async () => {
    connection = connect({ commandTimeoutMs: 150 });
    peer.answer = () => null;
    connection.start();
    await until(() => connection.up, 'the connection');
    expect(await codeOf(connection.api('status'))).toBe('timeout');
    await until(() => ups === 2, 'a new connection');
  });

  it('survives a listener that throws', async () => {
    connection = new EslConnection({
      address: { host: '127.0.0.1', port: peer.port, password: 'secret' },
      events: ['DTMF'],
      log: silentLog(),
      onUp: () => {
        ups += 1;
        throw new Error('a bug of ours');
      },
      onDown: () => undefined,
      onEvent: () => {
        throw new Error('another one');
      },
    });
    connection.start();
    await until(() => connection.up, 'the connection');
    peer.send(jsonEvent({ 'Event-Name': 'DTMF' }));
    expect(await connection.api('status')).toBe('status');
    expect(ups).toBe(1);
  });
});

describe('a peer that talks nonsense', () => {
  const harmless = [
    'Event-Name: %\n\n',
    'Content-Type: text/event-json\nContent-Length: 3\n\n{x}',
    'Content-Type: text/event-json\nContent-Length: 4\n\nnull',
    'Content-Type: text/event-json\nContent-Length: 2\n\n[]',
    'Content-Type: text/event-json\nContent-Length: 1\n\n"',
    'Content-Type: text/event-plain\nContent-Length: 5\n\nA: %\n',
    'Content-Type: text/event-xml\nContent-Length: 9\n\n<event><x',
    'Content-Type: log/data\nContent-Length: 2\n\nhi',
    'Content-Type: something/else %%%\n\n',
    'Content-Type: __proto__\n__proto__: x\n\n',
    ': : :\n\n',
    'Content-Type: command/reply\nReply-Text: 100% wrong\n\n',
    'Content-Type: api/response\nContent-Length: 7\n\nunasked',
  ];

  it.each(harmless)('goes on after %j', async (nonsense) => {
    connection.start();
    await until(() => connection.up, 'the connection');
    peer.send(nonsense);
    peer.send(jsonEvent({ 'Event-Name': 'DTMF', 'Caller-Caller-ID-Name': '100% "{}"' }));
    await until(() => events.length === 1, 'the event behind it');
    expect(events[0]).toEqual({ 'Event-Name': 'DTMF', 'Caller-Caller-ID-Name': '100% "{}"' });
    expect(await connection.api('status')).toBe('status');
    expect(ups).toBe(1);
  });

  const fatal = [
    'Content-Length: abc\n\n',
    'Content-Length: -5\n\n',
    'Content-Length: 99999999999999\n\n',
    'x'.repeat(200_000),
  ];

  it.each(fatal.map((text) => [text.slice(0, 40), text] as const))(
    'begins a new connection after %j',
    async (_shown, nonsense) => {
      connection.start();
      await until(() => connection.up, 'the connection');
      peer.send(nonsense);
      await until(() => ups === 2, 'the second connection');
      expect(downs[0]).toMatch(/not understood/);
      expect(await connection.api('status')).toBe('status');
    },
  );

  it('reads frames that come byte by byte, and a body of two megabytes', async () => {
    connection.start();
    await until(() => connection.up, 'the connection');
    const big = { 'Event-Name': 'DTMF', text: 'ä'.repeat(1_000_000) };
    for (const byte of Buffer.from(jsonEvent({ 'Event-Name': 'DTMF' }))) peer.send(Buffer.of(byte));
    peer.send(jsonEvent(big));
    await until(() => events.length === 2, 'both events');
    expect(events[1]).toEqual(big);
  });

  it('is left while it is still in the middle of a frame', async () => {
    connection.start();
    await until(() => connection.up, 'the connection');
    peer.send('Content-Type: text/event-json\nContent-Length: 500\n\n{"half":');
    peer.cut();
    await until(() => ups === 2, 'the second connection');
    // nothing of the half frame is left over
    peer.send(jsonEvent({ 'Event-Name': 'DTMF' }));
    await until(() => events.length === 1, 'an event');
  });
});
