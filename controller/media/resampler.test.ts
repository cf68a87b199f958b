import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AudioFormat, frameBytesOf, l16, pcma, pcmu, type SampleRate } from '../contract/audio.ts';
import { createFrameConverter } from './frame-converter.ts';
import { bytesOf, samplesOf } from './l16.ts';
import { createResampler } from './resampler.ts';

const rates: SampleRate[] = [8000, 16000, 24000, 48000];
const pairs = rates.flatMap((from) => rates.filter((to) => to !== from).map((to) => [from, to] as const));

const tone = (hz: number, rate: number, frames: number): Int16Array[] =>
  Array.from({ length: frames }, (_, frame) =>
    Int16Array.from({ length: rate / 50 }, (_, at) =>
      Math.round(16_000 * Math.sin((2 * Math.PI * hz * ((frame * rate) / 50 + at)) / rate)),
    ),
  );

/** What the samples, less a sine of this frequency at its best amplitude and phase, leave; in dB under the sine. */
const noiseDb = (samples: Int16Array, hz: number, rate: number): number => {
  let [sin, cos] = [0, 0];
  const phase = (at: number): number => (2 * Math.PI * hz * at) / rate;
  for (const [at, sample] of samples.entries()) {
    sin += (2 / samples.length) * sample * Math.sin(phase(at));
    cos += (2 / samples.length) * sample * Math.cos(phase(at));
  }
  let rest = 0;
  for (const [at, sample] of samples.entries())
    rest += (sample - sin * Math.sin(phase(at)) - cos * Math.cos(phase(at))) ** 2 / samples.length;
  return 10 * Math.log10((sin ** 2 + cos ** 2) / 2 / rest);
};

test.each(pairs)('%i to %i Hz: a tone comes out clean, through every border of frames', (from, to) => {
  for (const hz of [350, 1000, 3350]) {
    const resampler = createResampler(from, to);
    const out = tone(hz, from, 40).flatMap((frame) => Array.from(resampler.frame(frame)));
    expect(out.length).toBe((40 * to) / 50);
    const steady = Int16Array.from(out.slice(to / 5, to / 5 + to / 2));
    expect(noiseDb(steady, hz, to)).toBeGreaterThan(70);
  }
});

test.each(pairs.filter(([from, to]) => to < from))(
  '%i to %i Hz: what the lower rate cannot carry is gone',
  (from, to) => {
    const resampler = createResampler(from, to);
    const out = tone(to / 2 + 1000, from, 40).flatMap((frame) => Array.from(resampler.frame(frame)));
    const loudest = out.slice(to / 5).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    // 16,000 went in: 60 dB less is 16
    expect(loudest).toBeLessThanOrEqual(16);
  },
);

test('two streams do not know each other', () => {
  const alone = createResampler(24000, 8000);
  const frames = tone(700, 24000, 6);
  const expected = frames.map((frame) => alone.frame(frame));
  const [one, other] = [createResampler(24000, 8000), createResampler(48000, 16000)];
  const noise = tone(1900, 48000, 6);
  for (const [at, frame] of frames.entries()) {
    other.frame(noise[at] as Int16Array);
    expect(one.frame(frame)).toEqual(expected[at]);
  }
});

test('the delay is a few milliseconds', () => {
  for (const [from, to] of pairs)
    expect((createResampler(from, to).delaySamples * 1000) / to).toBeLessThan(6);
});

const formats: AudioFormat[] = [pcmu, pcma, ...rates.map(l16)];

test('any format becomes any other, a whole frame for a whole frame, and full scale does not wrap round', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...formats),
      fc.constantFrom(...formats),
      fc.array(fc.constantFrom(-32768, 32767, 0, -20000, 20000), { minLength: 960, maxLength: 960 }),
      (from, to, values) => {
        const convert = createFrameConverter(from, to);
        const samples = Int16Array.from(values.slice(0, from.sampleRate / 50));
        const frame = createFrameConverter(l16(from.sampleRate), from)(bytesOf(samples));
        for (let i = 0; i < 3; i++) {
          const out = convert(frame);
          expect(out.length).toBe(frameBytesOf(to));
        }
      },
    ),
    { numRuns: 60 },
  );
  // a loud constant stays loud and of one sign: no wrap
  const convert = createFrameConverter(l16(8000), l16(24000));
  const loud = bytesOf(new Int16Array(160).fill(32767));
  for (let i = 0; i < 5; i++) convert(loud);
  expect(samplesOf(convert(loud)).every((sample) => sample > 30_000)).toBe(true);
});
