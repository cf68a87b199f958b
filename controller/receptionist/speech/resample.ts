/**
 * Between 8 kHz, what a telephone carries, and 16 kHz, what the recogniser and the synthesiser speak: one half-band
 * filter. Knows nothing of speech. CPU work: called in worker threads only.
 */

const reach = 31;

/** Odd taps of a windowed-sinc low-pass at a quarter of the upper rate; the even ones are zero, the middle is 1/2. */
const taps: Float32Array = (() => {
  const half = new Float32Array(reach + 1);
  for (let at = 1; at <= reach; at += 2) {
    const ideal = Math.sin((Math.PI * at) / 2) / (Math.PI * at);
    const window =
      0.42 + 0.5 * Math.cos((Math.PI * at) / (reach + 1)) + 0.08 * Math.cos((2 * Math.PI * at) / (reach + 1));
    half[at] = ideal * window;
  }
  half[0] = 0.5;
  // unity gain at 0 Hz
  const sum = half.reduce((total, tap, at) => total + (at === 0 ? tap : 2 * tap), 0);
  return half.map((tap) => tap / sum);
})();

/** Twice the rate: every other sample is the old one, the others lie between. */
export const doubleRate = (low: Int16Array | Float32Array): Float32Array => {
  const high = new Float32Array(low.length * 2);
  for (let at = 0; at < low.length; at += 1) {
    high[2 * at] = low[at] ?? 0;
    let between = 0;
    for (let tap = 1; tap <= reach; tap += 2) {
      const left = at - (tap - 1) / 2;
      const right = at + (tap + 1) / 2;
      between += (taps[tap] ?? 0) * ((low[left] ?? 0) + (low[right] ?? 0));
    }
    high[2 * at + 1] = 2 * between;
  }
  return high;
};

type Samples = Int16Array | Float32Array;

const filteredAt = (samples: Samples, middle: number): number => {
  let sum = (taps[0] ?? 0) * (samples[middle] ?? 0);
  for (let tap = 1; tap <= reach; tap += 2)
    sum += (taps[tap] ?? 0) * ((samples[middle - tap] ?? 0) + (samples[middle + tap] ?? 0));
  return sum;
};

/** The lower half of what there is, at the same rate. */
export const halfBand = (samples: Samples): Float32Array =>
  Float32Array.from(samples, (_, at) => filteredAt(samples, at));

/** Half the rate, without the upper band folding back. */
export const halveRate = (high: Samples): Float32Array =>
  Float32Array.from({ length: Math.ceil(high.length / 2) }, (_, at) => filteredAt(high, 2 * at));

export const toInt16 = (samples: Float32Array): Int16Array => {
  const whole = new Int16Array(samples.length);
  for (const [at, sample] of samples.entries())
    whole[at] = Math.max(-32_768, Math.min(32_767, Math.round(sample)));
  return whole;
};
