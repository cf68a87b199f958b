import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHep } from './hep.ts';

const chunkOf = (type: number, value: Buffer, vendor = 0): Buffer => {
  const header = Buffer.alloc(6);
  header.writeUInt16BE(vendor, 0);
  header.writeUInt16BE(type, 2);
  header.writeUInt16BE(value.length + 6, 4);
  return Buffer.concat([header, value]);
};
const numberOf = (bytes: 1 | 2 | 4, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};
const packetOf = (chunks: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(chunks);
  const header = Buffer.from('HEP3\0\0');
  header.writeUInt16BE(body.length + 6, 4);
  return Buffer.concat([header, body]);
};

const payload = Buffer.from('SIP/2.0 200 OK\r\n\r\n');
/** As res_hep.c of Asterisk writes it. */
const chunks = [
  chunkOf(1, numberOf(1, 2)),
  chunkOf(2, numberOf(1, 17)),
  chunkOf(7, numberOf(2, 5060)),
  chunkOf(8, numberOf(2, 5070)),
  chunkOf(9, numberOf(4, 1_795_364_820)),
  chunkOf(10, numberOf(4, 990_123)),
  chunkOf(11, numberOf(1, 1)),
  chunkOf(12, numberOf(4, 1)),
  chunkOf(3, Buffer.from([192, 0, 2, 10])),
  chunkOf(4, Buffer.from([198, 51, 100, 7])),
  chunkOf(17, Buffer.from('abc@host')),
  chunkOf(15, payload),
];
const datagram = packetOf(chunks);

describe('a HEP3 datagram', () => {
  it('is read whole', () => {
    expect(parseHep(datagram)).toEqual({
      transport: 'udp',
      source: { address: '192.0.2.10', port: 5060 },
      destination: { address: '198.51.100.7', port: 5070 },
      timeMs: 1_795_364_820_990,
      correlationId: 'abc@host',
      payload,
    });
  });

  it('over IPv6 and TCP is read too', () => {
    const six = Buffer.from('20010db8000000000000000000000001', 'hex');
    const packet = parseHep(
      packetOf([
        ...chunks.filter((chunk) => ![2, 3, 4].includes(chunk.readUInt16BE(2))),
        chunkOf(2, numberOf(1, 6)),
        chunkOf(5, six),
        chunkOf(6, six),
      ]),
    );
    expect(packet).toMatchObject({ transport: 'tcp', source: { address: '2001:db8:0:0:0:0:0:1' } });
  });

  it('that is cut anywhere is none', () => {
    for (let length = 0; length < datagram.length; length += 1)
      expect(parseHep(datagram.subarray(0, length))).toBeNull();
  });

  it('with something after it, a wrong length or a doubled chunk is none', () => {
    expect(parseHep(Buffer.concat([datagram, Buffer.from('x')]))).toBeNull();
    expect(parseHep(packetOf([...chunks, chunkOf(15, payload)]))).toBeNull();
    expect(parseHep(packetOf([...chunks.slice(1), chunkOf(1, numberOf(2, 2))]))).toBeNull();
    const short = Buffer.from(datagram);
    short.writeUInt16BE(3, 10);
    expect(parseHep(short)).toBeNull();
  });

  it('that lacks what we need, or carries something else than SIP, is none', () => {
    for (const type of [7, 8, 9, 11, 3, 4, 15])
      expect(parseHep(packetOf(chunks.filter((chunk) => chunk.readUInt16BE(2) !== type)))).toBeNull();
    const rtcp = chunks.map((chunk) => (chunk.readUInt16BE(2) === 11 ? chunkOf(11, numberOf(1, 5)) : chunk));
    expect(parseHep(packetOf(rtcp))).toBeNull();
  });

  it('may have chunks of other vendors', () => {
    expect(parseHep(packetOf([chunkOf(15, Buffer.from('theirs'), 4), ...chunks]))?.payload).toEqual(payload);
  });

  it('of random bytes never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parseHep(Buffer.from(bytes));
        parseHep(packetOf([Buffer.from(bytes)]));
      }),
    );
  });
});
