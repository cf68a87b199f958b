import { describe, expect, it } from 'vitest';
import { renderLadder } from './ladder.ts';
import type { StoredMessage } from './trace-store.ts';
import { traced } from './traced-message.ts';

const startMs = Date.parse('2026-11-22T10:00:00.000Z');
const pbx = '192.0.2.1:5060';
const ours = '192.0.2.9:5070';
const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  'm=audio 4000 RTP/AVP 8 0 101',
  'a=rtpmap:101 telephone-event/8000',
  '',
].join('\r\n');
let count = 0;
const said = (
  direction: '>' | '<',
  first: string,
  cseq: string,
  more: { headers?: string[]; body?: string; branch?: string; pbx?: string } = {},
): StoredMessage => {
  const isSent = direction === '<';
  const other = more.pbx ?? pbx;
  const head = [
    first,
    `Via: SIP/2.0/UDP x;branch=${more.branch ?? `z9hG4bK${cseq.replace(' ', '')}`}`,
    'Call-ID: a@b',
    `CSeq: ${cseq}`,
    ...(more.headers ?? []),
  ];
  count += 1;
  return {
    timeMs: startMs + count * 7,
    callId: 'a@b',
    isSent,
    transport: 'udp',
    source: isSent ? ours : other,
    destination: isSent ? other : ours,
    text: `${head.join('\r\n')}\r\n\r\n${more.body ?? ''}`,
  };
};
const offer = { headers: ['Content-Type: application/sdp'], body: sdp };
const sipfrag = (status: string) => ({
  headers: ['Event: refer', 'Content-Type: message/sipfrag;version=2.0'],
  body: `SIP/2.0 ${status}\r\n`,
});
const call = (): StoredMessage[] => {
  count = 0;
  return [
    said('>', 'INVITE sip:1000@192.0.2.9:5070 SIP/2.0', '7 INVITE', offer),
    said('<', 'SIP/2.0 100 Trying', '7 INVITE'),
    said('<', 'SIP/2.0 180 Ringing', '7 INVITE'),
    said('<', 'SIP/2.0 200 OK', '7 INVITE', offer),
    said('<', 'SIP/2.0 200 OK', '7 INVITE', offer),
    said('>', 'ACK sip:x SIP/2.0', '7 ACK'),
    said('<', 'REFER sip:x SIP/2.0', '1 REFER', {
      headers: ['Refer-To: "Sarah" <sip:215@pbx.example?Replaces=a%40b>'],
    }),
    said('>', 'SIP/2.0 202 Accepted', '1 REFER'),
    said('>', 'NOTIFY sip:x SIP/2.0', '8 NOTIFY', sipfrag('100 Trying')),
    said('>', 'NOTIFY sip:x SIP/2.0', '9 NOTIFY', sipfrag('486 Busy Here')),
    said('<', 'BYE sip:x SIP/2.0', '2 BYE', {
      headers: ['Reason: Q.850;cause=16'],
      pbx: '192.0.2.2:5060',
    }),
  ];
};

describe('traced messages', () => {
  it('say what each one is', () => {
    const messages = traced(call());
    expect(messages[0]).toMatchObject({
      at: '2026-11-22T10:00:00.007Z',
      from: pbx,
      to: ours,
      direction: 'from PBX',
      transport: 'udp',
      firstLine: 'INVITE sip:1000@192.0.2.9:5070 SIP/2.0',
      method: 'INVITE',
      status: null,
      cseq: '7 INVITE',
    });
    expect(messages[1]).toMatchObject({ direction: 'to PBX', method: null, status: 100, cseq: '7 INVITE' });
  });

  it('mark what was sent again, and only that', () => {
    const repeated = (messages: StoredMessage[]) => traced(messages).map((message) => message.retransmission);
    expect(repeated(call()).flatMap((is, at) => (is ? [at] : []))).toEqual([4]);
    const twice = (...both: StoredMessage[]) => repeated(both)[1];
    expect(twice(said('>', 'INFO x SIP/2.0', '3 INFO'), said('>', 'INFO x SIP/2.0', '3 INFO'))).toBe(true);
    for (const other of [
      said('>', 'INFO x SIP/2.0', '4 INFO'),
      said('>', 'INFO x SIP/2.0', '3 INFO', { branch: 'z9hG4bKother' }),
      said('>', 'INFO x SIP/2.0', '3 INFO', { body: 'x' }),
      said('<', 'INFO x SIP/2.0', '3 INFO'),
      { ...said('>', 'INFO x SIP/2.0', '3 INFO'), callId: 'another' },
    ])
      expect(twice(said('>', 'INFO x SIP/2.0', '3 INFO'), other)).toBe(false);
  });
});

