/**
 * Writes captured SIP messages behind the calls' backs. What comes waits in a bounded queue for the next batch; when the
 * database is away or a flood comes, what is too much is dropped and counted. Nobody ever waits for it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import { AppError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type CapturedMessage, SipCapture } from './capture.ts';
import type { HepPacket } from './hep.ts';
import type { HepListener } from './hep-listener.ts';
import { TracePruner } from './trace-pruner.ts';
import { createIds, type SipMessageRow, TraceStore } from './trace-store.ts';

const batchAfterMs = 200;
const batchRows = 300;
const batchBytes = 256 * 1024;
const queueBytes = 8 * 1024 * 1024;
/** Reading one takes up to 0.1 ms of the thread that carries the audio. */
const messagesPerSecond = 1500;
const idleMs = 60_000;
const openAgainMs = 10_000;

export class TraceRecorder {
  readonly #database: Database;
  readonly #store: TraceStore;
  readonly #pruner: TracePruner;
  readonly #log: Logger;
  readonly #capture: SipCapture;
  readonly #hep: HepListener;
  readonly #isOn: boolean;
  readonly #nextId = createIds();
  readonly #closing = new AbortController();
  #queue: SipMessageRow[] = [];
  #queuedBytes = 0;
  #dropped = 0;
  #credit = messagesPerSecond;
  #creditAtMs = 0;
  #wake: () => void = () => undefined;
  #waiting: { lastId: string; settle: () => void }[] = [];
  #life: Promise<unknown> = Promise.resolve();

  /** `ownEnd`: where our switch does SIP, when that is known. Zero days or bytes: nothing is kept. */
  constructor(options: {
    database: Database;
    hep: HepListener;
    days: number;
    bytes: number;
    ownEnd: { address: string; port: number } | null;
    log: Logger;
  }) {
    this.#database = options.database;
    this.#store = new TraceStore(options);
    this.#pruner = new TracePruner({ ...options, store: this.#store });
    this.#capture = new SipCapture(options);
    this.#hep = options.hep;
    this.#hep.onPacket((packet) => this.take(packet));
    this.#isOn = options.days > 0 && options.bytes > 0;
    this.#log = options.log;
  }

  get store(): TraceStore {
    return this.#store;
  }

  /** Messages that were given up. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Datagrams and messages that nobody could read. */
  get notUnderstood(): number {
    return this.#hep.malformed + this.#hep.strangers + this.#capture.notUnderstood;
  }

  get pending(): number {
    return this.#queue.length;
  }

  get storedBytes(): number {
    return this.#pruner.bytes;
  }

  start(): void {
    if (this.#isOn) this.#life = Promise.all([this.#listen(), this.#live()]);
  }

  /** What the switch copied. Never throws and never waits. */
  take(packet: HepPacket): void {
    if (!this.#isOn || this.#closing.signal.aborted) return;
    if (this.#queuedBytes >= queueBytes || !this.#hasCredit()) {
      this.#dropped += 1;
      return;
    }
    for (const message of this.#read(packet)) {
      this.#queue.push({ ...message, id: this.#nextId() });
      this.#queuedBytes += message.text.length;
    }
    if (this.#queue.length > 0) this.#wake();
  }

  /** A message that we made a mistake with must not cost the calls: here it would end the process. */
  #read(packet: HepPacket): CapturedMessage[] {
    try {
      return this.#capture.read(packet);
    } catch (thrown) {
      this.#dropped += 1;
      this.#log.error({ err: thrown }, 'a SIP message could not be read');
      return [];
    }
  }

  /** Resolves when all that was taken before is stored, or after `timeoutMs`; at once while there is no database. */
  async flush(timeoutMs: number): Promise<void> {
    const last = this.#queue.at(-1);
    if (!last || !this.#database.readiness().ready) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      const settle = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push({ lastId: last.id, settle });
    });
  }

  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      await this.flush(1000);
      this.#closing.abort();
      this.#wake();
    }
    // a database that does not answer must not hold up the end
    await Promise.race([this.#life, delay(1000, undefined, { ref: false })]);
    await this.#hep.close();
  }

  async #listen(): Promise<void> {
    const { signal } = this.#closing;
    for (let isNews = true; !signal.aborted; isNews = false) {
      try {
        await this.#hep.open();
        return;
      } catch (thrown) {
        const reason = messageOf(thrown);
        if (isNews) this.#log.warn({ reason }, 'SIP messages are not recorded until this is mended');
        await delay(openAgainMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #hasCredit(): boolean {
    const now = performance.now();
    const earned = ((now - this.#creditAtMs) / 1000) * messagesPerSecond;
    this.#credit = Math.min(messagesPerSecond, this.#credit + earned);
    this.#creditAtMs = now;
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }

  async #live(): Promise<void> {
    const { signal } = this.#closing;
    let retryMs = 0;
    while (!signal.aborted) {
      try {
        if (this.#queue.length === 0) await this.#pause();
        // what belongs together comes within milliseconds: one statement for it
        await delay(batchAfterMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted || !this.#database.readiness().ready) continue;
        while (this.#queue.length > 0 && !signal.aborted) await this.#writeFront();
        await this.#pruner.prune();
        retryMs = 0;
      } catch (thrown) {
        const isDown = thrown instanceof AppError && thrown.code === 'database-down';
        this.#log[isDown ? 'debug' : 'error'](
          { reason: messageOf(thrown) },
          'SIP messages could not be stored or cleared; trying again',
        );
        retryMs = Math.min(Math.max(250, retryMs * 2), 10_000);
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Until there is something to write, or it is time to clear. */
  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, idleMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#closing.signal.aborted) this.#wake();
    });
    this.#wake = () => undefined;
  }

  async #writeFront(): Promise<void> {
    let rows = 0;
    for (let bytes = 0; rows < Math.min(batchRows, this.#queue.length) && bytes < batchBytes; rows += 1)
      bytes += this.#queue[rows]?.text.length ?? 0;
    const batch = this.#queue.slice(0, rows);
    try {
      await this.#store.write(batch);
      this.#pruner.written(batch);
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'database-down') throw thrown;
      // it would be refused again
      this.#dropped += batch.length;
      this.#log.error({ reason: messageOf(thrown), messages: batch.length }, 'SIP messages given up');
    }
    this.#queue.splice(0, rows);
    for (const { text } of batch) this.#queuedBytes -= text.length;
    const lastId = batch.at(-1)?.id ?? '';
    const done = this.#waiting.filter((one) => one.lastId <= lastId);
    this.#waiting = this.#waiting.filter((one) => one.lastId > lastId);
    for (const { settle } of done) settle();
  }
}
