import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type MadeCertificate, makeCertificate } from './make-certificate.ts';
import { checkedCaPem } from './trusted-certificates.ts';

const now = new Date('2026-11-22T12:00:00Z');
const day = 86_400_000;
const valid = { notBefore: new Date(now.getTime() - 10 * day), notAfter: new Date(now.getTime() + 10 * day) };

let root: MadeCertificate;
let intermediate: MadeCertificate;
let leaf: MadeCertificate;
let selfSigned: MadeCertificate;
let expired: MadeCertificate;

beforeAll(async () => {
  root = await makeCertificate({ ...valid, commonName: 'Root', names: [], isAuthority: true });
  [intermediate, leaf, selfSigned, expired] = await Promise.all([
    makeCertificate({ ...valid, commonName: 'Middle', names: [], isAuthority: true, issuer: root }),
    makeCertificate({ ...valid, commonName: 'pbx', names: ['pbx.example.com', '192.0.2.1'], issuer: root }),
    makeCertificate({ ...valid, commonName: 'pbx', names: ['pbx.example.com'] }),
    makeCertificate({
      commonName: 'Old',
      names: [],
      notBefore: new Date('2025-05-03T10:00:00Z'),
      notAfter: new Date('2026-05-03T10:00:00Z'),
      isAuthority: true,
    }),
  ]);
});

describe('a made certificate', () => {
  it('names what it was asked to name and is signed by its issuer', () => {
    const read = new X509Certificate(leaf.certificatePem);
    expect(read.checkHost('pbx.example.com')).toBe('pbx.example.com');
    expect(read.checkIP('192.0.2.1')).toBe('192.0.2.1');
    expect(read.verify(new X509Certificate(root.certificatePem).publicKey)).toBe(true);
    expect(read.ca).toBe(false);
  });
});

describe('trusted certificates', () => {
  it('are an authority, one with its root, or a self-signed one, each once and without other text', () => {
    const text = `subject=Root\n${root.certificatePem}\n\n${intermediate.certificatePem}${root.certificatePem}`;
    const checked = checkedCaPem(text, now);
    expect(checked.match(/BEGIN/g)).toHaveLength(2);
    expect(checked).not.toContain('subject');
    expect(checkedCaPem(checked, now)).toBe(checked);
    expect(new X509Certificate(checkedCaPem(selfSigned.certificatePem, now)).subject).toBe('CN=pbx');
  });

  it.each([
    ['an expired one', () => expired.certificatePem, /expired on 3 May 2026/],
    ['one that somebody else issued', () => leaf.certificatePem, /neither self-signed nor .*\(Root\)/],
    ['an intermediate alone', () => intermediate.certificatePem, /paste the certificate of its root too/],
    ['a private key', () => selfSigned.certificatePem + selfSigned.keyPem, /private key/],
    ['half of one', () => root.certificatePem.slice(0, 400), /no certificate/],
    ['one and a half', () => root.certificatePem + root.certificatePem.slice(0, 400), /no whole certificate/],
    ['too many', () => root.certificatePem.repeat(9), /at most 8/],
    [
      'no certificate inside',
      () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      /cannot be read/,
    ],
    ['some text', () => 'trust me', /no certificate/],
  ])('are not %s', (_what, pem, reason) => {
    expect(() => checkedCaPem(pem(), now)).toThrow(reason);
  });
});
