/**
 * Turns 20 ms frames of one format into 20 ms frames of another, one after the other as they come. Knows no call and no
 * queue.
 */
import { type AudioFormat, sameFormat } from '../contract/audio.ts';
import { decode, encode, transcode } from './g711.ts';
import { bytesOf, samplesOf } from './l16.ts';
import { createResampler } from './resampler.ts';

/** One frame in, one frame out. Frames must come in order: a resampler remembers the one before. */
export type FrameConverter = (frame: Uint8Array) => Uint8Array;

/** Same format in and out: the very bytes, untouched. */
const passThrough: FrameConverter = (frame) => frame;

export const createFrameConverter = (from: AudioFormat, to: AudioFormat): FrameConverter => {
  if (sameFormat(from, to)) return passThrough;
  if (from.encoding !== 'L16' && to.encoding !== 'L16') {
    const [codec, other] = [from.encoding, to.encoding];
    return (frame) => transcode(codec, other, frame);
  }
  const toSamples = from.encoding === 'L16' ? samplesOf : decode.bind(null, from.encoding);
  const toBytes = to.encoding === 'L16' ? bytesOf : encode.bind(null, to.encoding);
  if (from.sampleRate === to.sampleRate) return (frame) => toBytes(toSamples(frame));
  const resampler = createResampler(from.sampleRate, to.sampleRate);
  return (frame) => toBytes(resampler.frame(toSamples(frame)));
};

/** Whether the end of what went in comes out only with the frame after it. */
export const convertsWithDelay = (from: AudioFormat, to: AudioFormat): boolean =>
  from.sampleRate !== to.sampleRate;
