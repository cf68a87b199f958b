/**
 * Offline speech for all calls: says texts, and understands callers in terms of a directory. The work is done by three
 * worker threads and short-lived recogniser processes; what dies is replaced, and what it was asked is asked again once.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DirectoryEntry } from '../../contract/extension.ts';
import { messageOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { hashOf, writeDirectory } from './directory-text.ts';
import type { Speech as Sentence, Voice } from './flite.ts';
import type { Expectation } from './language-model.ts';
import type { ModelReply, ModelRequest } from './model-worker.ts';
import type { PocketSphinx } from './pocketsphinx.ts';
import type { RecognitionReply, RecognitionRequest } from './recognition-worker.ts';
import { SpeechCache } from './speech-cache.ts';
import type { Understanding } from './understand.ts';
import { WorkerLink, WorkerLostError } from './worker-link.ts';

export type { Voice } from './flite.ts';
export type { PocketSphinx } from './pocketsphinx.ts';
export type { Understanding } from './understand.ts';

/** `unheard`: the recogniser failed twice or was too slow; the caller has to be asked again. */
export type Recognition =
  | { result: 'understood'; understanding: Understanding }
  | { result: 'unheard'; reason: string };

export type Speech = {
  /** Loads what it needs and speaks one sentence. Rejects when this machine cannot. */
  start(): Promise<void>;
  stop(): Promise<void>;
  readiness(): { ready: boolean; text: string };
  /** 8 kHz samples; the same array again for the same text, so it is not to be changed. */
  say(text: string, options?: { voice?: Voice }): Promise<Int16Array>;
  /**
   * Makes the recognition model of a trunk's directory before anybody calls, in a tenth of the time at the most: of a
   * directory that changes faster only the newest counts. Failing is logged.
   */
  learn(trunkId: string, entries: readonly DirectoryEntry[]): void;
  /** The same, for a call that needs it now. */
  ready(entries: readonly DirectoryEntry[]): Promise<void>;
  /** One utterance, 8 kHz. Never rejects. */
  recognise(request: {
    samples: Int16Array;
    entries: readonly DirectoryEntry[];
    expectation: Expectation;
  }): Promise<Recognition>;
};

export const agentVoice: Voice = 'rms';

const modelWorkerIdleMs = 60_000;
const recogniserTimeoutMs = 8000;
/** Directories that changed faster than models are made: the newest ones count. */
const mostHints = 8;
/** An import by many small requests is not to take a core from the calls: so much longer than it worked it rests. */
const restsPerWork = 9;

