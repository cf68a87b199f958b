/**
 * One stream of samples from one rate to another, in pieces of any length: a windowed sinc, so that nothing above what the
 * lower rate can carry folds back. Runs in the audio worklet; knows no audio device.
 */
const phases = 128;
/** lobes of the sinc on each side, of the lower rate */
const lobes = 12;
/** of the lower rate's half: what lies above is filtered away */
const passband = 0.92;

export class Resampler {
  readonly #step: number;
  readonly #half: number;
  readonly #table: Float32Array[];
  #held: Float32Array;
  /** of the next sample to make, in what is held */
  #at: number;

  constructor(fromRate: number, toRate: number) {
    this.#step = fromRate / toRate;
    const cutOff = Math.min(1, toRate / fromRate) * passband;
    this.#half = Math.ceil(lobes / Math.min(1, toRate / fromRate));
    this.#table = Array.from({ length: phases + 1 }, (_, phase) =>
      filter(phase / phases, this.#half, cutOff),
    );
    this.#held = new Float32Array(this.#half - 1);
    this.#at = this.#half - 1;
  }

  process(input: Float32Array): Float32Array {
    const samples = new Float32Array(this.#held.length + input.length);
    samples.set(this.#held);
    samples.set(input, this.#held.length);
    const half = this.#half;
    const output: number[] = [];
    for (; Math.floor(this.#at) + half < samples.length; this.#at += this.#step) {
      const centre = Math.floor(this.#at);
      const taps = this.#table[Math.round((this.#at - centre) * phases)] as Float32Array;
      let sum = 0;
      const first = centre - half + 1;
      for (let tap = 0; tap < taps.length; tap++)
        sum += (taps[tap] as number) * (samples[first + tap] as number);
      output.push(sum);
    }
    const drop = Math.min(samples.length, Math.max(0, Math.floor(this.#at) - half + 1));
    this.#held = samples.slice(drop);
    this.#at -= drop;
    return Float32Array.from(output);
  }
}

/** Taps for a sample that lies `fraction` behind its centre; together they are 1, so that silence and level stay. */
const filter = (fraction: number, half: number, cutOff: number): Float32Array => {
  const taps = Float32Array.from({ length: 2 * half }, (_, tap) => {
    const x = tap - half + 1 - fraction;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * cutOff * x) / (Math.PI * cutOff * x);
    const window = Math.abs(x) >= half ? 0 : Math.cos((Math.PI * x) / (2 * half)) ** 2;
    return sinc * window;
  });
  const sum = taps.reduce((all, tap) => all + tap, 0);
  return taps.map((tap) => tap / sum);
};
