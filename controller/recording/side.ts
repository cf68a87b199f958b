/**
 * One side of a recording: frames of a line as the µ-law codes that a file of some rate has. And whole pieces of a recording
 * for a file of the other rate, which a controller finds that takes up a call after its codec has changed. Knows no file.
 */
import { type AudioFormat, frameMs, l16, pcmu } from '../contract/audio.ts';
import { createFrameConverter, type FrameConverter } from '../media/frame-converter.ts';
import { decode, encode } from '../media/g711.ts';
import { samplesOf } from '../media/l16.ts';
import { createResampler } from '../media/resampler.ts';
import { bytesPerFrame, interleave, type RecordingRate } from './wav.ts';

export const createSide = (line: AudioFormat, rate: RecordingRate): FrameConverter => {
  if (rate === 8000) return createFrameConverter(line, pcmu);
  const toLinear = createFrameConverter(line, l16(rate));
  return (frame) => encode('PCMU', samplesOf(toLinear(frame)));
};

/** Whole frames of both sides, from one rate to the other. */
export const createRateChange = (
  from: RecordingRate,
  to: RecordingRate,
): ((audio: Uint8Array) => Uint8Array) => {
  const sides = [createResampler(from, to), createResampler(from, to)];
  const [size, newSize] = [bytesPerFrame(from), bytesPerFrame(to)];
  const codes = (from / 1000) * frameMs;
  return (audio) => {
    const changed = new Uint8Array((audio.length / size) * newSize);
    for (let frame = 0; frame * size < audio.length; frame++) {
      const [left, right] = sides.map((resampler, side) => {
        const one = new Uint8Array(codes);
        for (let i = 0; i < codes; i++) one[i] = audio[frame * size + 2 * i + side] as number;
        return encode('PCMU', resampler.frame(decode('PCMU', one)));
      }) as [Uint8Array, Uint8Array];
      interleave(left, right, changed, frame * newSize);
    }
    return changed;
  };
};
