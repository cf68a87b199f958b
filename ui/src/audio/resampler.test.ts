/** What a microphone of any rate hears arrives at 16 kHz as it was, and nothing folds back; and the other way round. */
import { expect, test } from 'vitest';
import { JitterBuffer } from './jitter-buffer.ts';
import { Resampler } from './resampler.ts';

const tone = (hz: number, rate: number, seconds: number): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hz * at) / rate));
const through = (input: Float32Array, from: number, to: number, piece: number): number[] => {
  const resampler = new Resampler(from, to);
  const output: number[] = [];
  for (let at = 0; at < input.length; at += piece)
    output.push(...resampler.process(input.subarray(at, at + piece)));
  return output;
};
const power = (samples: readonly number[]): number =>
  samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
/** The share of the power that is at `hz`, and the power itself, without the beginning. */
const shareOf = (all: readonly number[], hz: number, rate: number): number => {
  const samples = all.slice(rate / 10, rate / 10 + rate / 2);
  let real = 0;
  let imaginary = 0;
  for (const [at, sample] of samples.entries()) {
    real += sample * Math.cos((2 * Math.PI * hz * at) / rate);
    imaginary += sample * Math.sin((2 * Math.PI * hz * at) / rate);
  }
  return (2 * (real ** 2 + imaginary ** 2)) / (samples.length ** 2 * power(samples));
};

test.each([
  [48_000, 16_000, 128],
  [44_100, 16_000, 128],
  [8000, 16_000, 128],
  [16_000, 16_000, 320],
  [16_000, 44_100, 320],
  [16_000, 48_000, 320],
  [16_000, 96_000, 320],
])('%i Hz to %i Hz keeps a tone, its level and its length', (from, to, piece) => {
  const output = through(tone(1000, from, 1), from, to, piece);
  expect(Math.abs(output.length - to)).toBeLessThan(to / 200);
  expect(shareOf(output, 1000, to)).toBeGreaterThan(0.999);
  expect(power(output.slice(to / 10, to / 2))).toBeCloseTo(0.125, 2);
});

test('what 16 kHz cannot carry is not heard at all', () => {
  expect(power(through(tone(11_000, 48_000, 1), 48_000, 16_000, 128).slice(1600))).toBeLessThan(1e-5);
});

test('frames wait until some are there, come in order, and what piles up is dropped', () => {
  const buffer = new JitterBuffer<number>({ ahead: 3, most: 6 });
  buffer.push(1);
  buffer.push(2);
  expect(buffer.pull()).toBeNull();
  buffer.push(3);
  expect([buffer.pull(), buffer.pull(), buffer.pull(), buffer.pull()]).toEqual([1, 2, 3, null]);
  buffer.push(4);
  // it ran dry: a few have to wait again
  expect(buffer.pull()).toBeNull();
  for (let frame = 5; frame <= 12; frame++) buffer.push(frame);
  expect(buffer.pull()).toBeGreaterThan(5);
  let last = 0;
  for (let frame = buffer.pull(); frame !== null; frame = buffer.pull()) last = frame;
  expect(last).toBe(12);
});