export const createSpeech = (options: {
  pocketsphinx: PocketSphinx;
  dataDir: string;
  log: Logger;
}): Speech => {
  const { log, pocketsphinx } = options;
  const voice = new WorkerLink<Sentence, Int16Array>({
    module: new URL('./synthesis-worker.ts', import.meta.url),
    settings: null,
    idleMs: null,
    log,
  });
  const models = new WorkerLink<ModelRequest, ModelReply>({
    module: new URL('./model-worker.ts', import.meta.url),
    settings: { dictionaryFile: pocketsphinx.dictionary, modelsDir: join(options.dataDir, 'models') },
    idleMs: modelWorkerIdleMs,
    log,
  });
  const ears = new WorkerLink<RecognitionRequest, RecognitionReply>({
    module: new URL('./recognition-worker.ts', import.meta.url),
    settings: { ...pocketsphinx, timeoutMs: recogniserTimeoutMs },
    idleMs: null,
    log,
  });
  const cache = new SpeechCache();
  let readiness = { ready: false, text: 'speech has not been started' };

  /** Asks again once when the thread was lost: its successor can answer. */
  const askTwice = async <Reply>(ask: () => Promise<Reply>): Promise<Reply> => {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      return ask();
    }
  };

  const texts = new WeakMap<readonly DirectoryEntry[], { text: string; key: string }>();
  const describe = (entries: readonly DirectoryEntry[]): { text: string; key: string } => {
    const known = texts.get(entries);
    if (known !== undefined) return known;
    const text = writeDirectory(entries);
    const described = { text, key: hashOf(text) };
    texts.set(entries, described);
    return described;
  };

  const opening = new Map<string, Promise<void>>();
  /** Makes the model unless it is there, and shows it to the listening thread. */
  const openDirectory = (entries: readonly DirectoryEntry[]): Promise<void> => {
    const { text, key } = describe(entries);
    const begun = opening.get(key);
    if (begun !== undefined) return begun;
    const work = async (): Promise<void> => {
      const startedAt = performance.now();
      const { folder } = await askTwice(() => models.ask({ directory: text }));
      await askTwice(() => ears.ask({ ask: 'open', key, directory: text, folder }));
      log.debug(
        { entries: entries.length, ms: Math.round(performance.now() - startedAt) },
        'recognition model ready',
      );
    };
    const opened = work().catch((error: unknown) => {
      opening.delete(key);
      throw error;
    });
    opening.set(key, opened);
    if (opening.size > 200) opening.delete(opening.keys().next().value ?? '');
    return opened;
  };

  /** trunk → its newest directory, the newest trunk last */
  const hints = new Map<string, readonly DirectoryEntry[]>();
  const stopped = new AbortController();
  let learning = false;
  const learnNext = async (): Promise<void> => {
    if (learning) return;
    learning = true;
    for (let newest = [...hints].pop(); newest !== undefined; newest = [...hints].pop()) {
      const [trunkId, entries] = newest;
      hints.delete(trunkId);
      const startedAt = performance.now();
      await openDirectory(entries).catch((error: unknown) =>
        log.warn({ reason: messageOf(error) }, 'a directory could not be learnt'),
      );
      const restMs = (performance.now() - startedAt) * restsPerWork;
      await delay(restMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
    }
    learning = false;
  };

  const listen = async (request: {
    samples: Int16Array;
    entries: readonly DirectoryEntry[];
    expectation: Expectation;
  }): Promise<Recognition> => {
    const { key } = describe(request.entries);
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await openDirectory(request.entries);
      const reply = await askTwice(() =>
        ears.ask({ ask: 'recognise', key, expectation: request.expectation, samples: request.samples }),
      );
      if (reply.got === 'understood') return { result: 'understood', understanding: reply.understanding };
      if (reply.got === 'failed') return { result: 'unheard', reason: reply.reason };
      opening.delete(key);
    }
    return { result: 'unheard', reason: 'the recogniser was lost twice' };
  };

  const say: Speech['say'] = (text, { voice: by = agentVoice } = {}) =>
    cache.get(`${by} ${text}`, () => askTwice(() => voice.ask({ text, voice: by })));

  return {
    say,
    async start() {
      try {
        await say('Hello.');
        const silence = new Int16Array(1600);
        const tried = await listen({ samples: silence, entries: [], expectation: 'request' });
        if (tried.result === 'unheard') throw new Error(`the recogniser does not run: ${tried.reason}`);
      } catch (error) {
        readiness = { ready: false, text: messageOf(error) };
        throw error;
      }
      readiness = { ready: true, text: 'PocketSphinx and flite' };
    },
    async stop() {
      readiness = { ready: false, text: 'speech was stopped' };
      hints.clear();
      stopped.abort();
      await Promise.all([voice.stop(), models.stop(), ears.stop()]);
    },
    readiness: () => readiness,
    learn(trunkId, entries) {
      hints.delete(trunkId);
      hints.set(trunkId, entries);
      const [oldest] = hints.keys();
      if (hints.size > mostHints && oldest !== undefined) hints.delete(oldest);
      void learnNext();
    },
    ready: openDirectory,
    recognise: (request) =>
      listen(request).catch(
        (error: unknown): Recognition => ({ result: 'unheard', reason: messageOf(error) }),
      ),
  };
};
