import { expect, test } from 'vitest';
import { conditionForRecognition } from './condition.ts';
import { doubleRate, halveRate, toInt16 } from './resample.ts';

const tone = (hz: number, sampleRate: number, amplitude: number, seconds = 0.5): Int16Array =>
  Int16Array.from({ length: seconds * sampleRate }, (_, at) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * at) / sampleRate)),
  );

/** Amplitude of one frequency by correlation, away from the ends. */
const amplitudeAt = (samples: ArrayLike<number>, hz: number, sampleRate: number): number => {
  let [re, im, count] = [0, 0, 0];
  for (let at = 200; at < samples.length - 200; at += 1) {
    const angle = (2 * Math.PI * hz * at) / sampleRate;
    re += (samples[at] ?? 0) * Math.cos(angle);
    im += (samples[at] ?? 0) * Math.sin(angle);
    count += 1;
  }
  return (2 * Math.hypot(re, im)) / count;
};

test.each([300, 1000, 3000, 3400])('a tone of %i Hz keeps its level up and has no image', (hz) => {
  const high = doubleRate(tone(hz, 8000, 10_000));
  expect(amplitudeAt(high, hz, 16_000) / 10_000).toBeCloseTo(1, 1);
  expect(amplitudeAt(high, 8000 - hz, 16_000) / 10_000).toBeLessThan(0.15);
});

test.each([300, 1000, 3000])('a tone of %i Hz keeps its level down', (hz) => {
  const low = halveRate(tone(hz, 16_000, 10_000));
  expect(amplitudeAt(low, hz, 8000) / 10_000).toBeCloseTo(1, 1);
});

test('what is above the telephone does not fold back into it', () => {
  const low = halveRate(tone(6000, 16_000, 10_000));
  expect(amplitudeAt(low, 2000, 8000) / 10_000).toBeLessThan(0.02);
});

test('too loud is clipped, not turned over', () => {
  expect([...toInt16(Float32Array.of(40_000, -40_000, 0.4))]).toEqual([32_767, -32_768, 0]);
});

test('quiet and loud callers come to the same level', () => {
  const loud = conditionForRecognition(tone(500, 8000, 16_000));
  const quiet = conditionForRecognition(tone(500, 8000, 2000));
  const levels = [loud, quiet].map((samples) => amplitudeAt(samples.subarray(3000, 7000), 500, 16_000));
  expect((levels[0] ?? 0) / (levels[1] ?? 1)).toBeCloseTo(1, 1);
});

test('hiss gets what the telephone took away above 4 kHz, a vowel does not', () => {
  const above = (samples: Int16Array): number => {
    let sum = 0;
    for (let hz = 4600; hz < 7000; hz += 37) sum += amplitudeAt(samples.subarray(3000, 7000), hz, 16_000);
    return sum;
  };
  const vowel = conditionForRecognition(tone(400, 8000, 8000));
  const hiss = conditionForRecognition(tone(3200, 8000, 8000));
  expect(above(hiss)).toBeGreaterThan(5 * above(vowel));
});

test('an empty utterance is no mistake', () => {
  expect(conditionForRecognition(new Int16Array(0)).length).toBeGreaterThan(0);
});
