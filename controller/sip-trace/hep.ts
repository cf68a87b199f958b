/**
 * HEP version 3, in which switches copy their SIP messages to us: one UDP datagram a message, made of chunks. Pure and
 * strict: bytes in, a packet or null out. It does not look into the SIP message.
 *
 * The format is the "HEP3/EEP" specification of the HOMER project; FreeSWITCH (sofia-sip's nta) and Asterisk (res_hep.c)
 * both write it.
 */

export type HepPacket = {
  transport: 'udp' | 'tcp' | 'tls' | 'other';
  source: { address: string; port: number };
  destination: { address: string; port: number };
  /** when the switch saw the message, in milliseconds of Unix time */
  timeMs: number;
  /** what the switch calls the conversation, mostly the Call-ID; empty when it says nothing */
  correlationId: string;
  /** the SIP message itself */
  payload: Buffer;
};

const chunk = {
  ipFamily: 0x01,
  protocol: 0x02,
  sourceIpv4: 0x03,
  destinationIpv4: 0x04,
  sourceIpv6: 0x05,
  destinationIpv6: 0x06,
  sourcePort: 0x07,
  destinationPort: 0x08,
  seconds: 0x09,
  microseconds: 0x0a,
  capturedProtocol: 0x0b,
  payload: 0x0f,
  correlationId: 0x11,
} as const;

/** the length of a chunk's value where the format fixes it */
const fixedLengths = new Map<number, number>([
  [chunk.ipFamily, 1],
  [chunk.protocol, 1],
  [chunk.sourceIpv4, 4],
  [chunk.destinationIpv4, 4],
  [chunk.sourceIpv6, 16],
  [chunk.destinationIpv6, 16],
  [chunk.sourcePort, 2],
  [chunk.destinationPort, 2],
  [chunk.seconds, 4],
  [chunk.microseconds, 4],
  [chunk.capturedProtocol, 1],
]);

const sipProtocol = 1;
const headerLength = 6;

/** The chunks of a datagram by their type; null when it is no well-formed HEP3. */
const readChunks = (datagram: Buffer): Map<number, Buffer> | null => {
  if (datagram.length < headerLength || datagram.toString('latin1', 0, 4) !== 'HEP3') return null;
  if (datagram.readUInt16BE(4) !== datagram.length) return null;
  const chunks = new Map<number, Buffer>();
  for (let at = headerLength; at < datagram.length; ) {
    if (datagram.length - at < 6) return null;
    const vendor = datagram.readUInt16BE(at);
    const type = datagram.readUInt16BE(at + 2);
    const length = datagram.readUInt16BE(at + 4);
    if (length < 6 || at + length > datagram.length) return null;
    // Chunks of other vendors are their own business.
    if (vendor === 0) {
      const value = datagram.subarray(at + 6, at + length);
      const fixed = fixedLengths.get(type);
      if ((fixed !== undefined && value.length !== fixed) || chunks.has(type)) return null;
      chunks.set(type, value);
    }
    at += length;
  }
  return chunks;
};

const ipv4 = (value: Buffer): string => [...value].join('.');
const ipv6 = (value: Buffer): string =>
  Array.from({ length: 8 }, (_, index) => value.readUInt16BE(index * 2).toString(16)).join(':');

const addressOf = (four: Buffer | undefined, six: Buffer | undefined): string | null =>
  four ? ipv4(four) : six ? ipv6(six) : null;

const transports = new Map<number, HepPacket['transport']>([
  [17, 'udp'],
  [6, 'tcp'],
  [0x88, 'tls'],
  // sofia's own idea (tport_logging.c: IPPROTO_IDP)
  [22, 'tls'],
]);

/** The SIP message that a datagram carries, or null when it is anything else. */
export const parseHep = (datagram: Buffer): HepPacket | null => {
  const chunks = readChunks(datagram);
  if (!chunks) return null;
  const payload = chunks.get(chunk.payload);
  const sourcePort = chunks.get(chunk.sourcePort);
  const destinationPort = chunks.get(chunk.destinationPort);
  const seconds = chunks.get(chunk.seconds);
  const source = addressOf(chunks.get(chunk.sourceIpv4), chunks.get(chunk.sourceIpv6));
  const destination = addressOf(chunks.get(chunk.destinationIpv4), chunks.get(chunk.destinationIpv6));
  if (!payload || !sourcePort || !destinationPort || !seconds || !source || !destination) return null;
  if (chunks.get(chunk.capturedProtocol)?.readUInt8() !== sipProtocol) return null;
  const microseconds = chunks.get(chunk.microseconds)?.readUInt32BE() ?? 0;
  return {
    transport: transports.get(chunks.get(chunk.protocol)?.readUInt8() ?? 0) ?? 'other',
    source: { address: source, port: sourcePort.readUInt16BE() },
    destination: { address: destination, port: destinationPort.readUInt16BE() },
    timeMs: seconds.readUInt32BE() * 1000 + Math.floor(microseconds / 1000),
    correlationId: chunks.get(chunk.correlationId)?.toString('utf8') ?? '',
    payload,
  };
};
