/**
 * Tones and their proof: a sine that runs for ever, and the share of a signal's energy that sits at one frequency
 * (Goertzel). Also WAV files of speech. It knows no call.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { decode, encode } from '../../controller/media/g711.ts';
import type { TelephoneCodec as Codec } from './sdp.ts';

export const sampleRate = 8000;
export const frameSamples = 160;

/** Frames of one sound after another; null when it is over. */
export type AudioSource = { next(): Uint8Array | null };

/** `seconds` of a sine; `amplitude` of 32767. */
export const toneSamples = (hz: number, seconds: number, amplitude = 8000, rate = sampleRate): Int16Array =>
  Int16Array.from({ length: Math.round(seconds * rate) }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * index) / rate)),
  );

const dtmfRows = [697, 770, 852, 941];
const dtmfColumns = [1209, 1336, 1477, 1633];
const dtmfKeys = ['123A', '456B', '789C', '*0#D'];

/** The keys of a telephone as tones in the voice (ITU-T Q.23), 100 ms each and as much silence between. */
export const keyTones = (digits: string): Int16Array => {
  const each = digits.split('').map((digit) => {
    const row = dtmfKeys.findIndex((keys) => keys.includes(digit));
    const low = toneSamples(dtmfRows[row] ?? 0, 0.1, 6000);
    const high = toneSamples(dtmfColumns[dtmfKeys[row]?.indexOf(digit) ?? 0] ?? 0, 0.1, 7000);
    return low.map((sample, at) => sample + (high[at] ?? 0));
  });
  const pause = 0.1 * sampleRate;
  const all = new Int16Array(each.length * 2 * pause);
  for (const [at, tone] of each.entries()) all.set(tone, at * 2 * pause);
  return all;
};

const toneCache = new Map<string, Uint8Array[]>();

/** A sine without end. Whole hertz repeat after a second, so one second of frames is enough for all calls. */
export const toneSource = (hz: number, codec: Codec, amplitude = 8000): AudioSource => {
  if (!Number.isInteger(hz)) throw new Error('a tone of whole hertz, so that a second of it repeats');
  const key = `${codec} ${hz} ${amplitude}`;
  let frames = toneCache.get(key);
  if (!frames) {
    frames = framesOf(encode(codec, toneSamples(hz, 1, amplitude)));
    toneCache.set(key, frames);
  }
  const all = frames;
  let at = 0;
  return { next: () => all[at++ % all.length] ?? null };
};

const framesOf = (payload: Uint8Array): Uint8Array[] => {
  const frames: Uint8Array[] = [];
  for (let start = 0; start + frameSamples <= payload.length; start += frameSamples) {
    frames.push(payload.subarray(start, start + frameSamples));
  }
  return frames;
};

/** Samples at 8 kHz, once. The last frame is filled up with silence. */
export const samplesSource = (samples: Int16Array, codec: Codec): AudioSource => {
  const padded = new Int16Array(Math.ceil(samples.length / frameSamples) * frameSamples);
  padded.set(samples);
  const frames = framesOf(encode(codec, padded));
  let at = 0;
  return { next: () => frames[at++] ?? null };
};

/** The share (0 to 1) of the energy that is at `hz`; 1 for a pure sine, 0 for silence. */
export const toneShare = (samples: Int16Array, hz: number, rate = sampleRate): number => {
  const length = samples.length;
  if (length === 0) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let before = 0;
  let beforeThat = 0;
  let energy = 0;
  for (const sample of samples) {
    const now = sample + coefficient * before - beforeThat;
    beforeThat = before;
    before = now;
    energy += sample * sample;
  }
  // below about -60 dBm0 it is silence: codec noise has no tone
  if (energy / length < 40) return 0;
  const power = before * before + beforeThat * beforeThat - coefficient * before * beforeThat;
  return Math.min(1, (2 * power) / (length * energy));
};

/** Root mean square of the samples. */
export const loudness = (samples: Int16Array): number => {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(energy / samples.length);
};

/** Mono 16-bit PCM of a WAV file at 8 kHz: other rates are averaged down or stretched, enough for speech. */
export const readWav = async (path: string): Promise<Int16Array> => {
  const file = await readFile(path);
  if (file.toString('latin1', 0, 4) !== 'RIFF') throw new Error(`${path} is no WAV file`);
  let rate = 0;
  let channels = 0;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    if (name === 'fmt ') {
      if (file.readUInt16LE(at + 8) !== 1 || file.readUInt16LE(at + 22) !== 16) {
        throw new Error(`${path} is not 16-bit PCM`);
      }
      channels = file.readUInt16LE(at + 10);
      rate = file.readUInt32LE(at + 12);
    }
    if (name === 'data') {
      const count = Math.floor(Math.min(size, file.length - at - 8) / 2 / channels);
      const first = Int16Array.from({ length: count }, (_, index) =>
        file.readInt16LE(at + 8 + index * 2 * channels),
      );
      return resample(first, rate);
    }
    at += 8 + size + (size % 2);
  }
  throw new Error(`${path} has no samples`);
};

const resample = (samples: Int16Array, rate: number): Int16Array => {
  if (rate === sampleRate) return samples;
  const step = rate / sampleRate;
  return Int16Array.from({ length: Math.floor(samples.length / step) }, (_, index) => {
    const from = Math.floor(index * step);
    const to = Math.max(from + 1, Math.floor((index + 1) * step));
    let sum = 0;
    for (let at = from; at < to; at++) sum += samples[at] ?? 0;
    return Math.round(sum / (to - from));
  });
};

/** Writes samples as a mono WAV file. */
export const writeWav = async (path: string, samples: Int16Array, rate = sampleRate): Promise<void> => {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + samples.length * 2, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(samples.length * 2, 40);
  await writeFile(
    path,
    Buffer.concat([head, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]),
  );
};

/** Payload frames to one run of samples. */
export const decodeFrames = (codec: Codec, frames: readonly Uint8Array[]): Int16Array => {
  const samples = new Int16Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    samples.set(decode(codec, frame), at);
    at += frame.length;
  }
  return samples;
};
