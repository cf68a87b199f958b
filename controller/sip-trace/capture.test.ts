import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountKey, callIdKey, SipCapture } from './capture.ts';
import type { HepPacket } from './hep.ts';

const pbx = { address: '192.0.2.1', port: 5060 };
const ours = { address: '192.0.2.9', port: 5070 };
const message = (first: string, cseq: string, ...more: string[]): Buffer =>
  Buffer.from(
    [first, 'Call-ID: a@b', `CSeq: ${cseq}`, 'To: "x" <sip:10%300@pbx.example>', ...more, '', ''].join(
      '\r\n',
    ),
  );
const packet = (payload: Buffer, more: Partial<HepPacket> = {}): HepPacket => ({
  transport: 'udp',
  source: pbx,
  destination: ours,
  timeMs: 1000,
  correlationId: '',
  payload,
  ...more,
});
const invite = message('INVITE sip:1000@ours SIP/2.0', '1 INVITE');
const backwards = { source: ours, destination: pbx };

describe('who sent a message', () => {
  it('is told by our own address', () => {
    const capture = new SipCapture({ ownEnd: ours });
    expect(capture.read(packet(invite))).toMatchObject([
      { isSent: false, source: '192.0.2.1:5060', destination: '192.0.2.9:5070', callId: 'a@b' },
    ]);
    expect(capture.read(packet(invite, backwards))).toMatchObject([{ isSent: true }]);
  });

  it('is told by the method, until our own name has taught the address', () => {
    const capture = new SipCapture({ ownEnd: null });
    const bye = packet(message('BYE sip:x SIP/2.0', '2 BYE'), backwards);
    expect(capture.read(packet(invite))).toMatchObject([{ isSent: false }]);
    expect(capture.read(packet(message('SIP/2.0 180 Ringing', '1 INVITE'), backwards))).toMatchObject([
      { isSent: true },
    ]);
    expect(capture.read(bye)).toMatchObject([{ isSent: false }]);
    capture.read(packet(message('SIP/2.0 200 OK', '1 INVITE', 'Server: Offhook'), backwards));
    expect(capture.read(bye)).toMatchObject([{ isSent: true }]);
    // a PBX cannot take our name once our address is known
    expect(capture.read(packet(message('BYE sip:x SIP/2.0', '3 BYE', 'User-Agent: Offhook')))).toMatchObject([
      { isSent: false },
    ]);
  });
});

describe('a captured message', () => {
  const capture = new SipCapture({ ownEnd: ours });
  it('names the account that a REGISTER is about, as a trunk is named', () => {
    const account = (uri: string) =>
      capture.read(packet(message(`REGISTER ${uri} SIP/2.0`, '1 REGISTER')))[0]?.account;
    expect(account('sip:PBX.example:5080;transport=tcp')).toBe(
      accountKey({ username: '1000', domain: 'pbx.example', port: 5080 }),
    );
    expect(account('sip:pbx.example')).toBe('1000@pbx.example:5060');
    expect(account('sip:[2001:db8::1]:5080')).toBe('1000@[2001:db8::1]:5080');
    expect(account('tel:1')).toBeNull();
    const [answer] = capture.read(packet(message('SIP/2.0 200 OK', '1 REGISTER')));
    expect(answer).toMatchObject({ account: null, isRegister: true });
  });

  it('has lost its secrets, and is cut when it is very long', () => {
    const [read] = capture.read(
      packet(message('INVITE sip:1:pass@x SIP/2.0', '1 INVITE', `X: ${'y'.repeat(30_000)}`)),
    );
    expect(read?.text).toMatch(/^INVITE sip:1:\[removed]@x /);
    expect(read?.text.length).toBeLessThan(16_100);
  });

  it('has a Call-ID that an index takes', () => {
    expect(callIdKey('a@b')).toBe('a@b');
    const long = 'x'.repeat(5000);
    expect(callIdKey(long).length).toBeLessThan(100);
    expect(callIdKey(long)).not.toBe(callIdKey(`${long}y`));
  });

  it('is none when it is a keep-alive, OPTIONS or no SIP', () => {
    expect(capture.read(packet(Buffer.from('\r\n\r\n')))).toEqual([]);
    expect(capture.read(packet(message('OPTIONS sip:x SIP/2.0', '1 OPTIONS')))).toEqual([]);
    expect(capture.notUnderstood).toBe(0);
    expect(capture.read(packet(Buffer.from('GET / HTTP/1.1\r\n\r\n')))).toEqual([]);
    expect(capture.notUnderstood).toBe(1);
  });

  it('of any bytes never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' })),
        fc.constantFrom('udp' as const, 'tcp' as const),
        (bytes, transport) => {
          const text = Buffer.from(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
          capture.read(packet(text, { transport }));
          capture.read(
            packet(Buffer.concat([invite.subarray(0, -2), text, Buffer.from('\r\n\r\n')]), { transport }),
          );
        },
      ),
    );
  });
});

describe('on a stream', () => {
  const withBody = (body: string, count: number): Buffer =>
    Buffer.concat([
      message('NOTIFY sip:x SIP/2.0', `${count} NOTIFY`, `l: ${body.length}`, 'c: message/sipfrag'),
      Buffer.from(body),
    ]);
  const bodies = ['SIP/2.0 100 Trying\r\n', '', 'SIP/2.0 200 OK\r\n', 'INVITE sip:x SIP/2.0\r\n'];
  const stream = Buffer.concat(bodies.flatMap((body, at) => [withBody(body, at), Buffer.from('\r\n\r\n')]));

  it('messages are put together from any pieces that do not cut a first line', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: stream.length }), { maxLength: 8 }), (cuts) => {
        // who joins in the middle of a first line cannot know that it is one
        const heads = bodies.map(
          (_, at) => stream.indexOf(`CSeq: ${at} `) - 'NOTIFY sip:x SIP/2.0\r\nCall-ID: a@b\r\n'.length,
        );
        const good = cuts
          .filter(
            (cut) => !heads.some((head) => cut > head && cut < head + 'NOTIFY sip:x SIP/2.0\r\n'.length),
          )
          .sort((one, other) => one - other);
        const capture = new SipCapture({ ownEnd: ours });
        const read = [0, ...good].flatMap((from, at) => {
          const payload = stream.subarray(from, good[at]);
          return capture.read(packet(payload, { transport: 'tcp' })).map(({ text }) => text);
        });
        expect(read.map((text) => text.slice(text.indexOf('\r\n\r\n') + 4))).toEqual(bodies);
        expect(capture.notUnderstood).toBe(0);
      }),
    );
  });

  it('a lost piece costs its own message', () => {
    const capture = new SipCapture({ ownEnd: ours });
    const tcp = (payload: Buffer) => capture.read(packet(payload, { transport: 'tcp' }));
    expect(tcp(invite.subarray(0, 40))).toEqual([]);
    expect(tcp(withBody('', 7))).toHaveLength(1);
    expect(tcp(invite.subarray(40))).toEqual([]);
    expect(tcp(withBody('', 8))).toHaveLength(1);
  });

  it('a message that never ends is given up', () => {
    const capture = new SipCapture({ ownEnd: ours });
    const endless = message('INVITE sip:x SIP/2.0', '1 INVITE', 'Content-Length: 999999999');
    expect(capture.read(packet(endless, { transport: 'tcp' }))).toEqual([]);
    for (let count = 0; count < 10; count += 1)
      expect(capture.read(packet(Buffer.alloc(10_000, 'x'), { transport: 'tcp' }))).toEqual([]);
    expect(capture.read(packet(invite, { transport: 'tcp' }))).toHaveLength(1);
  });
});
