/**
 * One utterance through one PocketSphinx process: 16 kHz samples in on its standard input, one line of JSON out.
 * A fresh process an utterance costs 30 ms and cannot carry anything over from another caller. Runs in a worker
 * thread: starting a process holds up the thread that does it.
 */
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { z } from 'zod';
import type { HeardWord } from './heard.ts';

export type PocketSphinx = {
  /** the program and what stands before its own arguments, such as `[ld.so, --library-path, …, pocketsphinx]` */
  command: string[];
  modelDir: string;
  dictionary: string;
};

export type DecodeFailure = 'killed' | 'timeout' | 'unreadable';
export class DecodeError extends Error {
  readonly reason: DecodeFailure;
  constructor(reason: DecodeFailure, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DecodeError';
    this.reason = reason;
  }
}

/** Field names are PocketSphinx's own (programs/pocketsphinx_main.c, HYP_FORMAT). */
const Hypothesis = z.object({
  t: z.string(),
  w: z.array(z.object({ t: z.string(), p: z.number() })),
});

/** `to(2)` is the second pronunciation of "to"; `<sil>` and `[NOISE]` are no words. */
const wordsOf = (hypothesis: z.infer<typeof Hypothesis>): HeardWord[] =>
  hypothesis.w
    .filter((word) => !/^[<[]/.test(word.t) && !word.t.startsWith('++'))
    .map((word) => ({
      token: word.t.replace(/\(\d+\)$/, ''),
      probability: Math.min(1, Math.max(0, word.p)),
    }));

const parseOutput = (output: string): HeardWord[] => {
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new DecodeError('unreadable', 'the recogniser printed no result');
  try {
    return wordsOf(Hypothesis.parse(JSON.parse(line)));
  } catch (cause) {
    throw new DecodeError('unreadable', 'the recogniser printed what is no result', { cause });
  }
};

/** On a machine that is full, a caller waits a little longer for an answer before anybody's audio stutters. */
const giveWayToAudio = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) setPriority(pid, 5);
  } catch {
    // it ended already: its own exit tells how
  }
};

export const decode = async (options: {
  program: PocketSphinx;
  dictionary: string;
  languageModel: string;
  samples: Int16Array;
  timeoutMs: number;
}): Promise<HeardWord[]> => {
  const [file = '', ...prefix] = options.program.command;
  const child = spawn(
    file,
    [
      ...prefix,
      'single',
      '-hmm',
      options.program.modelDir,
      '-dict',
      options.dictionary,
      '-lm',
      options.languageModel,
      '-loglevel',
      'FATAL',
      '-',
    ],
    { stdio: ['pipe', 'pipe', 'ignore'], timeout: options.timeoutMs, killSignal: 'SIGKILL' },
  );
  giveWayToAudio(child.pid);
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  // a process that dies before it has read everything breaks the pipe; its exit says so already
  child.stdin.on('error', () => {});
  child.stdin.end(
    Buffer.from(options.samples.buffer, options.samples.byteOffset, options.samples.byteLength),
  );
  const startedAt = Date.now();
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new DecodeError('killed', 'the recogniser did not start', { cause })),
    );
    child.once('close', (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
  });
  if (signal !== null) {
    const late = Date.now() - startedAt >= options.timeoutMs;
    throw new DecodeError(late ? 'timeout' : 'killed', `the recogniser ended by ${signal}`);
  }
  if (code !== 0) throw new DecodeError('killed', `the recogniser ended with ${code}`);
  return parseOutput(output.join(''));
};
