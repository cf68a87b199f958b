/**
 * The WAV files of recordings: µ-law at 8 kHz, stereo, caller left and agent right. 16 kB a second, by table, and every
 * browser and player has it. Knows no file system.
 */

export const bytesPerSecond = 16_000;
export const bytesPerFrame = 320;
export const headerBytes = 58;
/** of both sides */
export const silence = 0xff;

const le16 = (value: number): number[] => [value & 0xff, value >> 8];
const le32 = (value: number): number[] => [...le16(value & 0xffff), ...le16(value >>> 16)];
const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')];

/** RIFF, `fmt ` for WAVE_FORMAT_MULAW (7), `fact`, `data`. */
export const wavHeader = (audioBytes: number): Uint8Array =>
  Uint8Array.from([
    ...ascii('RIFF'),
    ...le32(headerBytes - 8 + audioBytes),
    ...ascii('WAVEfmt '),
    ...le32(18),
    ...le16(7),
    ...le16(2),
    ...le32(8000),
    ...le32(bytesPerSecond),
    ...le16(2),
    ...le16(8),
    ...le16(0),
    ...ascii('fact'),
    ...le32(4),
    ...le32(audioBytes / 2),
    ...ascii('data'),
    ...le32(audioBytes),
  ]);

/** Two frames of 160 codes as one of 160 pairs. */
export const interleave = (left: Uint8Array, right: Uint8Array, into: Uint8Array, at: number): void => {
  for (let i = 0; i < left.length; i++) {
    into[at + 2 * i] = left[i] as number;
    into[at + 2 * i + 1] = right[i] as number;
  }
};
