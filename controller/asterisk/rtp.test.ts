import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRtp, parseRtp, sequenceDistance } from './rtp.ts';

describe('an RTP packet', () => {
  const packet = {
    payloadType: 8,
    marker: true,
    sequence: 65_535,
    timestamp: 4_294_967_295,
    ssrc: 0x89abcdef,
  };

  it('comes back as it was written', () => {
    const payload = Buffer.from([1, 2, 3]);
    const datagram = formatRtp({ ...packet, payload });
    expect(datagram.toString('hex')).toBe('8088ffffffffffff89abcdef010203');
    expect(parseRtp(datagram)).toEqual({ ...packet, payload });
  });

  it('with contributing sources, an extension and padding has its payload found', () => {
    const header = Buffer.from('b2000001000000020000000311111111222222220000000133333333', 'hex');
    const datagram = Buffer.concat([header, Buffer.from([7, 8, 0, 0, 3])]);
    expect(parseRtp(datagram)?.payload).toEqual(Buffer.from([7, 8]));
  });

  it('that is too short, of another version or padded beyond its length is none', () => {
    const good = formatRtp({ ...packet, payload: Buffer.alloc(4) });
    for (let length = 0; length < 12; length += 1) expect(parseRtp(good.subarray(0, length))).toBeNull();
    for (const first of [0x00, 0x40, 0xc0, 0x8f, 0x90]) {
      const wrong = Buffer.from(good);
      wrong.writeUInt8(first, 0);
      expect(parseRtp(wrong)?.payload.length ?? 0).toBe(0);
    }
    for (const padding of [0, 5, 255]) {
      const wrong = Buffer.from(good);
      wrong.writeUInt8(0xa0, 0);
      wrong.writeUInt8(padding, wrong.length - 1);
      expect(parseRtp(wrong)).toBeNull();
    }
  });

  it('of random bytes never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void parseRtp(Buffer.from(bytes))));
  });
});

it('the distance of sequence numbers wraps', () => {
  expect(sequenceDistance(65_535, 0)).toBe(1);
  expect(sequenceDistance(0, 65_535)).toBe(-1);
  expect(sequenceDistance(10, 10)).toBe(0);
  expect(sequenceDistance(0, 32_768)).toBe(-32_768);
});
