/** What our own certificate says, for those whose PBXes check it. Pure. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { CertificateDetails } from '../contract/certificate.ts';
import { commonNameOf, isSelfSigned } from './trusted-certificates.ts';

/** `registrarHost`: what PBXes call us; null when nobody has said. Throws for what is no certificate. */
export const describeCertificate = (pem: string, registrarHost: string | null): CertificateDetails => {
  // the first one of a chain
  const certificate = new X509Certificate(pem);
  const names = (certificate.subjectAltName ?? '')
    .split(', ')
    .map((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? '')
    .filter((name) => name !== '');
  return {
    names: names.length > 0 ? names : [commonNameOf(certificate.subject)],
    fitsRegistrar: registrarHost === null ? null : fits(certificate, registrarHost.replace(/^\[|\]$/g, '')),
    isSelfSigned: isSelfSigned(certificate),
    issuer: commonNameOf(certificate.issuer),
    validUntil: new Date(certificate.validTo).toISOString(),
    fingerprint: certificate.fingerprint256,
  };
};

const fits = (certificate: X509Certificate, host: string): boolean =>
  (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
