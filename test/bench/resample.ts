/**
 * `npm run bench -- resample`: the two kept resamplers for the rates that occur, by what they do to tones and what they
 * cost. Signal to noise of tones that must pass, what is left of tones that must not (aliases of a lower rate, images of a
 * higher one), level at the edge of what a telephone carries (3.4 kHz, or 7 kHz), delay, and time for 20 ms. libsamplerate
 * hides its delay: it gives fewer samples at first, so that frames differ in length.
 */
import libsamplerateJs from '@alexanderolsen/libsamplerate-js';
import type { SampleRate } from '../../controller/contract/audio.ts';
import { createResampler } from '../../controller/media/resampler.ts';
import { round } from './pulses.ts';

const pairs: [SampleRate, SampleRate][] = [
  [8000, 16000],
  [16000, 8000],
  [8000, 24000],
  [24000, 8000],
  [8000, 48000],
  [48000, 8000],
  [16000, 24000],
  [24000, 16000],
  [48000, 24000],
];

type Candidate = {
  name: string;
  open: (from: SampleRate, to: SampleRate) => Promise<(frame: Int16Array) => Int16Array>;
};

const speexAt = (quality: number): Candidate => ({
  name: `speexdsp ${quality}`,
  open: async (from, to) => {
    const resampler = createResampler(from, to, quality);
    return (frame) => resampler.frame(frame);
  },
});

const libsamplerate = (name: string, converterType: 1 | 2): Candidate => ({
  name: `libsamplerate ${name}`,
  open: async (from, to) => {
    const resampler = await libsamplerateJs.create(1, from, to, { converterType });
    return (frame) => {
      const floats = Float32Array.from(frame, (sample) => sample / 32768);
      const back = resampler.full(floats);
      return Int16Array.from(back, (sample) => Math.max(-32768, Math.min(32767, Math.round(sample * 32768))));
    };
  },
});

const candidates: Candidate[] = [
  ...[3, 5, 7].map(speexAt),
  libsamplerate('fastest', 2),
  libsamplerate('medium', 1),
];

const toneFrames = (hz: number, rate: number, frames: number): Int16Array[] => {
  const size = rate / 50;
  return Array.from({ length: frames }, (_, frame) =>
    Int16Array.from({ length: size }, (_, at) =>
      Math.round(16_000 * Math.sin((2 * Math.PI * hz * (frame * size + at)) / rate)),
    ),
  );
};

const run = (convert: (frame: Int16Array) => Int16Array, frames: Int16Array[]): Int16Array =>
  Int16Array.from(frames.flatMap((frame) => Array.from(convert(frame))));

/** Amplitude of the tone in `samples`, and the root mean square of all that is left without it. */
const fit = (samples: Int16Array, hz: number, rate: number): { amplitude: number; restRms: number } => {
  let [sin, cos] = [0, 0];
  for (const [at, sample] of samples.entries()) {
    sin += sample * Math.sin((2 * Math.PI * hz * at) / rate);
    cos += sample * Math.cos((2 * Math.PI * hz * at) / rate);
  }
  [sin, cos] = [(2 * sin) / samples.length, (2 * cos) / samples.length];
  let rest = 0;
  for (const [at, sample] of samples.entries()) {
    const phase = (2 * Math.PI * hz * at) / rate;
    rest += (sample - sin * Math.sin(phase) - cos * Math.cos(phase)) ** 2;
  }
  return { amplitude: Math.hypot(sin, cos), restRms: Math.sqrt(rest / samples.length) };
};

const db = (ratio: number): number => 20 * Math.log10(Math.max(ratio, 1e-9));

/** The steady part: whole periods of every tone that is a multiple of 50 Hz, after the filter has filled. */
const steady = (samples: Int16Array, rate: number): Int16Array =>
  samples.slice(rate / 5, rate / 5 + rate / 2);

const measure = async (candidate: Candidate, from: SampleRate, to: SampleRate) => {
  const narrow = Math.min(from, to);
  const edge = narrow === 8000 ? 3400 : 7000;
  const snrs: number[] = [];
  const gains: number[] = [];
  for (const hz of [300, 1000, edge / 2, edge]) {
    const convert = await candidate.open(from, to);
    const { amplitude, restRms } = fit(steady(run(convert, toneFrames(hz, from, 45)), to), hz, to);
    snrs.push(db(amplitude / Math.SQRT2 / restRms));
    gains.push(db(amplitude / 16_000));
  }
  const aliases: number[] = [];
  if (to < from)
    for (const hz of [to / 2 + 600, to / 2 + 1000, from / 2 - 500]) {
      const convert = await candidate.open(from, to);
      const out = steady(run(convert, toneFrames(hz, from, 45)), to);
      aliases.push(
        db(Math.sqrt(out.reduce((sum, sample) => sum + sample ** 2, 0) / out.length) / (16_000 / Math.SQRT2)),
      );
    }
  const convert = await candidate.open(from, to);
  const impulse = toneFrames(0, from, 10);
  (impulse[0] as Int16Array)[0] = 30_000;
  const response = run(convert, impulse);
  const peak = response.reduce(
    (best, sample, at) => (Math.abs(sample) > Math.abs(response[best] ?? 0) ? at : best),
    0,
  );
  const frames = toneFrames(1000, from, 50);
  // the best of many: what else runs on the machine only ever adds
  let nsPerFrame = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 40; round++) {
    const start = process.hrtime.bigint();
    for (const frame of frames) convert(frame);
    nsPerFrame = Math.min(nsPerFrame, Number(process.hrtime.bigint() - start) / frames.length);
  }
  return {
    resampler: candidate.name,
    from,
    to,
    snrDb: round(Math.min(...snrs)),
    aliasDb: aliases.length > 0 ? round(Math.max(...aliases)) : null,
    edgeGainDb: round(Math.min(...gains), 2),
    delayMs: round((peak / to) * 1000, 2),
    nsPerFrame: Math.round(nsPerFrame),
  };
};

export const benchResample = async (options: { tell: (line: string) => void }): Promise<object> => {
  const rows: Awaited<ReturnType<typeof measure>>[] = [];
  for (const candidate of candidates)
    for (const [from, to] of pairs) {
      const row = await measure(candidate, from, to);
      rows.push(row);
      options.tell(
        `${row.resampler.padEnd(22)} ${from} -> ${to}  SNR ${row.snrDb} dB  alias ${row.aliasDb ?? '-'} dB  ` +
          `edge ${row.edgeGainDb} dB  delay ${row.delayMs} ms  ${row.nsPerFrame} ns a frame`,
      );
    }
  return { rows };
};
