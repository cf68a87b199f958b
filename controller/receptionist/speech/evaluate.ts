/**
 * Measures the recogniser: synthetic callers ask for everybody in a directory, for nobody in it, and answer questions,
 * over µ-law and over a narrow band, through the same endpointing, recognition and look-up as a call.
 *
 *   node --import tsx controller/receptionist/speech/evaluate.ts [--corpus dealer] [--every 4] [--verbose]
 *
 * `--every 4` takes every fourth case. What it cannot show: all callers are synthetic, and the recogniser was tuned on
 * some of these cases (evaluation-corpus.ts says which), so real callers will do worse.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLog } from '../../log.ts';
import { openSpeech } from '../../open-speech.ts';
import { overTelephone } from '../test-call.ts';
import { UtteranceRecorder } from '../utterance-recorder.ts';
import { answers, corpora } from './evaluation-corpus.ts';
import { loadFlite, type Speech as Sentence, speak } from './flite.ts';
import type { Recognition } from './speech.ts';

const callers: readonly Omit<Sentence, 'text'>[] = [
  { voice: 'slt' },
  { voice: 'slt', stretch: 1.15, pitchHz: 190 },
  { voice: 'rms' },
  { voice: 'awb' },
  { voice: 'kal16' },
];

/** 300 to 3400 Hz, as strict as an old exchange: a windowed-sinc band-pass at 8 kHz. */
const narrowBand = (() => {
  const half = 50;
  const lowPass = (hz: number, at: number): number =>
    at === 0 ? (2 * hz) / 8000 : Math.sin((2 * Math.PI * hz * at) / 8000) / (Math.PI * at);
  const taps = Array.from({ length: 2 * half + 1 }, (_, index) => {
    const window = 0.54 - 0.46 * Math.cos((Math.PI * index) / half);
    return (lowPass(3400, index - half) - lowPass(300, index - half)) * window;
  });
  return (samples: Int16Array): Int16Array =>
    samples.map((_, at) => {
      let sum = 0;
      for (const [index, tap] of taps.entries()) sum += tap * (samples[at + half - index] ?? 0);
      return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
    });
})();

/** What a call's recorder makes of a clip with silence around it. */
const asRecorded = (clip: Int16Array): Int16Array => {
  const line = new Int16Array(8000 + clip.length + 8000);
  line.set(overTelephone(clip), 8000);
  const recorder = new UtteranceRecorder();
  const parts: Int16Array[] = [];
  let atPause: Int16Array | null = null;
  for (let at = 0; at + 160 <= line.length; at += 160) {
    const event = recorder.take(line.subarray(at, at + 160), false);
    if (event === 'pause') atPause = recorder.samples();
    if (event !== 'end') continue;
    parts.push(atPause ?? recorder.samples());
    recorder.clear();
  }
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

type Case = { set: 'request' | 'stranger' | 'answer'; text: string; want: string };

/** What the dialogue would take from it, in one word. */
const gist = (set: Case['set'], recognition: Recognition): { got: string; sure: boolean } => {
  if (recognition.result === 'unheard') return { got: 'failed', sure: false };
  const { meaning, answer } = recognition.understanding;
  if (set === 'answer') return { got: answer ?? 'nothing', sure: answer !== null };
  switch (meaning.is) {
    case 'entry':
      return { got: meaning.ext, sure: meaning.sure };
    case 'several':
      return { got: 'several', sure: false };
    case 'reception':
    case 'nothing':
    case 'unknown extension':
      return { got: 'nothing', sure: false };
  }
};

type Tally = {
  cases: number;
  right: number;
  wrong: number;
  nothing: number;
  sure: number;
  sureWrong: number;
};

const { values: options } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'office' },
    every: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
});
const corpus = corpora[options.corpus];
if (corpus === undefined) throw new Error(`there is no corpus ${options.corpus}`);
const { entries } = corpus;
const cases: readonly Case[] = [
  ...corpus.requests.map(([text, want]): Case => ({ set: 'request', text, want })),
  ...corpus.strangers.map((text): Case => ({ set: 'stranger', text, want: 'nothing' })),
  ...answers.map(([text, want]): Case => ({ set: 'answer', text, want })),
];
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const folder = await mkdtemp(join(tmpdir(), 'offhook-evaluate-'));
const speech = await openSpeech({ dataDir: folder, log: silentLog() });
await speech.start();
await speech.ready(entries);
const flite = await loadFlite();

const jobs = (['plain', 'narrow'] as const).flatMap((channel) =>
  callers.flatMap((caller) => cases.map((one) => ({ channel, caller, ...one }))),
);
const chosen = jobs.filter((_, at) => (at * 7) % Number(options.every) === 0);
const tallies = new Map<string, Tally>();
const took: number[] = [];
let begun = 0;
const work = async (): Promise<void> => {
  for (let job = chosen[begun++]; job !== undefined; job = chosen[begun++]) {
    const spoken = await speak(flite, { ...job.caller, text: job.text });
    const samples = asRecorded(job.channel === 'narrow' ? narrowBand(spoken) : spoken);
    const startedAt = performance.now();
    const expectation = job.set === 'answer' ? 'answer' : 'request';
    const recognition = await speech.recognise({ samples, entries, expectation });
    took.push(performance.now() - startedAt);
    const { got, sure } = gist(job.set, recognition);
    const key = `${job.channel.padEnd(7)}${job.set}`;
    const tally = tallies.get(key) ?? { cases: 0, right: 0, wrong: 0, nothing: 0, sure: 0, sureWrong: 0 };
    tallies.set(key, tally);
    tally.cases += 1;
    if (got === job.want) tally.right += 1;
    else if (got === 'nothing' || got === 'failed') tally.nothing += 1;
    else tally.wrong += 1;
    if (sure) tally.sure += 1;
    if (sure && got !== job.want) tally.sureWrong += 1;
    if (options.verbose && got !== job.want) {
      const heard = recognition.result === 'understood' ? recognition.understanding.text : recognition.reason;
      print(`${key} ${job.caller.voice} "${job.text}" → "${heard}": ${got}${sure ? ' for sure' : ''}`);
    }
  }
};
await Promise.all(Array.from({ length: Math.max(1, cpus().length - 1) }, work));

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`.padStart(8);
print('channel case        cases    right    wrong  nothing  for sure  of these wrong');
for (const [key, { cases: all, right, wrong, nothing, sure, sureWrong }] of tallies)
  print(
    `${key.padEnd(20)}${String(all).padStart(5)} ${percent(right, all)} ${percent(wrong, all)} ${percent(nothing, all)}  ${percent(sure, all)} ${String(sureWrong).padStart(15)}`,
  );
took.sort((a, b) => a - b);
const at = (share: number): string => `${Math.round(took[Math.floor(share * (took.length - 1))] ?? 0)} ms`;
print(`one utterance took ${at(0.5)} in the middle, ${at(0.95)} at the 95th percentile`);
await speech.stop();
await rm(folder, { recursive: true, force: true });
