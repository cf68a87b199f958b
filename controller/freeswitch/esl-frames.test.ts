import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue, type EslFrame, EslFrameError, EslFrames } from './esl-frames.ts';

const stream = [
  'Content-Type: auth/request\n\n',
  'Content-Type: command/reply\nReply-Text: +OK accepted\n\n',
  '\n\nContent-Length: 7\nContent-Type: api/response\n\nä\n\n€',
  'Content-Type: api/response\nContent-Length: 0\n\n',
  'Event-Name: X%20Y\nOdd: 100%\nno colon here\n\n',
].join('');
const bytes = Buffer.from(stream, 'utf8');

const cutAt = (positions: readonly number[]): EslFrame[] => {
  const frames = new EslFrames();
  const all: EslFrame[] = [];
  let from = 0;
  for (const to of [...positions].sort((a, b) => a - b)) {
    all.push(...frames.push(bytes.subarray(from, to)));
    from = to;
  }
  all.push(...frames.push(bytes.subarray(from)));
  return all;
};

describe('frames of the event socket', () => {
  it('are the same wherever TCP cuts the stream', () => {
    const whole = cutAt([]);
    expect(whole.map((frame) => frame.body)).toEqual([null, null, 'ä\n\n€', null, null]);
    expect(whole[4]?.headers).toEqual({ 'Event-Name': 'X Y', Odd: '100%' });
    for (let position = 0; position <= bytes.length; position += 1) expect(cutAt([position])).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (positions) => {
        expect(cutAt(positions)).toEqual(whole);
      }),
    );
  });

  it('never throw anything but an EslFrameError, whatever arrives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constant(bytes.subarray(0, 90)))),
        (chunks) => {
          const frames = new EslFrames();
          try {
            for (const chunk of chunks) frames.push(Buffer.from(chunk));
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(EslFrameError);
          }
        },
      ),
    );
  });

  it.each(['-1', 'abc', '1e9', '99999999999', '1.5', '0x10', '', ' '])('refuse the length %j', (length) => {
    expect(() => new EslFrames().push(Buffer.from(`Content-Length: ${length}\n\n`))).toThrow(EslFrameError);
  });

  it('refuse headers without an end', () => {
    const frames = new EslFrames();
    expect(() => {
      for (let i = 0; i < 100; i += 1) frames.push(Buffer.alloc(1024, 'x'));
    }).toThrow(EslFrameError);
  });

  it('carry a body of some megabytes that comes in many pieces', () => {
    const body = 'x'.repeat(3_000_000);
    const frames = new EslFrames();
    expect(frames.push(Buffer.from(`Content-Length: ${body.length}\n\n`))).toEqual([]);
    const pieces = body.match(/.{1,1400}/g) ?? [];
    const got = pieces.flatMap((piece) => frames.push(Buffer.from(piece)));
    expect(got).toHaveLength(1);
    expect(got[0]?.body).toBe(body);
  });
});

describe('a header value', () => {
  it('is decoded, and left alone where it cannot be', () => {
    expect(decodeValue('a%20b%25')).toBe('a b%');
    for (const text of ['%', '100%', '%zz', '%E0%A4%A', '%ff']) expect(decodeValue(text)).toBe(text);
    fc.assert(fc.property(fc.string(), (text) => decodeValue(encodeURIComponent(text)) === text));
  });
});
