/** "Try a phrase" from the main thread: hands directory and phrase to a worker, each directory once. */
import type { DirectoryEntry } from '../contract/extension.ts';
import type { TriedPhrase } from '../contract/try-phrase.ts';
import type { Logger } from '../log.ts';
import type { Settings } from './dialogue.ts';
import type { PhraseReply, PhraseRequest } from './phrase-worker.ts';
import { WorkerLink } from './speech/worker-link.ts';

/** People try a few phrases and are done. */
const idleMs = 60_000;

export class PhraseTrial {
  readonly #link: WorkerLink<PhraseRequest, PhraseReply>;
  readonly #ids = new WeakMap<readonly DirectoryEntry[], number>();
  #lastId = 0;

  constructor({ log }: { log: Logger }) {
    this.#link = new WorkerLink({
      module: new URL('./phrase-worker.ts', import.meta.url),
      settings: null,
      idleMs,
      log,
    });
  }

  /** `directory`: the same list while nothing changed in it. */
  async try(phrase: string, directory: readonly DirectoryEntry[], settings: Settings): Promise<TriedPhrase> {
    const directoryId = this.#ids.get(directory) ?? ++this.#lastId;
    this.#ids.set(directory, directoryId);
    const request = { directoryId, phrase, settings };
    const tried = (await this.#link.ask(request)) ?? (await this.#link.ask({ ...request, directory }));
    if (tried === null) throw new Error('the worker does not take the directory');
    return tried;
  }

  stop(): Promise<void> {
    return this.#link.stop();
  }
}
