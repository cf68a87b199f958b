import { describe, expect, it } from 'vitest';
import { formatRtp, parseRtp, type RtpPacket } from './rtp.ts';
import { RtpLeg } from './rtp-leg.ts';

const payload = Buffer.alloc(160, 0x55);
const packet = (sequence: number, changes: Partial<RtpPacket> = {}): Buffer =>
  formatRtp({
    payloadType: 0,
    marker: false,
    sequence,
    timestamp: sequence * 160,
    ssrc: 1,
    payload,
    ...changes,
  });

const legOf = () => {
  const sent: RtpPacket[] = [];
  let heard = 0;
  let closed = 0;
  const leg = new RtpLeg({
    codec: 'PCMU',
    sendDatagram: (datagram) => sent.push(parseRtp(datagram) as RtpPacket),
    onClose: () => {
      closed += 1;
    },
  });
  leg.onFrame = (frame) => {
    expect(frame).toHaveLength(160);
    heard += 1;
  };
  return { leg, sent, heard: () => heard, closed: () => closed };
};

describe('what a leg hears', () => {
  it('is counted, over the wrap of the sequence numbers too', () => {
    const { leg, heard } = legOf();
    for (const sequence of [65_534, 65_535, 0, 1]) leg.receive(packet(sequence));
    expect(heard()).toBe(4);
    expect(leg.counters).toEqual({ framesReceived: 4, framesSent: 0, gaps: 0, malformed: 0 });
  });

  it('has a gap for each packet lost, and none for a late, doubled or new stream', () => {
    const { leg, heard } = legOf();
    for (const sequence of [10, 11, 14, 13, 14, 15]) leg.receive(packet(sequence));
    expect(leg.counters).toMatchObject({ gaps: 2, framesReceived: 4 });
    leg.receive(packet(40_000, { ssrc: 2 }));
    leg.receive(packet(500, { ssrc: 2 }));
    expect(leg.counters).toMatchObject({ gaps: 2, framesReceived: 6, malformed: 0 });
    expect(heard()).toBe(6);
  });

  it('may come two frames a packet', () => {
    const { leg, heard } = legOf();
    leg.receive(packet(1, { payload: Buffer.alloc(320) }));
    expect(heard()).toBe(2);
  });

  it('is not what is malformed, of another codec, or no audio', () => {
    const { leg, heard } = legOf();
    leg.receive(Buffer.from('not rtp at all'));
    leg.receive(packet(1, { payloadType: 8 }));
    leg.receive(packet(2, { payload: Buffer.alloc(159) }));
    leg.receive(packet(3, { payloadType: 101, payload: Buffer.alloc(4) }));
    leg.receive(packet(4, { payloadType: 13, payload: Buffer.alloc(1) }));
    expect(heard()).toBe(0);
    expect(leg.counters.malformed).toBe(3);
  });
});

describe('what a leg says', () => {
  it('is one stream of steady numbers that begins with a marker', () => {
    const { leg, sent } = legOf();
    for (let frame = 0; frame < 3; frame += 1) leg.send(payload);
    expect(sent.map((rtp) => rtp.marker)).toEqual([true, false, false]);
    const [first, second, third] = sent;
    expect(((second?.sequence ?? 0) - (first?.sequence ?? 0)) & 0xffff).toBe(1);
    expect(((third?.timestamp ?? 0) - (second?.timestamp ?? 0)) >>> 0).toBe(160);
    expect(new Set(sent.map((rtp) => rtp.ssrc)).size).toBe(1);
    expect(leg.counters.framesSent).toBe(3);
  });

  it('is nothing when it is no frame, or after the end, which is told once', () => {
    const { leg, sent, heard, closed } = legOf();
    leg.send(Buffer.alloc(161));
    expect(leg.counters.malformed).toBe(1);
    leg.close();
    leg.close();
    leg.send(payload);
    leg.receive(packet(1));
    expect(sent).toHaveLength(0);
    expect(heard()).toBe(0);
    expect(closed()).toBe(1);
  });
});
