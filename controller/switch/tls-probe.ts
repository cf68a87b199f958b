/**
 * What is wrong with the TLS of a SIP address: a handshake of our own, judged as the trunk wants it judged. The switches
 * say only that a connection did not come about. It knows no switch and sends nothing after the handshake.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type PeerCertificate, rootCertificates, type TLSSocket } from 'node:tls';
import type { TlsProblem, TlsTrust } from './port.ts';

export type TlsProbeResult = 'reachable' | 'refused' | 'no-answer' | TlsProblem;

/**
 * Which names of a certificate a switch compares with the domain. FreeSWITCH's library knows no wildcard and overlooks
 * IP addresses in subjectAltName (tport.c, tport_subject_search; tport_tls.c, tls_post_connection_check).
 */
export type NameRule = 'rfc6125' | 'literal';

export const probeTls = (options: {
  /** where the name leads, already resolved */
  address: string;
  /** what the certificate has to be made out to */
  domain: string;
  port: number;
  trust: TlsTrust;
  nameRule: NameRule;
  timeoutMs: number;
}): Promise<TlsProbeResult> =>
  new Promise((done) => {
    const { address, domain, port, trust } = options;
    const host = domain.replace(/^\[(.*)\]$/, '$1');
    let connected = false;
    const socket = connect({
      host: address,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ca: trust.caPem === null ? [...rootCertificates] : [trust.caPem],
      minVersion: 'TLSv1.2',
      // judged below: the connection is closed in any case
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const settle = (result: TlsProbeResult) => {
      clearTimeout(timer);
      socket.destroy();
      done(result);
    };
    // a SIP server over plain TCP waits for the end of a message that never comes
    const timer = setTimeout(
      () => settle(connected ? { problem: 'no-tls' } : 'no-answer'),
      options.timeoutMs,
    );
    socket.once('connect', () => {
      connected = true;
    });
    socket.once('secureConnect', () =>
      settle(trust.verify ? (problemOf(socket, host, options.nameRule) ?? 'reachable') : 'reachable'),
    );
    socket.once('error', (error: NodeJS.ErrnoException) => settle(afterError(error, connected)));
    // "end" without an error: the far side hung up in the middle of the handshake
    socket.once('close', () => settle({ problem: 'no-tls' }));
  });

const afterError = (error: NodeJS.ErrnoException, connected: boolean): TlsProbeResult => {
  const code = error.code ?? '';
  if (!connected) return code === 'ECONNREFUSED' || code === 'ECONNRESET' ? 'refused' : 'no-answer';
  // OpenSSL: the first bytes were no TLS record; or the far side closed instead of answering the ClientHello
  if (
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH/.test(code)
  )
    return { problem: 'no-tls' };
  return { problem: 'handshake', detail: (code || error.message).slice(0, 120) };
};

const problemOf = (socket: TLSSocket, host: string, nameRule: NameRule): TlsProblem | null => {
  const certificate = socket.getPeerX509Certificate();
  const peer = socket.getPeerCertificate();
  if (!certificate) return { problem: 'handshake', detail: 'the PBX showed no certificate' };
  // Node types this as an Error; it is the code of OpenSSL's verification
  const error = socket.authorizationError as unknown as string | Error | null;
  if (!error) return isMadeOutTo(certificate, peer, host, nameRule) ? null : wrongName(certificate, peer);
  const code = typeof error === 'string' ? error : error.message;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return { problem: 'expired', on: dateOf(expiredOf(certificate).validTo) };
    case 'CERT_NOT_YET_VALID':
      return { problem: 'not-yet-valid', from: dateOf(certificate.validFrom) };
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return { problem: 'unknown-authority', issuer: issuerOf(certificate), selfSigned: true };
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_UNTRUSTED':
    case 'INVALID_CA':
      return { problem: 'unknown-authority', issuer: issuerOf(certificate), selfSigned: false };
    default:
      return { problem: 'handshake', detail: code.slice(0, 120) };
  }
};

/** The one of the chain that has expired: it may be an authority's. */
const expiredOf = (leaf: X509Certificate): X509Certificate => {
  let certificate: X509Certificate | undefined = leaf;
  for (let depth = 0; certificate && depth < 8; depth += 1) {
    if (new Date(certificate.validTo) < new Date()) return certificate;
    certificate = certificate.issuerCertificate;
  }
  return leaf;
};

const dateOf = (text: string): string => new Date(text).toISOString();
const issuerOf = (certificate: X509Certificate): string => /^CN=(.*)$/m.exec(certificate.issuer)?.[1] ?? '';
const commonNameOf = (peer: PeerCertificate): string => {
  const name: unknown = peer.subject?.CN;
  return typeof name === 'string' ? name : '';
};

const isMadeOutTo = (
  certificate: X509Certificate,
  peer: PeerCertificate,
  host: string,
  nameRule: NameRule,
): boolean => {
  if (nameRule === 'rfc6125')
    return isIP(host) === 0
      ? certificate.checkHost(host) !== undefined
      : certificate.checkIP(host) !== undefined || commonNameOf(peer) === host;
  return [commonNameOf(peer), ...alternatives(certificate, 'DNS')].some(
    (name) => name.toLowerCase() === host.toLowerCase(),
  );
};

const wrongName = (certificate: X509Certificate, peer: PeerCertificate): TlsProblem => {
  const names = [...alternatives(certificate, 'DNS'), ...alternatives(certificate, 'IP Address')];
  const commonName = commonNameOf(peer);
  return { problem: 'wrong-name', names: names.length > 0 || commonName === '' ? names : [commonName] };
};

/** Names with signs that have to be quoted are nobody's domain: they are left out. */
const alternatives = (certificate: X509Certificate, kind: 'DNS' | 'IP Address'): string[] =>
  (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith(`${kind}:`))
    .map((entry) => entry.slice(kind.length + 1))
    .filter((name) => !name.includes('"'));
