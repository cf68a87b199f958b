/**
 * One recording on disk. A controller that dies leaves a file that is as long as what was said; the next one goes on in
 * it, behind silence for the time between. The header's lengths are written at the end, and whoever reads the file goes by
 * its size, not by them. Knows no call.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { createRateChange } from './side.ts';
import {
  bytesPerFrame,
  bytesPerSecond,
  headerBytes,
  type RecordingRate,
  rateOfHeader,
  silence,
  wavHeader,
} from './wav.ts';

/** A pause that is longer than this is shortened: nobody listens to an hour of nothing. */
const longestPauseMs = 120_000;
/** What may wait for a slow disk; more means that it does not get on. */
const mostPendingSeconds = 20;

export type RecordingEnd = { audioBytes: number; reason: 'ended' | 'failed'; error: Error | null };

export class RecordingFile {
  readonly path: string;
  #handle: FileHandle | null = null;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #work: Promise<void> = Promise.resolve();
  #rate: RecordingRate | null = null;
  #fileRate: RecordingRate = 8000;
  /** the file was begun at another rate */
  #change: ((audio: Uint8Array) => Uint8Array) | null = null;
  #audioBytes = 0;
  #error: Error | null = null;
  readonly #nowMs: number;
  readonly #onError: (error: Error) => void;

  constructor(options: { path: string; nowMs: number; onError: (error: Error) => void }) {
    this.path = options.path;
    this.#nowMs = options.nowMs;
    this.#onError = options.onError;
  }

  /** Opens it, or goes on with it, beside what is written meanwhile. The first time decides what `write` is given. */
  begin(rate: RecordingRate): RecordingRate {
    if (this.#rate === null) {
      this.#rate = rate;
      this.#work = this.#open(rate).catch((error: unknown) => this.#fail(error));
    }
    return this.#rate;
  }

  /** Queues whole frames. Never throws and never waits; after a failure nothing more is taken. */
  write(audio: Uint8Array): void {
    if (this.#error !== null || this.#rate === null) return;
    if (this.#pendingBytes > mostPendingSeconds * bytesPerSecond(this.#rate)) {
      this.#fail(new Error('the disk is too slow'));
      return;
    }
    this.#pending.push(audio);
    this.#pendingBytes += audio.length;
    this.#work = this.#work.then(() => this.#drain());
  }

  /** Writes what is left and the lengths. */
  async close(): Promise<RecordingEnd> {
    await this.#work;
    const handle = this.#handle;
    this.#handle = null;
    try {
      if (handle && this.#audioBytes > 0)
        await handle.write(wavHeader(this.#audioBytes, this.#fileRate), 0, headerBytes, 0);
    } catch (error) {
      // the lengths in the header are for other programs: ours go by the file's size
      this.#error ??= error instanceof Error ? error : new Error(String(error));
    }
    await handle?.close().catch(() => undefined);
    return {
      audioBytes: this.#audioBytes,
      reason: this.#error === null ? 'ended' : 'failed',
      error: this.#error,
    };
  }

  async #open(rate: RecordingRate): Promise<void> {
    // a+ would write at the end whatever is said, so also the header
    const handle = await open(this.path, 'r+').catch(() => open(this.path, 'wx+', 0o600));
    this.#handle = handle;
    const { size, mtimeMs } = await handle.stat();
    if (size <= headerBytes) {
      this.#fileRate = rate;
      await handle.write(wavHeader(0, rate), 0, headerBytes, 0);
      return;
    }
    const { buffer: header } = await handle.read(new Uint8Array(headerBytes), 0, headerBytes, 0);
    const fileRate = rateOfHeader(header);
    this.#fileRate = fileRate;
    if (fileRate !== rate) this.#change = createRateChange(rate, fileRate);
    const audio = size - headerBytes;
    this.#audioBytes = audio - (audio % bytesPerFrame(fileRate));
    const pauseMs = Math.min(Math.max(0, this.#nowMs - mtimeMs), longestPauseMs);
    await this.#append(new Uint8Array(Math.round(pauseMs / 20) * bytesPerFrame(fileRate)).fill(silence));
  }

  async #drain(): Promise<void> {
    if (this.#error !== null || this.#pending.length === 0) return;
    const audio = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    try {
      await this.#append(this.#change ? this.#change(audio) : audio);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #append(audio: Uint8Array): Promise<void> {
    const handle = this.#handle;
    if (!handle) throw new Error('the file is closed');
    let written = 0;
    while (written < audio.length) {
      const at = headerBytes + this.#audioBytes;
      const { bytesWritten } = await handle.write(audio, written, audio.length - written, at);
      written += bytesWritten;
      this.#audioBytes += bytesWritten;
    }
  }

  #fail(error: unknown): void {
    if (this.#error !== null) return;
    this.#error = error instanceof Error ? error : new Error(String(error));
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#onError(this.#error);
  }
}