describe('a ladder', () => {
  it('shows a call', () => {
    const lines = renderLadder('Call from 101', traced(call())).trimEnd().split('\n');
    expect(lines).toEqual([
      'Call from 101',
      '11 messages from 2026-11-22T10:00:00.007Z on (UTC), UDP',
      '',
      '               PBX 192.0.2.1:5060                        Offhook 192.0.2.9:5070',
      '               |                                                            |',
      '10:00:00.007   |-- INVITE sip:1000@192.0.2.9:5070 ------------------------->|  7 INVITE; SDP PCMA PCMU telephone-event',
      '10:00:00.014   |<--------------------------------------------- 100 Trying --|  7 INVITE',
      '10:00:00.021   |<-------------------------------------------- 180 Ringing --|  7 INVITE',
      '10:00:00.028   |<------------------------------------------------- 200 OK --|  7 INVITE; SDP PCMA PCMU telephone-event',
      '10:00:00.035   |<------------------------------------------------- 200 OK --|  7 INVITE; SDP PCMA PCMU telephone-event; retransmission',
      '10:00:00.042   |-- ACK ---------------------------------------------------->|  7 ACK',
      '10:00:00.049   |<--------------------------- REFER to sip:215@pbx.example --|  1 REFER',
      '10:00:00.056   |-- 202 Accepted ------------------------------------------->|  1 REFER',
      '10:00:00.063   |-- NOTIFY (sipfrag 100 Trying) ---------------------------->|  8 NOTIFY',
      '10:00:00.070   |-- NOTIFY (sipfrag 486 Busy Here) ------------------------->|  9 NOTIFY',
      '10:00:00.077   |<---------------------------------------------------- BYE --|  2 BYE; Reason: Q.850;cause=16; PBX at 192.0.2.2:5060',
    ]);
  });

  it('of a registration begins on our side', () => {
    const register = (cseq: string, headers: string[]) =>
      said('<', 'REGISTER sip:pbx.example SIP/2.0', cseq, { headers });
    const text = renderLadder('Registrations', [
      ...traced([
        register('1 REGISTER', ['Expires: 600']),
        said('>', 'SIP/2.0 401 Unauthorized', '1 REGISTER'),
        register('2 REGISTER', ['Contact: <sip:x>;expires=60', 'Authorization: Digest username="1"']),
        said('>', 'SIP/2.0 503 Gone', '2 REGISTER', { headers: ['Retry-After: 30'] }),
      ]),
    ]);
    expect(text).toMatch(/PBX 192\.0\.2\.1:5060 +Offhook 192\.0\.2\.9:5070\n/);
    expect(text).toMatch(/\|<-+ REGISTER sip:pbx\.example --\| {2}1 REGISTER; for 600 s\n/);
    expect(text).toMatch(/REGISTER sip:pbx\.example --\| {2}2 REGISTER; for 60 s; with credentials\n/);
    expect(text).toMatch(/-- 503 Gone -+>\| {2}2 REGISTER; Retry-After: 30\n/);
  });

  it('holds nothing that a terminal would obey, and no line is longer for a long word', () => {
    const text = renderLadder(
      'Call from \u001b[2J',
      traced([
        said('>', `INVITE sip:\u001b[31m${'ä'.repeat(500)} SIP/2.0`, '1 INVITE', {
          headers: [`Reason: \u0007${'x'.repeat(500)}`],
        }),
      ]),
    );
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(210);
  });

  it('of nothing says so', () => {
    expect(renderLadder('Call', [])).toContain('There are no SIP messages.');
  });
});
