/** SDP (RFC 4566) as far as a G.711 telephone needs it. It opens no socket. */

/** What a test phone speaks itself; the test PBX speaks more. */
export type TelephoneCodec = 'PCMU' | 'PCMA';
type Codec = TelephoneCodec;

export type MediaOffer = {
  host: string;
  port: number;
  codecs: readonly Codec[];
  /** payload type of telephone-event at 8 kHz (RFC 4733); null when not offered */
  dtmfPayloadType: number | null;
  /** sendonly and inactive put the far side on hold (RFC 3264 section 8.4) */
  direction?: MediaDirection;
};
export type MediaDirection = 'sendrecv' | 'sendonly' | 'inactive';

export const payloadTypes: Readonly<Record<Codec, number>> = { PCMU: 0, PCMA: 8 };
const codecOfPayloadType = new Map<number, Codec>([
  [0, 'PCMU'],
  [8, 'PCMA'],
]);

export const renderSdp = (offer: MediaOffer, sessionVersion = 1): string => {
  const types = offer.codecs.map((codec) => payloadTypes[codec]);
  const events = offer.dtmfPayloadType;
  return [
    'v=0',
    `o=phone 1 ${sessionVersion} IN IP4 ${offer.host}`,
    's=-',
    `c=IN IP4 ${offer.host}`,
    't=0 0',
    `m=audio ${offer.port} RTP/AVP ${[...types, ...(events === null ? [] : [events])].join(' ')}`,
    ...offer.codecs.map((codec) => `a=rtpmap:${payloadTypes[codec]} ${codec}/8000`),
    ...(events === null ? [] : [`a=rtpmap:${events} telephone-event/8000`, `a=fmtp:${events} 0-16`]),
    'a=ptime:20',
    `a=${offer.direction ?? 'sendrecv'}`,
    '',
  ].join('\r\n');
};

export const parseSdp = (body: string): MediaOffer | null => {
  const lines = body.split(/\r?\n/);
  const audio = lines
    .map((line) => /^m=audio (\d+) \S+ ([\d ]+)$/.exec(line.trim()))
    .find((found) => found !== null);
  if (!audio) return null;
  const host = lines
    .map((line) => /^c=IN IP4 (\S+)/.exec(line)?.[1])
    .filter((found) => found !== undefined)
    .at(-1);
  const codecs = (audio[2] ?? '')
    .split(' ')
    .map((type) => codecOfPayloadType.get(Number(type)))
    .filter((codec) => codec !== undefined);
  const events = lines
    .map((line) => /^a=rtpmap:(\d+) telephone-event\/8000/i.exec(line)?.[1])
    .find((found) => found !== undefined);
  return {
    host: host ?? '127.0.0.1',
    port: Number(audio[1]),
    codecs,
    dtmfPayloadType: events === undefined ? null : Number(events),
  };
};
