/**
 * Turns 20 ms frames of one format into 20 ms frames of another, one after the other as they come. Knows no call and no
 * queue.
 */
import { type AudioFormat, sameFormat } from '../contract/audio.ts';
import { decode, encode } from './g711.ts';
import { bytesOf, samplesOf } from './l16.ts';

/** One frame in, one frame out. Frames must come in order: a resampler remembers the one before. */
export type FrameConverter = (frame: Uint8Array) => Uint8Array;

/** Same format in and out: the very bytes, untouched. */
const passThrough: FrameConverter = (frame) => frame;

export const createFrameConverter = (from: AudioFormat, to: AudioFormat): FrameConverter => {
  if (sameFormat(from, to)) return passThrough;
  if (from.sampleRate !== to.sampleRate)
    throw new RangeError(`${from.sampleRate} Hz cannot be made ${to.sampleRate} Hz`);
  const toSamples = from.encoding === 'L16' ? samplesOf : decodeWith(from.encoding);
  const toBytes = to.encoding === 'L16' ? bytesOf : encodeWith(to.encoding);
  return (frame) => toBytes(toSamples(frame));
};

const decodeWith = (codec: 'PCMU' | 'PCMA') => (frame: Uint8Array) => decode(codec, frame);
const encodeWith = (codec: 'PCMU' | 'PCMA') => (samples: Int16Array) => encode(codec, samples);
