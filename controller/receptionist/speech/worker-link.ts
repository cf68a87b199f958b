/**
 * The main thread's end of one worker thread that answers requests. A worker that dies rejects what it was asked and
 * is replaced at the next request; a worker with nothing to do for a while is let go. Knows nothing of speech.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from '../../log.ts';

export class WorkerLostError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'WorkerLostError';
  }
}

/** What goes over the thread boundary; `answerRequests` is the other end. */
type Question<Request> = { id: number; request: Request };
type Answer<Reply> = { id: number; reply: Reply } | { id: number; failed: string };

type Waiting<Reply> = { resolve: (reply: Reply) => void; reject: (error: Error) => void };

export class WorkerLink<Request, Reply> {
  readonly #module: URL;
  readonly #settings: unknown;
  readonly #idleMs: number | null;
  readonly #log: Logger;
  readonly #waiting = new Map<number, Waiting<Reply>>();
  #worker: Worker | null = null;
  #nextId = 1;
  #idleTimer: NodeJS.Timeout | null = null;
  #stopped = false;

  /** `module` calls `answerRequests`; it gets `settings` as `workerData.settings`. `idleMs: null` keeps it for good. */
  constructor(options: { module: URL; settings: unknown; idleMs: number | null; log: Logger }) {
    this.#module = options.module;
    this.#settings = options.settings;
    this.#idleMs = options.idleMs;
    this.#log = options.log;
  }

  ask(request: Request, transfer: readonly ArrayBuffer[] = []): Promise<Reply> {
    if (this.#stopped) return Promise.reject(new WorkerLostError('the worker was stopped'));
    const worker = this.#running();
    const id = this.#nextId++;
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, request } satisfies Question<Request>, [...transfer]);
    });
  }

  /** Ends the thread; what was asked is rejected. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#letGo('the worker was stopped');
  }

  #running(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./worker-entry.mjs', import.meta.url), {
      workerData: { module: this.#module.href, settings: this.#settings },
      // a warning of the thread's would land in the middle of the log's lines
      execArgv: ['--no-warnings'],
    });
    this.#worker = worker;
    worker.on('message', (answer: Answer<Reply>) => this.#settle(answer));
    worker.on('error', (error) => this.#lost(worker, error));
    worker.on('exit', (code) => this.#lost(worker, new Error(`the worker thread ended with ${code}`)));
    return worker;
  }

  #settle(answer: Answer<Reply>): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('failed' in answer) waiting?.reject(new Error(answer.failed));
    else waiting?.resolve(answer.reply);
    if (this.#waiting.size > 0 || this.#idleMs === null) return;
    this.#idleTimer = setTimeout(() => void this.#letGo('the worker was let go'), this.#idleMs).unref();
  }

  #lost(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#log.warn(
      { err: cause, worker: this.#module.pathname.split('/').at(-1) },
      'a speech worker was lost',
    );
    this.#rejectAll('the worker thread was lost', cause);
  }

  #rejectAll(message: string, cause?: unknown): void {
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of lost) reject(new WorkerLostError(message, { cause }));
  }

  async #letGo(message: string): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#rejectAll(message);
    await worker?.terminate();
  }
}
