/**
 * The certificates that a trunk trusts, read strictly: only what both switches can enforce gets in. It opens no
 * connection; `controller/switch/tls-probe.ts` looks at what a PBX really shows.
 *
 * A trust anchor of OpenSSL, which both switches use, is self-signed: the PBX's own certificate can be pinned only when
 * it is self-signed, and an intermediate authority only together with its root (X509_V_FLAG_PARTIAL_CHAIN is set by
 * neither switch). A fingerprint can be checked by neither, so there is no field for one.
 */
import { X509Certificate } from 'node:crypto';
import { caPemLimits } from '../contract/encryption.ts';
import { AppError } from '../errors.ts';
import { dayOf } from '../trunks/tls-words.ts';

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * The same certificates in one form, without the text that tools put around them. Throws an `AppError` that says which
 * one is wrong, and why.
 */
export const checkedCaPem = (pem: string, at: Date): string => {
  const certificates = certificatesIn(pem);
  for (const [index, certificate] of certificates.entries()) {
    const name = nameOf(certificate, index);
    if (at > new Date(certificate.validTo))
      refuse(`${name} expired on ${dayOf(new Date(certificate.validTo).toISOString())}`);
    if (isSelfSigned(certificate)) continue;
    if (!certificate.ca)
      refuse(
        `${name} is neither self-signed nor an authority's: paste the certificate of the authority that issued it (${commonNameOf(certificate.issuer)})`,
      );
    if (!certificates.some((other) => other !== certificate && certificate.checkIssued(other)))
      refuse(
        `${name} is an intermediate authority: paste the certificate of its root too (${commonNameOf(certificate.issuer)})`,
      );
  }
  const unique = new Map(certificates.map((certificate) => [certificate.fingerprint256, certificate]));
  return [...unique.values()].map((certificate) => certificate.toString().trim()).join('\n');
};

const certificatesIn = (pem: string): X509Certificate[] => {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    refuse('this text holds a private key: it stays with the PBX; paste the certificate alone');
  const blocks = pem.match(block) ?? [];
  if (blocks.length === 0) refuse('no certificate: it begins with -----BEGIN CERTIFICATE-----');
  // a block that is cut off, or of another kind
  if (/-----(?:BEGIN|END) /.test(pem.replace(block, '')))
    refuse('a part of the text is no whole certificate (PEM)');
  if (blocks.length > caPemLimits.certificates)
    refuse(`${blocks.length} certificates, and at most ${caPemLimits.certificates} are allowed`);
  return blocks.map((text, index) => {
    try {
      return new X509Certificate(text);
    } catch {
      return refuse(`certificate ${index + 1} cannot be read`);
    }
  });
};

export const isSelfSigned = (certificate: X509Certificate): boolean => {
  try {
    // not checkIssued: a PBX's own certificate seldom has the key usage of an authority, and needs none
    return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
  } catch {
    // a key of a kind that Node does not know
    return false;
  }
};

/** The common name in a subject or issuer, else all of it, in one line. */
export const commonNameOf = (distinguishedName: string): string =>
  /^CN=(.*)$/m.exec(distinguishedName)?.[1] ?? (distinguishedName.split('\n').join(', ') || 'no name');

const nameOf = (certificate: X509Certificate, index: number): string =>
  `certificate ${index + 1} (${commonNameOf(certificate.subject).slice(0, 80)})`;

const refuse = (reason: string): never => {
  throw new AppError('invalid-input', `tlsCaPem: ${reason}`, { fields: { tlsCaPem: reason } });
};
