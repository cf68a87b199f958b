import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactSip } from './redact.ts';

const lines = (...parts: string[]): string => parts.join('\r\n');
const head = (...headers: string[]): string =>
  lines(
    'INVITE sip:1000@pbx.example;transport=tcp SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport',
    'From: "Anna: A <b>" <sip:101@pbx.example>;tag=a1',
    'To: <sip:1000@pbx.example:5080>',
    'Call-ID: abc@192.0.2.1',
    'CSeq: 7 INVITE',
    ...headers,
  );
const sdp = (...more: string[]): string =>
  lines('v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...more, '');
const offer = sdp('m=audio 4000 RTP/AVP 0 101', 'a=rtpmap:0 PCMU/8000', 'a=fmtp:101 0-16', 'a=sendrecv');

describe('a message', () => {
  it('without secrets stays as it is', () => {
    for (const message of [
      `${head('Content-Type: application/sdp', 'Content-Length: 9', 'Contact: <sip:101@192.0.2.1:5060;ob>,sip:x@y:5060')}\r\n\r\n${offer}`,
      `${head('Refer-To: <sip:215@pbx?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>', 'Alert-Info: <http://host:80/a@b>')}\r\n\r\n`,
      `${head('Content-Type: message/sipfrag;version=2.0', 'Event: refer')}\r\n\r\nSIP/2.0 486 Busy Here\r\n`,
    ])
      expect(redactSip(message)).toBe(message);
  });

  it('keeps what explains an authentication, and nothing more of it', () => {
    const text = redactSip(
      `${head(
        'Authorization: Digest username="1000", realm="pbx, the \\"big\\" one", nonce="n0nce", uri="sip:pbx", response="cafe", algorithm=MD5, cnonce="c", qop=auth, nc=00000001, opaque="o"',
        'WWW-Authenticate: Digest realm="a", nonce="n0nce", Digest realm="b", stale=TRUE',
        'proxy-authorization : Basic dXNlcjpwYXNz',
        'Authorization: Digest username="1000, response=cafe',
      )}\r\n\r\n`,
    );
    expect(text.split('\r\n').slice(6, 10)).toEqual([
      'Authorization: Digest username="1000", realm="pbx, the \\"big\\" one", nonce="[removed]", uri="sip:pbx", response="[removed]", algorithm=MD5, cnonce="[removed]", qop=auth, nc=00000001, opaque="[removed]"',
      'WWW-Authenticate: Digest realm="a", nonce="[removed]", Digest realm="b", stale=TRUE',
      'proxy-authorization : Basic [removed]',
      'Authorization: Digest [removed]',
    ]);
  });

  it('keeps the suite of a crypto line and leaves out bodies of other kinds', () => {
    const crypto = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:S2V5|2^20|1:4 UNENCRYPTED_SRTCP';
    expect(redactSip(`${head('c: application/sdp')}\r\n\r\n${sdp(crypto)}`)).toContain(
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 [removed]\r\n',
    );
    const text = redactSip(`${head('Content-Type: text/plain')}\r\n\r\nmy PIN is 1234`);
    expect(text).toMatch(/\r\n\r\n\[14 bytes of text\/plain left out]$/);
  });
});

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'.split('');
/** Found in no message by chance: it begins with signs that stand nowhere else. */
const secretOf = (signs: readonly string[]) =>
  fc
    .string({ unit: fc.constantFrom(...signs), minLength: 6, maxLength: 40 })
    .map((text) => `Zq9Xv${text.replace(/^\s+|\s+$/g, 'x')}`);
const plainSecret = secretOf([...letters, ..."+/-_.!~*'()&$".split('')]);
const quotedSecret = secretOf([...letters, ...'+/=-_.!~*()&$ ,;:<>@?%#'.split('')]);
const cased = (name: string) =>
  fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((upper) =>
    name
      .split('')
      .map((sign, at) => (upper[at] ? sign.toUpperCase() : sign))
      .join(''),
  );
const space = fc.constantFrom('', ' ', '\t', '  ', '\r\n ', '\r\n\t');

/** A piece of a message that carries a secret, and the secret. */
const header = fc
  .record({
    name: fc
      .constantFrom(
        'authorization',
        'proxy-authorization',
        'www-authenticate',
        'proxy-authenticate',
        'authentication-info',
        'proxy-authentication-info',
      )
      .chain(cased),
    scheme: fc.constantFrom('Digest ', 'digest ', '', 'Basic ', 'Digest\r\n '),
    parameter: fc.constantFrom('response', 'nonce', 'cnonce', 'opaque', 'nextnonce', 'rspauth', 'x-other'),
    isQuoted: fc.boolean(),
    secret: quotedSecret,
    gaps: fc.array(space, { minLength: 4, maxLength: 4 }),
    isFirst: fc.boolean(),
    isBroken: fc.boolean(),
  })
  .map(({ name, scheme, parameter, isQuoted, secret, gaps, isFirst, isBroken }) => {
    const given = isQuoted ? secret : secret.replace(/[^A-Za-z0-9\-.!%*_+`'~]/g, 'x');
    const value = isQuoted ? `"${given}${isBroken ? '' : '"'}` : given;
    const pair = `${parameter}${gaps[0]}=${gaps[1]}${value}`;
    const other = 'realm="pbx"';
    const parts = isFirst ? [pair, other] : [other, pair];
    return { secret: given, head: `${name}${gaps[2]}:${gaps[3]}${scheme}${parts.join(',')}`, body: '' };
  });
const opaqueHeader = fc
  .record({
    name: fc.constantFrom('X-Auth-Token', 'X-API-Key', 'Cookie', 'X-Password', 'P-Media-Authorization'),
    secret: quotedSecret,
  })
  .map(({ name, secret }) => ({ secret, head: `${name}: ${secret}`, body: '' }));
const uri = fc
  .record({
    name: fc.constantFrom('Contact', 'From', 'Route', 'Refer-To', 'P-Asserted-Identity', 'X-Own'),
    scheme: fc.constantFrom('sip:', 'sips:', 'SIP:', 'http://', 'ldap://'),
    secret: secretOf([...letters, ..."+=-_.!~*'()&$,%@:;?".split('')]),
    form: fc.constantFrom('<%>;tag=1', '%', '"x" <%>', '<sip:a@b>,<%>', 'sip:a@b:5060,%'),
  })
  .map(({ name, scheme, secret, form }) => ({
    secret,
    head: `${name}: ${form.replace('%', () => `${scheme}user:${secret}@host:5060;lr`)}`,
    body: '',
  }));
const embedded = fc
  .record({
    form: fc.constantFrom(
      '<sip:x@y?Authorization=%>',
      '<sip:x@y?a=b&Proxy-Authorization=%&c=d>',
      '<sip:x@y;password=%;lr>',
      '<sip:x@y>;token="%"',
      '<sip:x@y?Refer-To=sip%3Auser%3A%%40host>',
    ),
    secret: secretOf(letters),
  })
  .map(({ form, secret }) => ({
    secret,
    head: `Refer-To: ${form.replace(/%(?![0-9A-F])/, secret)}`,
    body: '',
  }));
const media = fc
  .record({
    form: fc.constantFrom(
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%|2^20|1:4',
      'a=crypto:2 AES_256_CM_HMAC_SHA1_32 KDR=1 inline:%;inline:abc FEC_ORDER=FEC_SRTP',
      ' a = CRYPTO : 1 X inline:%',
      'a=crypto 1 AES inline:%',
      'a=key-mgmt:mikey %',
      'a=ice-pwd:%',
      'k=base64:%',
      'Signal=%',
      'u=http://user:%@host/',
      'Authorization: Digest response="%"',
    ),
    secret: plainSecret.map((text) => text.replaceAll('/', 'x')),
  })
  .map(({ form, secret }) => ({ secret, head: 'Subject: x', body: form.replace('%', () => secret) }));
const startLine = secretOf(letters).map((secret) => ({ secret, head: '', body: '' }));

it('that has no end is none', () => {
  expect(redactSip(`${head('Authorization: Digest response="x"')}\r\n`)).toBe('');
});

describe('no secret comes out', () => {
  const contentTypes = fc.constantFrom(
    'application/sdp',
    'application/sdp;charset=utf-8',
    'message/sipfrag',
    'multipart/mixed;boundary=b',
    'application/dtmf-relay',
    'application/dtmf',
    'text/plain',
    '',
  );
  it('of headers, URIs and bodies, however they are written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(header, opaqueHeader, uri, embedded, media), { minLength: 1, maxLength: 4 }),
        contentTypes,
        fc.constantFrom('\r\n', '\n', '\r'),
        (pieces, contentType, lineEnd) => {
          const type = contentType === '' ? [] : [`Content-Type: ${contentType}`];
          const body = sdp(...pieces.map((piece) => piece.body).filter(Boolean)).replaceAll('\r\n', lineEnd);
          const redacted = redactSip(
            `${head(...type, ...pieces.map((piece) => piece.head).filter(Boolean))}\r\n\r\n${body}`,
          );
          expect(redacted).toMatch(/^INVITE /);
          for (const { secret } of pieces) expect(redacted).not.toContain(secret.slice(0, 8));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('of the address of a request', () => {
    fc.assert(
      fc.property(startLine, ({ secret }) => {
        const message = `${head()}\r\n\r\n`.replace('sip:1000@', `sip:1000:${secret}@`);
        expect(redactSip(message)).toBe(`${head()}\r\n\r\n`.replace('sip:1000@', 'sip:1000:[removed]@'));
      }),
    );
  });

  it('and a message that was cleaned stays as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(header, opaqueHeader, uri, embedded), { maxLength: 4 }), (pieces) => {
        const once = redactSip(`${head(...pieces.map((piece) => piece.head))}\r\n\r\n${offer}`);
        expect(redactSip(once)).toBe(once);
      }),
    );
  });
});

it('long nonsense takes time in proportion to its length', () => {
  const timeOf = (piece: string, times: number): number => {
    const text = `${head(
      `X: ${piece.repeat(times)}`,
      `Authorization: ${piece.repeat(times)}`,
      `a=${piece.repeat(times)}`,
    )}\r\n\r\n`;
    const took = [1, 2, 3].map(() => {
      const began = performance.now();
      for (let count = 0; count < 5; count += 1) redactSip(text);
      return performance.now() - began;
    });
    return Math.min(...took);
  };
  for (const piece of [
    'sip:a:',
    '@sip:a',
    'sip%3a',
    'a.',
    ';token="',
    '"\\',
    ';passw',
    ' \t',
    'a=',
    'http://',
  ]) {
    timeOf(piece, 500);
    // sixteen times as long: a quadratic one takes 256 times as long
    expect(timeOf(piece, 8000) / Math.max(timeOf(piece, 500), 0.05)).toBeLessThan(100);
  }
});
