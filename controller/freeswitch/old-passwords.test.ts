import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../log.ts';
import type { TrunkAccount } from '../switch/port.ts';
import { type Digest, OldPasswords, responseOf } from './old-passwords.ts';
import { a1HashOf } from './trunk-xml.ts';

const account: TrunkAccount = {
  trunkId: 'trunk-a',
  username: 'acme-hq',
  passwords: ['newest-password', 'older-password'],
  authentication: 'credentials',
  allowedAddresses: [],
  codecs: ['PCMU'],
};
/** RFC 2617 §3.5 has these, with a realm of its own */
const digest: Digest = {
  action: 'sip_auth',
  sip_auth_username: 'acme-hq',
  sip_auth_realm: 'offhook',
  sip_auth_nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
  sip_auth_uri: 'sip:voice.example.com',
  sip_auth_method: 'REGISTER',
  sip_auth_response: '',
  sip_auth_qop: 'auth',
  sip_auth_cnonce: '0a4f113b',
  sip_auth_nc: '00000001',
};
const signed = (password: string, changes: Partial<Digest> = {}): Digest => {
  const form = { ...digest, ...changes };
  return { ...form, sip_auth_response: responseOf(form, a1HashOf('acme-hq', password)) };
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

let passwords: OldPasswords;
let url: string;
beforeEach(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/directory`;
  passwords = new OldPasswords({ address: '127.0.0.1', port, password: 'esl-secret', log: silentLog() });
  passwords.put(account);
  await passwords.open();
});
afterEach(() => passwords.close());

const ask = async (form: Record<string, string | undefined>, credentials = 'offhook:esl-secret') => {
  const body = new URLSearchParams(
    Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
  });
  return { status: answer.status, text: await answer.text() };
};
const oldUser = `<param name="a1-hash" value="${a1HashOf('acme-hq', 'older-password')}"/>`;

describe('an old password', () => {
  it('computes as RFC 2617 §3.5 does', () => {
    const mufasa: Digest = {
      ...digest,
      sip_auth_method: 'GET',
      sip_auth_uri: '/dir/index.html',
    };
    expect(responseOf(mufasa, '939e7578ed9e3c518a452acee763bce9')).toBe('6629fae49393a05397450978507c4ef1');
  });

  it('is asked for of a deactivated trunk too, by calls alone: they are let in to be refused by name', async () => {
    passwords.put({ ...account, passwords: ['newest-password'], active: false });
    const call = { sip_auth_method: 'INVITE' };
    const hash = `<param name="a1-hash" value="${a1HashOf('acme-hq', 'newest-password')}"/>`;
    expect((await ask(signed('newest-password', call))).text).toContain(hash);
    for (const form of [
      signed('newest-password'),
      signed('older-password', call),
      signed('not-the-password', call),
    ]) {
      const { status, text } = await ask(form);
      expect(status).toBe(200);
      expect(text).toContain('not found');
    }
    passwords.put({ ...account, passwords: ['newest-password'] });
    expect((await ask(signed('newest-password', call))).text).toContain('not found');
  });

  it('is right as long as there are two, with and without qop', async () => {
    expect((await ask(signed('older-password'))).text).toContain(oldUser);
    const plain = { sip_auth_qop: undefined, sip_auth_cnonce: undefined, sip_auth_nc: undefined };
    expect((await ask(signed('older-password', plain))).text).toContain(oldUser);
    passwords.put({ ...account, passwords: ['newest-password'] });
    expect((await ask(signed('older-password'))).text).toContain('status="not found"');
  });

  it('is not spoken of for the newest, a wrong one, another realm, or a question that is no digest', async () => {
    for (const form of [
      signed('newest-password'),
      signed('guessed'),
      signed('older-password', { sip_auth_username: 'somebody' }),
      { ...signed('older-password'), sip_auth_realm: 'elsewhere' },
      { ...signed('older-password'), sip_auth_nonce: 'x'.repeat(600) },
      { section: 'directory', purpose: 'network-list' },
      {},
    ]) {
      const answer = await ask(form);
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('status="not found"');
    }
  });

  it('is told to nobody without our own password, and floods are cut off', async () => {
    for (const credentials of ['offhook:wrong', 'offhook:esl-secret2', ''])
      expect((await ask(signed('older-password'), credentials)).status).toBe(401);
    await expect(ask({ action: 'x'.repeat(100_000) })).rejects.toThrow();
    expect((await ask(signed('older-password'))).text).toContain(oldUser);
  });

  it('says why nobody can ask when its port is taken', async () => {
    const second = new OldPasswords({
      address: '127.0.0.1',
      port: Number(new URL(url).port),
      password: 'x',
      log: silentLog(),
    });
    await second.open();
    expect(second.fault).toMatch(/EADDRINUSE/);
    expect(passwords.fault).toBeNull();
  });
});
