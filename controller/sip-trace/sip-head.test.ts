import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSipHead, sipfragStatus, uriIn } from './sip-head.ts';

const message = (text: string) => parseSipHead(Buffer.from(text.replaceAll('\n', '\r\n')));

describe('a SIP message', () => {
  it('is read as a request', () => {
    expect(
      message('REGISTER sip:pbx.example SIP/2.0\nCall-ID: a@b\nCSeq: 2 REGISTER\nExpires: 0\n\n'),
    ).toMatchObject({
      kind: 'request',
      method: 'REGISTER',
      uri: 'sip:pbx.example',
      callId: 'a@b',
      cseq: { number: 2, method: 'REGISTER' },
    });
  });

  it('is read as a response, with short names, folded lines, odd spaces and a body', () => {
    const head = message(
      'SIP/2.0 401 Nö\ni:  a@b \nCSEQ : 1 REGISTER\nf: "x"\n <sip:1@h>\nm: <sip:2@h>\nm: <sip:3@h>\n\nbody',
    );
    expect(head).toMatchObject({ kind: 'response', status: 401, reason: 'Nö', callId: 'a@b', body: 'body' });
    expect(head?.headers.get('from')).toEqual(['"x" <sip:1@h>']);
    expect(head?.headers.get('contact')).toEqual(['<sip:2@h>', '<sip:3@h>']);
  });

  it('that is none is null', () => {
    for (const text of [
      '',
      '\n\n',
      'SIP/2.0 200 OK\nCSeq: 1 X\n\n',
      'SIP/2.0 200 OK\nCall-ID: a\n\n',
      'SIP/2.0 999 OK\nCall-ID: a\nCSeq: 1 X\n\n',
      'HTTP/1.1 200 OK\nCall-ID: a\nCSeq: 1 X\n\n',
      'SIP/2.0 200 OK\n folded\nCall-ID: a\nCSeq: 1 X\n\n',
      'SIP/2.0 200 OK\nno header\nCall-ID: a\nCSeq: 1 X\n\n',
      'SIP/2.0 200 OK\nCall-ID: a\nCSeq: 99999999999 X\n\n',
      'SIP/2.0 200 OK\nCall-ID: a\nCSeq: 1 X\n',
    ])
      expect(message(text)).toBeNull();
  });

  it('of random bytes never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        parseSipHead(
          Buffer.concat([
            Buffer.from('SIP/2.0 200 OK\r\nCall-ID: a\r\n'),
            Buffer.from(bytes),
            Buffer.from('\r\n\r\n'),
          ]),
        );
      }),
    );
  });
});

describe('parts of it', () => {
  it('the URI of an address', () => {
    expect(uriIn('"Eve <sip:evil@x>" <sip:100@pbx;transport=tcp>;tag=1')).toBe('sip:100@pbx;transport=tcp');
    expect(uriIn('sip:100@pbx;tag=1')).toBe('sip:100@pbx');
    expect(uriIn('"a \\" < b" <sip:1@h>')).toBe('sip:1@h');
    expect(uriIn('')).toBe('');
  });

  it('the status of a sipfrag', () => {
    expect(sipfragStatus('SIP/2.0 486 Busy Here\r\n')).toBe(486);
    expect(sipfragStatus('\r\nSIP/2.0 200 OK')).toBe(200);
    for (const body of ['', 'SIP/2.0 OK', 'SIP/2.0 700 x', 'x SIP/2.0 200'])
      expect(sipfragStatus(body)).toBeNull();
  });
});
