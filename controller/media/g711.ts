/** G.711 (ITU-T G.711) by table: µ-law (PCMU) and A-law (PCMA) to and from linear 16-bit samples. Knows no call. */
type Codec = 'PCMU' | 'PCMA';

/** The payload byte of digital silence. */
export const silenceByte: Record<Codec, number> = { PCMU: 0xff, PCMA: 0xd5 };

const expandMuLaw = (byte: number): number => {
  const inverted = ~byte & 0xff;
  const exponent = (inverted >> 4) & 7;
  const magnitude = (((inverted & 15) << 3) + 0x84) << exponent;
  return inverted & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
};

const expandALaw = (byte: number): number => {
  const toggled = byte ^ 0x55;
  const exponent = (toggled >> 4) & 7;
  const mantissa = (toggled & 15) << 4;
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
};

const decodeTable: Record<Codec, Int16Array> = {
  PCMU: Int16Array.from({ length: 256 }, (_, byte) => expandMuLaw(byte)),
  PCMA: Int16Array.from({ length: 256 }, (_, byte) => expandALaw(byte)),
};

/** For each of the 65,536 samples the code whose decoded value is nearest, found by a walk over the sorted codes. */
const encodeTableOf = (decoded: Int16Array): Uint8Array => {
  const codes = Array.from(decoded, (value, code) => ({ value, code })).sort((a, b) => a.value - b.value);
  const table = new Uint8Array(65_536);
  let at = 0;
  for (let sample = -32_768; sample < 32_768; sample++) {
    while (at + 1 < codes.length) {
      const here = codes[at];
      const above = codes[at + 1];
      if (!here || !above || Math.abs(above.value - sample) > Math.abs(here.value - sample)) break;
      at++;
    }
    table[sample & 0xffff] = codes[at]?.code ?? 0;
  }
  return table;
};

const encodeTable: Record<Codec, Uint8Array> = {
  PCMU: encodeTableOf(decodeTable.PCMU),
  PCMA: encodeTableOf(decodeTable.PCMA),
};
// µ-law has two zeros; 0xff is the one that every phone sends as silence
encodeTable.PCMU[0] = silenceByte.PCMU;

/** Payload bytes to samples, one each. */
export const decode = (codec: Codec, payload: Uint8Array): Int16Array => {
  const table = decodeTable[codec];
  const samples = new Int16Array(payload.length);
  for (let i = 0; i < payload.length; i++) samples[i] = table[payload[i] as number] as number;
  return samples;
};

/** Samples to payload bytes, one each. */
export const encode = (codec: Codec, samples: Int16Array): Uint8Array => {
  const table = encodeTable[codec];
  const payload = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) payload[i] = table[(samples[i] as number) & 0xffff] as number;
  return payload;
};

const transcodeTable: Record<Codec, Uint8Array> = {
  PCMU: Uint8Array.from(decodeTable.PCMU, (sample) => encodeTable.PCMA[sample & 0xffff] as number),
  PCMA: Uint8Array.from(decodeTable.PCMA, (sample) => encodeTable.PCMU[sample & 0xffff] as number),
};

/** Payload bytes of one codec to those of the other. */
export const transcode = (from: Codec, to: Codec, payload: Uint8Array): Uint8Array =>
  from === to ? payload : payload.map((byte) => transcodeTable[from][byte] as number);
