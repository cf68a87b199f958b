/** The two files in which a sofia profile over TLS finds certificates. Pure. */
import type { CertificateText } from '../switch/port.ts';

/** `trusted`: whose certificates the far side's is checked against; null = it is not checked. */
export const certificateFiles = (
  own: CertificateText,
  trusted: readonly string[] | null,
): [name: 'agent.pem' | 'cafile.pem', text: string][] => {
  const certificates = own.certificatePem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  // only the first certificate of agent.pem is read (tport_tls.c, SSL_CTX_use_certificate_file): OpenSSL finds the
  // others of our own chain among the authorities
  const authorities = [...(trusted ?? certificates.slice(0, 1)), ...certificates.slice(1)];
  return [
    ['agent.pem', `${own.keyPem.trim()}\n${own.certificatePem.trim()}\n`],
    ['cafile.pem', `${authorities.join('\n')}\n`],
  ];
};
