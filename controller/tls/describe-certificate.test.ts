import { expect, test } from 'vitest';
import { describeCertificate } from './describe-certificate.ts';
import { makeCertificate } from './make-certificate.ts';

const valid = {
  notBefore: new Date('2026-11-01T00:00:00Z'),
  notAfter: new Date('2027-11-01T00:00:00Z'),
};

test('names, dates and fingerprint are said, and whether the name that PBXes call us is among them', async () => {
  const issuer = await makeCertificate({ ...valid, commonName: 'Office', names: [], isAuthority: true });
  const names = ['voice.example.com', '192.0.2.20', '2001:db8::1'];
  const own = await makeCertificate({ ...valid, commonName: 'Offhook', names });
  const said = describeCertificate(own.certificatePem, 'voice.example.com');
  expect(said).toMatchObject({
    fitsRegistrar: true,
    isSelfSigned: true,
    issuer: 'Offhook',
    validUntil: '2027-11-01T00:00:00.000Z',
    fingerprint: expect.stringMatching(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/) as string,
  });
  expect(said.names.slice(0, 2)).toEqual(names.slice(0, 2));
  const fits = (host: string | null) => describeCertificate(own.certificatePem, host).fitsRegistrar;
  expect(['192.0.2.20', '[2001:db8::1]', 'sip.example.com', '192.0.2.21', null].map(fits)).toEqual([
    true,
    true,
    false,
    false,
    null,
  ]);
  const signed = await makeCertificate({ ...valid, commonName: 'old.example.com', names: [], issuer });
  expect(describeCertificate(signed.certificatePem + issuer.certificatePem, null)).toMatchObject({
    names: ['old.example.com'],
    isSelfSigned: false,
    issuer: 'Office',
  });
});
