/**
 * One caller's utterance, 8 kHz from the telephone → 16 kHz as the recogniser's model was trained to hear it. A
 * telephone ends at 3.4 kHz, where an "s" begins; without it "please" is heard as "greene". So the upper band gets
 * noise that rises and falls with what the caller says between 2 and 4 kHz: `evaluate.ts` measures what that gains.
 * Pure; CPU work, so it is called in a worker thread.
 */
import { doubleRate, halfBand, toInt16 } from './resample.ts';

const peak = 20_000;
/** A whisper of line noise is not to be blown up to a shout. */
const loudestGain = 12;
/** Silence around the words: the recogniser takes the utterance's mean as the line's own sound. */
const marginSamples = 2400;

export type Conditioning = {
  /** noise over the whole band: digital silence between words would pull the utterance's mean down */
  line: number;
  /** noise in the upper band that is always there: the model takes emptiness for a sound */
  floor: number;
  /** noise in the upper band as a multiple of the envelope between 2 and 4 kHz */
  following: number;
  /** so much more of it where what the telephone let through is hiss */
  hissing: number;
};
export const conditioning: Conditioning = { line: 60, floor: 20, following: 0.2, hissing: 10 };

/** The envelope's time constant, about 1.25 ms at 8 kHz. */
const envelopeStep = 0.1;

/** Repeatable noise in -1 to 1 (a 32-bit linear congruential generator, Numerical Recipes' constants). */
const noiseSource = (): (() => number) => {
  let state = 22_222;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2_147_483_648;
  };
};

/** Takes the constant part away and brings the loudest sample to the same level for every caller. */
const levelled = (samples: Int16Array): Float32Array => {
  let sum = 0;
  for (const sample of samples) sum += sample;
  const offset = samples.length === 0 ? 0 : sum / samples.length;
  let loudest = 1;
  for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample - offset));
  const gain = Math.min(loudestGain, peak / loudest);
  return Float32Array.from(samples, (sample) => (sample - offset) * gain);
};

export const conditionForRecognition = (
  samples: Int16Array,
  { line, floor, following, hissing }: Conditioning = conditioning,
): Int16Array => {
  const margin = new Float32Array(marginSamples / 2);
  const level = levelled(samples);
  const low = new Float32Array(level.length + 2 * margin.length);
  low.set(level, margin.length);
  const noise = noiseSource();
  const lowHalf = halfBand(low);
  let upperEnvelope = 0;
  let envelope = 1;
  const fill = low.map((sample, at) => {
    upperEnvelope += envelopeStep * (Math.abs(sample - (lowHalf[at] ?? 0)) - upperEnvelope);
    envelope += envelopeStep * (Math.abs(sample) - envelope);
    // near 1 in an "s", near 0 in a vowel
    const hiss = Math.min(1, upperEnvelope / Math.max(1, envelope));
    return noise() * (floor + upperEnvelope * (following + hissing * hiss * hiss));
  });
  const speech = doubleRate(low);
  const lower = doubleRate(fill);
  // turning every other sample over moves 0-4 kHz to 8-4 kHz
  const heard = speech.map(
    (sample, at) => sample + (at % 2 === 0 ? 1 : -1) * (lower[at] ?? 0) + noise() * line,
  );
  return toInt16(heard);
};
