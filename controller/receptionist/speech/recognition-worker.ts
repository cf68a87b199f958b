/**
 * The thread that listens: makes an utterance fit for the recogniser, runs one recogniser process for it, and looks
 * up what was heard. As many at a time as there are cores; the others wait their turn.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type PreparedDirectory, prepareDirectory } from '../../directory/resolver.ts';
import { answerRequests, workerSettings } from './answer-requests.ts';
import { conditionForRecognition } from './condition.ts';
import { readDirectory } from './directory-text.ts';
import type { Expectation } from './language-model.ts';
import { DecodeError, decode } from './pocketsphinx.ts';
import { type Understanding, understand } from './understand.ts';

export type RecognitionRequest =
  | { ask: 'open'; key: string; directory: string; folder: string }
  | { ask: 'recognise'; key: string; expectation: Expectation; samples: Int16Array };
export type RecognitionReply =
  | { got: 'opened' }
  /** this thread is newer than the directory */
  | { got: 'unknown directory' }
  | { got: 'understood'; understanding: Understanding; attempts: number }
  | { got: 'failed'; reason: string };

const { command, modelDir, dictionary, timeoutMs } = z
  .object({
    command: z.array(z.string()).min(1),
    modelDir: z.string(),
    dictionary: z.string(),
    timeoutMs: z.number(),
  })
  .parse(workerSettings());

const mostOpen = 50;
const open = new Map<string, { directory: PreparedDirectory; folder: string }>();

const mostRunning = Math.max(1, cpus().length);
const mostWaiting = 64;
let running = 0;
const waiting: (() => void)[] = [];

const inTurn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  if (running >= mostRunning) {
    if (waiting.length >= mostWaiting) throw new DecodeError('timeout', 'too many callers speak at once');
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
};

const recognise = async (request: RecognitionRequest & { ask: 'recognise' }): Promise<RecognitionReply> => {
  const known = open.get(request.key);
  if (known === undefined) return { got: 'unknown directory' };
  const samples = conditionForRecognition(request.samples);
  for (let attempts = 1; ; attempts += 1) {
    try {
      const words = await inTurn(() =>
        decode({
          program: { command, modelDir, dictionary },
          dictionary: join(known.folder, 'words.dict'),
          languageModel: join(known.folder, `${request.expectation}.lm`),
          samples,
          timeoutMs,
        }),
      );
      return { got: 'understood', understanding: understand(words, known.directory), attempts };
    } catch (error) {
      // a process that somebody killed is replaced once; one that is too slow would be too slow again
      if (error instanceof DecodeError && error.reason !== 'timeout' && attempts === 1) continue;
      return { got: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }
};

answerRequests(async (request: RecognitionRequest): Promise<RecognitionReply> => {
  if (request.ask === 'recognise') return recognise(request);
  open.delete(request.key);
  open.set(request.key, {
    directory: prepareDirectory(readDirectory(request.directory)),
    folder: request.folder,
  });
  const [oldest] = open.keys();
  if (open.size > mostOpen && oldest !== undefined) open.delete(oldest);
  return { got: 'opened' };
});
