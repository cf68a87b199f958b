import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AudioSocketServer, MessageReader, WideLeg } from './audio-socket.ts';

const message = (kind: number, payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(kind, payload.length >> 8, payload.length & 0xff), payload]);
const bytesOfId = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

let server: AudioSocketServer;
let port: number;
beforeEach(async () => {
  server = new AudioSocketServer({ address: '127.0.0.1' });
  port = await server.listen();
});
afterEach(() => server.close());

const until = async (holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};

test('messages are read whatever the pieces are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 50 })), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
      (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(([kind, payload]) => message(kind, payload)));
        const reader = new MessageReader();
        const read: [number, Uint8Array][] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = cuts[cut % cuts.length] as number;
          for (const { kind, payload } of reader.take(bytes.subarray(at, at + size)))
            read.push([kind, Uint8Array.from(payload)]);
          at += size;
        }
        expect(read).toEqual(messages);
      },
    ),
  );
});

test('a stream that names its call is that call’s; frames pass both ways, of any length in', async () => {
  const expected = server.expect(2000);
  const asterisk = connect(port, '127.0.0.1');
  asterisk.write(message(0x01, bytesOfId(expected.id)));
  const leg = new WideLeg({ codec: 'G722', socket: await expected.connected, onClose: () => undefined });
  expected.leg = leg;
  const heard: Uint8Array[] = [];
  leg.onFrame = (frame) => heard.push(frame);
  const audio = Uint8Array.from({ length: 1280 }, (_, at) => at % 251);
  asterisk.write(message(0x12, audio.subarray(0, 320)));
  asterisk.write(message(0x12, audio.subarray(320)));
  await until(() => heard.length === 2);
  expect(Buffer.concat(heard)).toEqual(Buffer.from(audio));
  let got = Buffer.alloc(0);
  asterisk.on('data', (piece) => {
    got = Buffer.concat([got, piece]);
  });
  leg.send(audio.subarray(0, 640));
  leg.send(audio.subarray(0, 10));
  await until(() => got.length >= 643);
  expect(got).toEqual(message(0x12, audio.subarray(0, 640)));
  expect(leg.counters).toMatchObject({ framesReceived: 2, framesSent: 1, malformed: 1 });
  asterisk.destroy();
});

test.each([
  ['another id', message(0x01, Buffer.alloc(16, 7))],
  ['audio before its name', message(0x12, Buffer.alloc(640))],
  ['no AudioSocket at all', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
])('a stranger with %s is turned away and counted', async (_, bytes) => {
  const expected = server.expect(2000);
  const stranger = connect(port, '127.0.0.1');
  stranger.on('error', () => undefined);
  const closed = once(stranger, 'close');
  // "GET" announces more than it sends: the rest lets the message end
  stranger.write(Buffer.concat([bytes, Buffer.alloc(20_000)]));
  await closed;
  expect(server.strangers).toBe(1);
  expected.close();
});

test('a stream that never comes is said', async () => {
  await expect(server.expect(20).connected).rejects.toThrow('did not connect');
});
