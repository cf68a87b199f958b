import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { makeCertificate } from './make-certificate.ts';
import { OwnCertificate } from './own-certificate.ts';

let dir: string;
let now: Date;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oh-tls-'));
  now = new Date('2026-11-22T12:00:00Z');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const own = () =>
  new OwnCertificate({ dir, names: ['offhook.example.com', '192.0.2.1'], log: silentLog(), now: () => now });
const looked = async () => {
  const certificate = own();
  await certificate.start();
  certificate.stop();
  return certificate.readiness();
};

test('is made at the first run, private, with our names, and kept', async () => {
  const certificate = own();
  const [first, again] = await Promise.all([certificate.read(), certificate.read()]);
  expect(again).toEqual(first);
  expect(await own().read()).toEqual(first);
  const read = new X509Certificate(first.certificatePem);
  expect(read.checkHost('offhook.example.com')).toBeDefined();
  expect(read.checkIP('192.0.2.1')).toBeDefined();
  expect((await stat(join(dir, 'offhook.key'))).mode & 0o777).toBe(0o600);
  expect(first.keyPem).toContain('PRIVATE KEY');
  expect(await looked()).toEqual({ ready: true, text: 'valid until 19 November 2036' });
});

test('is made again a month before it ends', async () => {
  const first = await own().read();
  now = new Date('2036-11-10T12:00:00Z');
  const second = await own().read();
  expect(second.certificatePem).not.toBe(first.certificatePem);
  expect(await readFile(join(dir, 'offhook.crt'), 'utf8')).toBe(second.certificatePem);
});

test("an operator's files are used as they are, also when they have expired", async () => {
  const theirs = await makeCertificate({
    commonName: 'offhook.example.com',
    names: ['offhook.example.com'],
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2026-12-05T12:00:00Z'),
  });
  await writeFile(join(dir, 'offhook.crt'), theirs.certificatePem);
  expect(await looked()).toEqual({ ready: false, text: expect.stringMatching(/offhook\.key is missing/) });
  await writeFile(join(dir, 'offhook.key'), theirs.keyPem);
  expect(await own().read()).toEqual(theirs);
  expect(await looked()).toEqual({ ready: true, text: 'valid until 5 December 2026: renew it' });
  now = new Date('2027-01-01T00:00:00Z');
  expect(await looked()).toEqual({ ready: false, text: 'expired on 5 December 2026: replace it' });
  expect(await own().read()).toEqual(theirs);
});

test('files that do not fit are named', async () => {
  const [one, other] = await Promise.all(
    ['one', 'other'].map((commonName) =>
      makeCertificate({ commonName, names: [], notBefore: now, notAfter: new Date('2027-01-01T00:00:00Z') }),
    ),
  );
  await writeFile(join(dir, 'offhook.crt'), one?.certificatePem ?? '');
  await writeFile(join(dir, 'offhook.key'), other?.keyPem ?? '');
  await expect(own().read()).rejects.toThrow(/is not the key of/);
  await writeFile(join(dir, 'offhook.key'), 'nothing');
  await expect(own().read()).rejects.toThrow(/is no private key/);
  await writeFile(join(dir, 'offhook.crt'), 'nothing');
  await expect(own().read()).rejects.toThrow(/is no certificate/);
});
