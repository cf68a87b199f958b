/** How long a message of a bot may be: ten minutes of audio in one piece, which is less than what may wait to be played. */
import { type AudioFormat, bytesPerMs } from '../contract/audio.ts';

const longestMs = 10 * 60_000;
/** JSON around it */
const envelopeBytes = 100_000;

export const longestMessageBytes = (format: AudioFormat, as: 'binary' | 'base64'): number => {
  const bytes = longestMs * bytesPerMs(format);
  return envelopeBytes + (as === 'binary' ? bytes : Math.ceil((bytes * 4) / 3));
};
