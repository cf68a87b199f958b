/**
 * The WAV files of recordings: µ-law, stereo, caller left and agent right; at 8 kHz, or at 16 kHz of a line that carries
 * more than a telephone does. 16 or 32 kB a second, by table, and every browser and player has it. Knows no file system.
 */
import { type AudioFormat, frameMs } from '../contract/audio.ts';

export type RecordingRate = 8000 | 16000;

/** What a line's recording is made at. */
export const rateOfLine = (line: AudioFormat): RecordingRate => (line.sampleRate > 8000 ? 16000 : 8000);

export const bytesPerSecond = (rate: RecordingRate): number => 2 * rate;
/** of both sides, 20 ms */
export const bytesPerFrame = (rate: RecordingRate): number => (bytesPerSecond(rate) * frameMs) / 1000;
export const headerBytes = 58;
/** of both sides */
export const silence = 0xff;

const le16 = (value: number): number[] => [value & 0xff, value >> 8];
const le32 = (value: number): number[] => [...le16(value & 0xffff), ...le16(value >>> 16)];
const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')];

/** RIFF, `fmt ` for WAVE_FORMAT_MULAW (7), `fact`, `data`. */
export const wavHeader = (audioBytes: number, rate: RecordingRate): Uint8Array =>
  Uint8Array.from([
    ...ascii('RIFF'),
    ...le32(headerBytes - 8 + audioBytes),
    ...ascii('WAVEfmt '),
    ...le32(18),
    ...le16(7),
    ...le16(2),
    ...le32(rate),
    ...le32(bytesPerSecond(rate)),
    ...le16(2),
    ...le16(8),
    ...le16(0),
    ...ascii('fact'),
    ...le32(4),
    ...le32(audioBytes / 2),
    ...ascii('data'),
    ...le32(audioBytes),
  ]);

/** Where in the header the rate is. */
const rateAt = 24;

/** The rate of a file whose header we wrote. */
export const rateOfHeader = (header: Uint8Array): RecordingRate =>
  header.length >= rateAt + 4 &&
  new DataView(header.buffer, header.byteOffset).getUint32(rateAt, true) === 16_000
    ? 16_000
    : 8000;

/** Two frames of codes as one of pairs. */
export const interleave = (left: Uint8Array, right: Uint8Array, into: Uint8Array, at: number): void => {
  for (let i = 0; i < left.length; i++) {
    into[at + 2 * i] = left[i] as number;
    into[at + 2 * i + 1] = right[i] as number;
  }
};
