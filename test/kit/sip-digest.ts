/**
 * Digest authentication (RFC 2617, RFC 3261 section 22; SHA-256 of RFC 8760) from both sides. It knows no transport.
 */
import { createHash, randomBytes } from 'node:crypto';
import { headerOf, type SipHeader, type SipResponse } from './sip-message.ts';

const hash = (algorithm: string, text: string): string =>
  createHash(/sha-?256/i.test(algorithm) ? 'sha256' : 'md5')
    .update(text)
    .digest('hex');

/** The `name=value` pairs of a challenge or of credentials. */
export const digestFields = (header: string): Map<string, string> => {
  const fields = new Map<string, string>();
  for (const found of header.replace(/^\s*Digest\s+/i, '').matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/g)) {
    fields.set((found[1] ?? '').toLowerCase(), found[2] ?? found[3] ?? '');
  }
  return fields;
};

export type Credentials = { username: string; password: string };

const digestResponse = (
  credentials: Credentials,
  options: {
    algorithm: string;
    realm: string;
    nonce: string;
    method: string;
    uri: string;
    qop: string;
    nc: string;
    cnonce: string;
  },
): string => {
  const { algorithm } = options;
  const secret = hash(algorithm, `${credentials.username}:${options.realm}:${credentials.password}`);
  const action = hash(algorithm, `${options.method}:${options.uri}`);
  return options.qop
    ? hash(algorithm, `${secret}:${options.nonce}:${options.nc}:${options.cnonce}:${options.qop}:${action}`)
    : hash(algorithm, `${secret}:${options.nonce}:${action}`);
};

/** The credentials header's value that answers `challenge`. */
const answerChallenge = (
  challenge: string,
  credentials: Credentials,
  method: string,
  uri: string,
): string => {
  const fields = digestFields(challenge);
  const realm = fields.get('realm') ?? '';
  const nonce = fields.get('nonce') ?? '';
  const qop = (fields.get('qop') ?? '').split(',').some((word) => word.trim() === 'auth') ? 'auth' : '';
  const nc = '00000001';
  const cnonce = randomBytes(8).toString('hex');
  const algorithm = 'MD5';
  const response = digestResponse(credentials, { algorithm, realm, nonce, method, uri, qop, nc, cnonce });
  const parts = [
    `username="${credentials.username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    'algorithm=MD5',
  ];
  if (qop) parts.push(`qop=${qop}`, `nc=${nc}`, `cnonce="${cnonce}"`);
  const opaque = fields.get('opaque');
  if (opaque !== undefined) parts.push(`opaque="${opaque}"`);
  return `Digest ${parts.join(', ')}`;
};

/** The header that answers the challenge of a 401 or 407; null when the response is neither. */
export const proofFor = (
  response: SipResponse | null,
  credentials: Credentials,
  method: string,
  uri: string,
): SipHeader | null => {
  if (response?.status !== 401 && response?.status !== 407) return null;
  const [asks, answers] =
    response.status === 401
      ? ['WWW-Authenticate', 'Authorization']
      : ['Proxy-Authenticate', 'Proxy-Authorization'];
  return [answers, answerChallenge(headerOf(response, asks), credentials, method, uri)];
};

export const newChallenge = (realm: string): string =>
  `Digest realm="${realm}", nonce="${randomBytes(16).toString('hex')}", algorithm=MD5, qop="auth"`;

/** Are these credentials right for `password`? */
export const credentialsAreRight = (header: string, method: string, password: string): boolean => {
  const fields = digestFields(header);
  const field = (name: string): string => fields.get(name) ?? '';
  const expected = digestResponse(
    { username: field('username'), password },
    {
      algorithm: field('algorithm'),
      realm: field('realm'),
      nonce: field('nonce'),
      method,
      uri: field('uri'),
      qop: field('qop'),
      nc: field('nc'),
      cnonce: field('cnonce'),
    },
  );
  return field('response') === expected;
};
