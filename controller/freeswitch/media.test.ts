import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { l16, pcmu } from '../contract/audio.ts';
import { silentLog } from '../log.ts';
import { SwitchError } from '../switch/port.ts';
import { gapFramesOf, MediaSocket } from './media.ts';

const until = async (condition: () => boolean): Promise<void> => {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
const bound = async (): Promise<Socket> => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
};
const portOf = (socket: Socket): number => socket.address().port;
const frame = (value: number, length = 160) => new Uint8Array(length).fill(value);

let media: MediaSocket;
let own: number;
/** FreeSWITCH's ends of two calls */
let first: Socket;
let second: Socket;

beforeEach(async () => {
  const free = await bound();
  own = portOf(free);
  free.close();
  await once(free, 'close');
  media = new MediaSocket({
    own: { address: '127.0.0.1', port: own },
    switchAddress: '127.0.0.1',
    switchPorts: { from: 1000, to: 1002 },
    log: silentLog(),
  });
  await media.open();
  first = await bound();
  second = await bound();
});
afterEach(async () => {
  first.close();
  second.close();
  await media.close();
});

describe('the media socket', () => {
  it('tells calls apart by FreeSWITCH’s port, both ways', async () => {
    const heard: string[] = [];
    const legs = [first, second].map((socket, index) => {
      const leg = media.attach(portOf(socket), 'PCMU');
      leg.onFrame = (payload) => heard.push(`${index}:${payload[0]}`);
      return leg;
    });
    const got: string[] = [];
    first.on('message', (datagram) => got.push(`first ${datagram[0]}`));
    second.on('message', (datagram) => got.push(`second ${datagram[0]}`));
    first.send(frame(1), own, '127.0.0.1');
    second.send(frame(2), own, '127.0.0.1');
    legs[0]?.send(frame(3));
    legs[1]?.send(frame(4));
    await until(() => heard.length === 2 && got.length === 2);
    expect(heard.toSorted()).toEqual(['0:1', '1:2']);
    expect(got.toSorted()).toEqual(['first 3', 'second 4']);
    expect(legs[0]?.counters).toEqual({ framesReceived: 1, framesSent: 1, gaps: 0, malformed: 0 });
  });

  it('counts gaps and malformed frames, and hands on neither', async () => {
    const leg = media.attach(portOf(first), 'PCMA');
    const heard: number[] = [];
    leg.onFrame = (payload) => heard.push(payload.length);
    for (const datagram of [
      frame(0xff, 320),
      frame(1, 7),
      frame(1, 161),
      frame(1, 1040),
      new Uint8Array(0),
      frame(9),
    ])
      first.send(datagram, own, '127.0.0.1');
    await until(() => heard.length === 1);
    expect(leg.counters).toMatchObject({ framesReceived: 1, gaps: 1, malformed: 4 });
    expect(heard).toEqual([160]);
  });

  it('makes frames of 20 ms of packets of any length', async () => {
    const leg = media.attach(portOf(first), 'PCMU');
    const heard: Uint8Array[] = [];
    leg.onFrame = (payload) => heard.push(payload.slice());
    const sent = Array.from({ length: 1200 }, (_, index) => index % 250);
    const lengths = [80, 80, 240, 240, 320, 240];
    let at = 0;
    for (const length of lengths) {
      first.send(Uint8Array.from(sent.slice(at, at + length)), own, '127.0.0.1');
      at += length;
      await until(() => heard.length === Math.floor(at / 160));
    }
    expect(heard.flatMap((payload) => [...payload])).toEqual(sent.slice(0, 1120));
  });

  it('drops strangers', async () => {
    const leg = media.attach(portOf(first), 'PCMU');
    second.send(frame(1), own, '127.0.0.1');
    await until(() => media.strangers === 1);
    expect(leg.counters.framesReceived).toBe(0);
  });

  it('never sends an empty datagram nor one of a wrong size', async () => {
    const leg = media.attach(portOf(first), 'PCMU');
    const got: number[] = [];
    first.on('message', (datagram) => got.push(datagram.length));
    for (const length of [0, 1, 159, 161, 320]) leg.send(frame(1, length));
    leg.send(frame(1));
    await until(() => got.length === 1);
    expect(got).toEqual([160]);
    expect(leg.counters).toMatchObject({ framesSent: 1, malformed: 5 });
  });

  it('hands nothing to a closed leg, and does not count its frames as strangers', async () => {
    const leg = media.attach(portOf(first), 'PCMU');
    const heard: number[] = [];
    leg.onFrame = () => heard.push(1);
    leg.close();
    leg.close();
    leg.send(frame(1));
    first.send(frame(1), own, '127.0.0.1');
    second.send(frame(1), own, '127.0.0.1');
    await until(() => media.strangers === 1);
    expect(heard).toEqual([]);
    expect(leg.counters.framesSent).toBe(0);
    media.release(portOf(first));
    first.send(frame(1), own, '127.0.0.1');
    await until(() => media.strangers === 2);
  });

  it('knows when a stream runs and when it does not', async () => {
    const leg = media.attach(portOf(first), 'PCMU');
    expect(await leg.heard(20)).toBe(false);
    const heard = leg.heard(5000);
    first.send(frame(0xff, 320), own, '127.0.0.1');
    expect(await heard).toBe(true);
  });

  it('gives each call a port of its own until there is none', () => {
    const ports = [1, 2, 3].map(() => {
      const port = media.freePort();
      media.reserve(port);
      return port;
    });
    expect(new Set(ports)).toEqual(new Set([1000, 1001, 1002]));
    expect(() => media.freePort()).toThrow(SwitchError);
    media.release(1001);
    expect(media.freePort()).toBe(1001);
  });

  it('says that its port is taken, and takes it when it is free', async () => {
    const late = new MediaSocket({
      own: { address: '127.0.0.1', port: own },
      switchAddress: '127.0.0.1',
      switchPorts: { from: 1000, to: 1002 },
      log: silentLog(),
    });
    await expect(late.open()).rejects.toThrow(/EADDRINUSE/);
    await media.close();
    await late.open();
    await late.close();
  });
});

describe('a gap', () => {
  it('is what FreeSWITCH sends without a packet, and nothing that a caller says', () => {
    expect(gapFramesOf(frame(0xff, 320), pcmu)).toBe(1);
    expect(gapFramesOf(frame(0xff, 640), l16(16000))).toBe(1);
    expect(gapFramesOf(frame(0xff, 160), pcmu)).toBe(0);
    expect(gapFramesOf(new Uint8Array(0), pcmu)).toBe(0);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 320, maxLength: 320 }), fc.nat(319), (bytes, position) => {
        bytes[position] = 0x7f;
        expect(gapFramesOf(bytes, pcmu)).toBe(0);
      }),
    );
  });
});
