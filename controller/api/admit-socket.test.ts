/** Who is let in to the live monitor: by cookie only from our own page, by token from anywhere. */
import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { TrustedProxies } from '../trusted-proxies.ts';
import { admitSocket } from './admit-socket.ts';
import type { Caller } from './caller.ts';

const caller: Caller = {
  actor: { kind: 'user', id: 'ann', name: 'ann@example.com', address: '127.0.0.1' },
  workspaceId: 'default',
  role: 'viewer',
  scopes: null,
  installation: false,
  signedIn: null,
};
const authentication: Parameters<typeof admitSocket>[0]['authentication'] = {
  find: async ({ bearer, cookie }) => {
    if (bearer !== 'good' && cookie !== 'good') throw new AppError('unauthorized', 'nobody');
    return {
      caller: bearer === undefined ? caller : { ...caller, scopes: new Set(['agents:read']) },
      newCookie: null,
    };
  },
};
const admit = admitSocket({ authentication, proxies: new TrustedProxies('loopback') });
const headers = { cookie: 'x=1; offhook=good', origin: 'http://pbx:8080', host: 'pbx:8080' };
const page = { bearer: undefined, headers, peerAddress: '127.0.0.1', workspaceId: undefined };

test('a viewer on our own page may look', async () => {
  await expect(admit(page)).resolves.toBe('default');
});

test.each([
  ['a page of another address', { headers: { ...headers, origin: 'http://evil.example' } }, 'proof-missing'],
  ['no session', { headers: { ...headers, cookie: undefined } }, 'unauthorized'],
  ['a session that is over', { headers: { ...headers, cookie: 'offhook=old' } }, 'unauthorized'],
  ['a token without the scope', { bearer: 'good' }, 'forbidden'],
])('%s is refused', async (_what, change, code) => {
  await expect(admit({ ...page, ...change })).rejects.toMatchObject({ code });
});
