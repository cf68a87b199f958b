/** RTP packets (RFC 3550 §5.1), read strictly and written plainly. Pure; it knows neither sockets nor calls. */

export type RtpPacket = {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payload: Buffer;
};

const headerLength = 12;

/** The packet of a datagram, or null when it is no RTP version 2. The payload is a view of the datagram. */
export const parseRtp = (datagram: Buffer): RtpPacket | null => {
  if (datagram.length < headerLength) return null;
  const first = datagram.readUInt8(0);
  if (first >> 6 !== 2) return null;
  let start = headerLength + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (datagram.length < start + 4) return null;
    start += 4 + 4 * datagram.readUInt16BE(start + 2);
  }
  let end = datagram.length;
  if ((first & 0x20) !== 0) {
    const padding = datagram.readUInt8(end - 1);
    if (padding === 0) return null;
    end -= padding;
  }
  if (start > end) return null;
  const second = datagram.readUInt8(1);
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    payload: datagram.subarray(start, end),
  };
};

export const formatRtp = (packet: Omit<RtpPacket, 'payload'> & { payload: Uint8Array }): Buffer => {
  const datagram = Buffer.allocUnsafe(headerLength + packet.payload.length);
  datagram.writeUInt8(0x80, 0);
  datagram.writeUInt8((packet.marker ? 0x80 : 0) | (packet.payloadType & 0x7f), 1);
  datagram.writeUInt16BE(packet.sequence & 0xffff, 2);
  datagram.writeUInt32BE(packet.timestamp >>> 0, 4);
  datagram.writeUInt32BE(packet.ssrc >>> 0, 8);
  datagram.set(packet.payload, headerLength);
  return datagram;
};

/** How far `sequence` is after `last`, from -32768 to 32767: sequence numbers wrap at 65536. */
export const sequenceDistance = (last: number, sequence: number): number =>
  ((((sequence - last) & 0xffff) + 0x8000) & 0xffff) - 0x8000;
