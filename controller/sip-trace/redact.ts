/**
 * Takes the secrets out of a SIP message before anybody keeps it. What is known to be harmless stays, what is not
 * understood goes: a header of credentials loses every parameter but those listed, and a body of a kind that is not
 * listed is left out. Pure, and linear in the message's length, because strangers write them.
 */

export const removed = '[removed]';

/** What helps to find a fault in an authentication and is no secret (RFC 3261 §25.1, RFC 7616). */
const harmlessParameters = new Set(['username', 'realm', 'uri', 'domain', 'algorithm', 'qop', 'nc', 'stale']);
const credentialHeaders = new Set([
  'authorization',
  'proxy-authorization',
  'www-authenticate',
  'proxy-authenticate',
  'authentication-info',
  'proxy-authentication-info',
]);
/** In the name of a header, a parameter or an attribute of whoever's making: it sounds like a secret. */
const secretName = /auth|passw|passphrase|pwd|secret|token|credential|cookie|api-?key|session-?key|key-mgmt/i;

/** The parts between commas that stand in no quotes; null when a quote is not closed. */
const splitList = (text: string): string[] | null => {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '"') isQuoted = !isQuoted;
    else if (isQuoted && sign === '\\') at += 1;
    else if (!isQuoted && sign === ',') {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  if (isQuoted) return null;
  return [...parts, text.slice(from).trim()].filter((part) => part !== '');
};

const token = "[A-Za-z0-9\\-.!%*_+`'~]+";
const parameter = new RegExp(
  `^(?:(${token})[ \\t]+)?(${token})[ \\t]*=[ \\t]*("(?:[^"\\\\]|\\\\.)*"|${token})$`,
);

/** Digest's parameters one by one; of anything else nothing but its scheme. */
const redactCredentials = (value: string): string => {
  const kept = splitList(value)?.map((part) => {
    const [, scheme, name, text] = parameter.exec(part) ?? [];
    if (name === undefined || text === undefined) return null;
    const isHarmless = harmlessParameters.has(name.toLowerCase());
    return `${scheme === undefined ? '' : `${scheme} `}${name}=${isHarmless ? redactUris(text) : `"${removed}"`}`;
  });
  // one part that is not understood, and nobody knows where a secret begins and ends
  if (kept === undefined || kept.length === 0 || kept.includes(null)) {
    const scheme = /^\s*(Digest|Basic|Bearer|NTLM|Kerberos)\s/i.exec(value)?.[1];
    return scheme === undefined ? removed : `${scheme} ${removed}`;
  }
  return kept.join(', ');
};

/** From the second colon after `scheme` to the last `at` sign of a word is a password. */
const withoutPassword = (word: string, scheme: RegExp, colon: string, at: string): string => {
  const end = word.toLowerCase().lastIndexOf(at);
  if (end === -1) return word;
  const begin = scheme.exec(word.slice(0, end));
  return begin ? `${word.slice(0, begin.index + begin[0].length)}${colon}${removed}${word.slice(end)}` : word;
};

const withoutAuthority = (word: string): string => {
  const begin = word.indexOf('://') + 3;
  if (begin === 2) return word;
  const slash = word.indexOf('/', begin);
  const end = word.slice(0, slash === -1 ? undefined : slash).lastIndexOf('@');
  return end < begin ? word : `${word.slice(0, begin)}${removed}${word.slice(end)}`;
};

/**
 * Passwords in URIs, wherever they stand, also escaped as a part of another URI. No part of a SIP URI but its user part
 * may hold a bare `@` (RFC 3261 §25.1), so all between the colon and the last one is the password.
 */
const redactUris = (line: string): string =>
  line
    .replace(/[^\s<>]+/g, (word) => {
      if (!word.includes(':') && !word.includes('%')) return word;
      const plain = withoutPassword(word, /\bsips?:[^:@]*(?=:)/i, ':', '@');
      const escaped = withoutPassword(plain, /\bsips?%3a(?:[^%]|%(?!3a|40))*(?=%3a)/i, '%3A', '%40');
      return withoutAuthority(escaped);
    })
    // parameters, and the headers that a URI brings along (§19.1.1)
    .replace(
      /([;?&][ \t]*)([^;?&=\s<>"]+)([ \t]*=[ \t]*)(?:"(?:[^"\\]|\\.)*(?:"|$)|[^;?&\s<>]*)/g,
      (all, before: string, name: string, equals: string) =>
        secretName.test(name) ? `${before}${name}${equals}${removed}` : all,
    );

/** A line of the head, of SDP (RFC 8866, RFC 4568, RFC 8839), of a sipfrag, or of a DTMF report. */
const redactLine = (line: string): string => {
  const crypto = /\ba\s*=\s*crypto/i.exec(line);
  if (crypto) {
    const suite = /^a\s*=\s*crypto\s*:\s*(\d{1,9}\s+[A-Z0-9_]{1,40})\s/i.exec(line.slice(crypto.index))?.[1];
    return `${redactUris(line.slice(0, crypto.index))}a=crypto:${suite === undefined ? '' : `${suite} `}${removed}`;
  }
  if (/^\s*k\s*=/.test(line)) return `k=${removed}`;
  // keyed-in digits may be somebody's PIN
  if (/^\s*signal\s*=/i.test(line)) return `Signal=${removed}`;
  const colon = line.indexOf(':');
  const written = colon === -1 ? '' : line.slice(0, colon);
  // letters that belong in no name are not looked at, so that nobody hides behind them
  const name = written.toLowerCase().replace(/[^a-z0-9-]/g, '');
  if (credentialHeaders.has(name)) return `${written}: ${redactCredentials(line.slice(colon + 1))}`;
  if (secretName.test(name)) return `${written}: ${removed}`;
  return redactUris(line);
};

const knownBodies =
  /^(?:application\/sdp|message\/sipfrag|application\/dtmf-relay|application\/simple-message-summary)\s*(?:;|$)/i;

const redactBody = (body: string, contentType: string): string => {
  if (body === '') return '';
  const lines = body.split(/\r\n|\r|\n/);
  if (contentType === '' || knownBodies.test(contentType)) return lines.map(redactLine).join('\r\n');
  const kind = /^[a-z0-9.+-]{1,40}\/[a-z0-9.+-]{1,80}/i.exec(contentType)?.[0] ?? 'an unknown kind';
  const leftOut = `[${Buffer.byteLength(body)} bytes of ${kind} left out]`;
  if (!/^multipart\//i.test(contentType)) return leftOut;
  // of several bodies, what is SDP
  return [leftOut, ...lines.filter((line) => /^[a-z]=/.test(line)).map(redactLine)].join('\r\n');
};

/** The message without its secrets, its header lines unfolded; empty when it is no SIP message (RFC 3261 §7). */
export const redactSip = (message: string): string => {
  const end = message.indexOf('\r\n\r\n');
  if (end === -1) return '';
  // a line that begins with a space goes on with the one before (§7.3.1)
  const head = message.slice(0, end).replace(/(?:\r\n|\r|\n)[ \t]+/g, ' ');
  const [startLine = '', ...headers] = head.split(/\r\n|\r|\n/);
  const contentType = headers
    .map((line) => /^(?:content-type|c)[ \t]*:[ \t]*(.*)$/i.exec(line)?.[1])
    .find((value) => value !== undefined);
  const lines = [redactUris(startLine), ...headers.map(redactLine)];
  return `${lines.join('\r\n')}\r\n\r\n${redactBody(message.slice(end + 4), (contentType ?? '').trim())}`;
};
