/**
 * One stream of linear samples from one rate to another, 20 ms at a time: exactly a frame out for a frame in, without
 * clicks between them. The filter is speexdsp's (WebAssembly); docs/decisions/0010 says why. Knows no codec and no call.
 */
import load from '@echogarden/speex-resampler-wasm/simd';
import { frameMs, type SampleRate } from '../contract/audio.ts';

/** speexdsp's scale is 0 to 10; measured with `npm run bench -- resample`. */
const defaultQuality = 5;

// one instance for all streams: each has a small state in its memory
const speex = await load();

const longestFrame = frameMs * 48;
const input = speex._malloc(2 * longestFrame);
const output = speex._malloc(2 * longestFrame);
const lengths = speex._malloc(8);

/** What nobody uses any more is freed with its owner: a converter has no end of its own. */
const states = new FinalizationRegistry<number>((state) => speex._speex_resampler_destroy(state));

export type Resampler = {
  /** The delay of the filter in samples of the output. */
  readonly delaySamples: number;
  /** 20 ms in, 20 ms out. */
  frame(samples: Int16Array): Int16Array;
};

export const createResampler = (
  fromRate: SampleRate,
  toRate: SampleRate,
  quality = defaultQuality,
): Resampler => {
  const state = speex._speex_resampler_init(1, fromRate, toRate, quality, lengths);
  if (state === 0) throw new RangeError(`${fromRate} Hz cannot be made ${toRate} Hz`);
  const inSamples = (fromRate / 1000) * frameMs;
  const outSamples = (toRate / 1000) * frameMs;
  const resampler: Resampler = {
    delaySamples: speex._speex_resampler_get_output_latency(state),
    frame: (samples) => {
      if (samples.length !== inSamples) throw new RangeError(`${samples.length} samples are no frame`);
      speex.HEAP16.set(samples, input >> 1);
      speex.HEAPU32[lengths >> 2] = inSamples;
      speex.HEAPU32[(lengths >> 2) + 1] = outSamples;
      speex._speex_resampler_process_int(state, 0, input, lengths, output, lengths + 4);
      return speex.HEAP16.slice(output >> 1, (output >> 1) + outSamples);
    },
  };
  states.register(resampler, state);
  return resampler;
};
