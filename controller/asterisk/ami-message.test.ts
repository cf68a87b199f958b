import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AmiParser, AmiProtocolError, formatAction } from './ami-message.ts';

const banner = 'Asterisk Call Manager/11.0.0\r\n';
const text =
  `${banner}Response: Success\r\nActionID: 1\r\nMessage: Ümläut accepted\r\n\r\n` +
  'Event: Registry\r\nUsername: sip:100@pbx:5060\r\nStatus: Rejected\r\nStatus: Registered\r\n\r\n';
const expected = [
  [
    ['response', 'Success'],
    ['actionid', '1'],
    ['message', 'Ümläut accepted'],
  ],
  [
    ['event', 'Registry'],
    ['username', 'sip:100@pbx:5060'],
    ['status', 'Rejected'],
  ],
];

describe('the manager text', () => {
  it('is the same however TCP cuts it', () => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const parser = new AmiParser();
      const messages = [...parser.push(bytes.subarray(0, cut)), ...parser.push(bytes.subarray(cut))];
      expect(messages.map((message) => [...message])).toEqual(expected);
    }
    const parser = new AmiParser();
    const messages = [...bytes].flatMap((byte) => parser.push(Uint8Array.of(byte)));
    expect(messages.map((message) => [...message])).toEqual(expected);
    expect(parser.banner).toBe(banner.trim());
  });

  it('of anything else is an error, never another exception', () => {
    expect(() => new AmiParser().push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow(AmiProtocolError);
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), fc.boolean(), (chunks, hasBanner) => {
        const parser = new AmiParser();
        try {
          if (hasBanner) parser.push(Buffer.from(banner));
          for (const chunk of chunks) parser.push(chunk);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AmiProtocolError);
        }
      }),
    );
  });

  it('cannot fill the memory', () => {
    const endless = Buffer.alloc(40_000, 'a');
    const parser = new AmiParser();
    parser.push(Buffer.from(banner));
    parser.push(endless);
    expect(() => parser.push(endless)).toThrow(/too long/);
    const another = new AmiParser();
    another.push(Buffer.from(banner));
    expect(() => another.push(Buffer.from('A: b\r\n'.repeat(3000)))).toThrow(/too many lines/);
  });

  it('of a command is kept free of lines that are no header', () => {
    const parser = new AmiParser();
    const [message] = parser.push(
      Buffer.from(`${banner}Response: Follows\r\nno header\r\n: x\r\nA B: c\r\n\r\n`),
    );
    expect([...(message ?? [])]).toEqual([['response', 'Follows']]);
  });
});

describe('an action', () => {
  it('is a block of lines', () => {
    expect(formatAction({ Action: 'Ping', ActionID: 'a: b' })).toBe('Action: Ping\r\nActionID: a: b\r\n\r\n');
  });

  it('with a value that would begin another line is refused', () => {
    for (const value of ['a\r\nAction: Originate', 'a\nb', 'a\rb', 'a\0'])
      expect(() => formatAction({ Action: 'Redirect', Channel: value })).toThrow(AmiProtocolError);
    expect(() => formatAction({ 'Bad Key': 'x' })).toThrow(AmiProtocolError);
  });
});
