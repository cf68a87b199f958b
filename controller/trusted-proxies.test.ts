/** Requests of HTTP, which Express looks at, and upgrades, which it never sees: both are taken for the same client. */
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, test } from 'vitest';
import { admitSocket } from './api/admit-socket.ts';
import { AppError } from './errors.ts';
import { arrivalOf, isProxyList, TrustedProxies } from './trusted-proxies.ts';

/** What a request is taken for, as HTTP and as an upgrade. */
const taken = async (list: string, headers: Record<string, string>) => {
  const proxies = new TrustedProxies(list);
  const app = express();
  app.set('trust proxy', proxies.trusts);
  app.get('/', (request, response) => void response.json([request.ip, request.host]));
  const server = createServer(app);
  server.on('upgrade', (request, stream) => {
    const arrival = arrivalOf(request);
    const body = JSON.stringify([proxies.addressOf(arrival), proxies.hostOf(arrival)]);
    stream.end(
      `HTTP/1.1 400 No\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle);
  });
  const { port } = server.address() as AddressInfo;
  const ask = (more: Record<string, string>): Promise<[string, string]> =>
    new Promise((settle, fail) => {
      httpRequest(
        { port, host: '127.0.0.1', headers: { host: 'own:8080', ...headers, ...more } },
        (response) => {
          response.setEncoding('utf8');
          let body = '';
          response.on('data', (part: string) => {
            body += part;
          });
          response.on('end', () => settle(JSON.parse(body) as [string, string]));
        },
      )
        .on('error', fail)
        .end();
    });
  const both = [await ask({}), await ask({ connection: 'Upgrade', upgrade: 'websocket' })];
  server.close();
  return both;
};

test.each([
  ['nobody between', 'loopback', {}, ['127.0.0.1', 'own:8080']],
  [
    'a trusted proxy',
    'loopback',
    { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-host': 'pbx.example.com' },
    ['203.0.113.7', 'pbx.example.com'],
  ],
  [
    'two, of which one is trusted; what the client itself wrote is not believed',
    'loopback, 192.0.2.0/24',
    { 'x-forwarded-for': '10.9.9.9, 203.0.113.7, 192.0.2.4', 'x-forwarded-host': 'a.example, b.example' },
    ['203.0.113.7', 'a.example'],
  ],
  [
    'somebody who is not trusted',
    '192.0.2.1',
    { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-host': 'evil.example' },
    ['127.0.0.1', 'own:8080'],
  ],
])('%s', async (_what, list, headers, expected) => {
  expect(await taken(list, headers)).toEqual([expected, expected]);
});

test('a page behind a proxy is ours by the host that it asked the proxy for', async () => {
  const asked: (string | undefined)[] = [];
  const find = async ({ address }: { address: string }) => {
    asked.push(address);
    throw new AppError('unauthorized', 'nobody');
  };
  const admit = admitSocket({ authentication: { find }, proxies: new TrustedProxies('loopback') });
  const headers = {
    origin: 'https://pbx.example.com',
    host: '127.0.0.1:8080',
    'x-forwarded-host': 'pbx.example.com',
    'x-forwarded-for': '203.0.113.7',
  };
  const from = (peerAddress: string) =>
    admit({ bearer: undefined, workspaceId: undefined, headers, peerAddress });
  await expect(from('::ffff:127.0.0.1')).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(from('198.51.100.1')).rejects.toMatchObject({ code: 'proof-missing' });
  expect(asked).toEqual(['203.0.113.7']);
});

test('a list is checked before anything runs', () => {
  expect(isProxyList('loopback, 10.0.0.0/8,2001:db8::1')).toBe(true);
  for (const wrong of ['all', '10.0.0.0/99', 'loopback;10.0.0.1', ''])
    expect(isProxyList(wrong), wrong).toBe(false);
});
