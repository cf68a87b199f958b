import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { isToken, openApiToken } from '../api/token.ts';
import { openSecrets, Secrets } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'offhook-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));
const newSecrets = () => new Secrets({ key: randomBytes(32) });

test('what was encrypted for a row is read for that row only, and never twice the same', () => {
  const secrets = newSecrets();
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uuid(), fc.uuid(), (plain, row, other) => {
      const stored = secrets.encrypt(plain, row);
      expect(secrets.decrypt(stored, row)).toBe(plain);
      expect(secrets.encrypt(plain, row)).not.toBe(stored);
      if (other !== row) expect(() => secrets.decrypt(stored, other)).toThrow(/not encrypted with this key/);
    }),
  );
});

test('a wrong key, a changed byte, a cut and an unknown version are told apart from each other in words', () => {
  const secrets = newSecrets();
  const stored = secrets.encrypt('secret', 'row');
  expect(() => newSecrets().decrypt(stored, 'row')).toThrow(/OFFHOOK_SECRET_KEY/);
  expect(stored.startsWith(secrets.mark)).toBe(true);
  const bytes = Buffer.from(stored.slice(secrets.mark.length), 'base64');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    for (const mark of ['v1:', secrets.mark]) {
      expect(() => secrets.decrypt(`${mark}${changed.toString('base64')}`, 'row')).toThrow(/it was changed/);
    }
  }
  expect(() => secrets.decrypt('v1:AAAA', 'row')).toThrow('the stored secret is cut off');
  expect(() => secrets.decrypt(stored.replace('v2', 'v9'), 'row')).toThrow(/form that this version/);
  expect(() => secrets.decrypt('', 'row')).toThrow(/form that this version/);
});

test('a key that was changed reads until it is forgotten, and encrypts no more', () => {
  const secrets = newSecrets();
  const before = secrets.encrypt('secret', 'row');
  const first = secrets.keyId;
  secrets.change(randomBytes(32));
  expect(secrets.keyId).not.toBe(first);
  expect(secrets.encrypt('secret', 'row').slice(0, secrets.mark.length)).toBe(secrets.mark);
  // the first version did not name its key
  for (const stored of [before, `v1:${before.split(':')[2]}`])
    expect(secrets.decrypt(stored, 'row')).toBe('secret');
  secrets.forgetPrevious();
  expect(() => secrets.decrypt(before, 'row')).toThrow(/not encrypted with this key/);
});

test('the key comes from the environment, or from a file that only its owner reads', async () => {
  const key = randomBytes(32).toString('base64');
  const stored = (await openSecrets({ key, dataDir: folder })).encrypt('x', 'row');
  expect((await openSecrets({ key, dataDir: '/nowhere' })).decrypt(stored, 'row')).toBe('x');

  const made = await openSecrets({ dataDir: folder });
  const file = join(folder, 'secret-key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o644);
  expect((await openSecrets({ dataDir: folder })).decrypt(made.encrypt('y', 'row'), 'row')).toBe('y');
  expect(statSync(file).mode & 0o777).toBe(0o600);

  for (const wrong of ['', 'short', randomBytes(31).toString('base64'), `${'!'.repeat(40)}${key}`]) {
    await expect(openSecrets({ key: wrong, dataDir: folder })).rejects.toThrow(/32 bytes in base64/);
  }
  writeFileSync(file, '');
  await expect(openSecrets({ dataDir: folder })).rejects.toThrow(/is empty/);
});

test('the API token is made once, also by two starts at a time, and only it is it', async () => {
  const made = await Promise.all([openApiToken(folder), openApiToken(folder), openApiToken(folder)]);
  const [first, ...others] = made;
  for (const other of others) expect(other.token).toBe(first.token);
  expect(made.filter((token) => token.made)).toHaveLength(1);
  expect(readFileSync(first.file, 'utf8').trim()).toBe(first.token);
  expect(statSync(first.file).mode & 0o777).toBe(0o600);
  expect(isToken(first.token, first.hash)).toBe(true);
  for (const wrong of ['', `${first.token}x`, first.token.slice(1)])
    expect(isToken(wrong, first.hash)).toBe(false);
});
