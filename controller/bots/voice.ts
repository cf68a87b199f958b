/** Is there a voice in a frame, or only a line that is open? Good enough to tell a silent call from a live one. */
import type { AudioFormat } from '../contract/audio.ts';
import { decode } from '../media/g711.ts';
import { samplesOf } from '../media/l16.ts';

/** Mean absolute amplitude, of 32768: room noise on a phone stays below, a quiet voice is above (about -40 dBm0). */
const voiceLevel = 250;

const magnitudes = (codec: 'PCMU' | 'PCMA'): Int16Array =>
  decode(
    codec,
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
  ).map(Math.abs);
const magnitudeOf = { PCMU: magnitudes('PCMU'), PCMA: magnitudes('PCMA') };

export const hasVoice = (frame: Uint8Array, format: AudioFormat): boolean => {
  let sum = 0;
  if (format.encoding === 'L16') {
    const samples = samplesOf(frame);
    for (const sample of samples) sum += Math.abs(sample);
    return sum > voiceLevel * samples.length;
  }
  const magnitude = magnitudeOf[format.encoding];
  for (const byte of frame) sum += magnitude[byte] as number;
  return sum > voiceLevel * frame.length;
};
