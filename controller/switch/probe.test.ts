import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { probe } from './probe.ts';

const udpListener = (onMessage: (text: string, reply: (text: string) => void) => void) =>
  new Promise<{ port: number; close: () => void }>((done) => {
    const socket = createSocket('udp4');
    socket.on('message', (data, from) =>
      onMessage(data.toString(), (text) => socket.send(text, from.port, from.address)),
    );
    socket.bind(0, '127.0.0.1', () => done({ port: socket.address().port, close: () => socket.close() }));
  });

const tcpListener = () =>
  new Promise<{ port: number; close: () => void }>((done) => {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      done({ port: typeof address === 'object' && address ? address.port : 0, close: () => server.close() });
    });
  });

describe('the probe', () => {
  it('finds a SIP server over UDP by any answer to OPTIONS', async () => {
    let request = '';
    const server = await udpListener((text, reply) => {
      request = text;
      reply('SIP/2.0 401 Unauthorized\r\n\r\n');
    });
    expect(await probe('127.0.0.1', server.port, 'udp', 5000)).toBe('reachable');
    expect(request).toMatch(
      /^OPTIONS sip:127\.0\.0\.1:\d+ SIP\/2\.0\r\nVia: SIP\/2\.0\/UDP 127\.0\.0\.1:\d+;branch=z9hG4bK/,
    );
    server.close();
  });

  it('tells a closed UDP port from a silent one', async () => {
    const server = await udpListener(() => undefined);
    expect(await probe('127.0.0.1', server.port, 'udp', 700)).toBe('no-answer');
    server.close();
    expect(await probe('127.0.0.1', server.port, 'udp', 5000)).toBe('refused');
  });

  it('tells an open TCP port from a closed one', async () => {
    const server = await tcpListener();
    expect(await probe('127.0.0.1', server.port, 'tcp', 5000)).toBe('reachable');
    server.close();
    expect(await probe('127.0.0.1', server.port, 'tcp', 5000)).toBe('refused');
  });

  it('knows a name that does not exist', async () => {
    // RFC 6761 §6.4: names under .invalid never exist. A machine without a resolver can only say that it got no answer.
    expect(['name-not-found', 'no-answer']).toContain(await probe('pbx.invalid', 5060, 'udp', 3000));
  });

  it('understands an IPv6 address in brackets', async () => {
    const server = await udpListener(() => undefined);
    server.close();
    expect(['refused', 'no-answer']).toContain(await probe('[::1]', server.port, 'udp', 1000));
  });
});
