/**
 * One recording on disk. A controller that dies leaves a file that is as long as what was said; the next one goes on in
 * it, behind silence for the time between. The header's lengths are written at the end, and whoever reads the file goes by
 * its size, not by them. Knows no call.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { bytesPerFrame, bytesPerSecond, headerBytes, silence, wavHeader } from './wav.ts';

/** A pause that is longer than this is shortened: nobody listens to an hour of nothing. */
const longestPauseMs = 120_000;
/** What may wait for a slow disk; more means that it does not get on. */
const mostPendingBytes = 20 * bytesPerSecond;

export type RecordingEnd = { audioBytes: number; reason: 'ended' | 'failed'; error: Error | null };

export class RecordingFile {
  readonly path: string;
  #handle: FileHandle | null = null;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #work: Promise<void>;
  #audioBytes = 0;
  #error: Error | null = null;
  readonly #onError: (error: Error) => void;

  /** Opens it, or goes on with it, beside what is written meanwhile. */
  constructor(options: { path: string; nowMs: number; onError: (error: Error) => void }) {
    this.path = options.path;
    this.#onError = options.onError;
    this.#work = this.#open(options.nowMs).catch((error: unknown) => this.#fail(error));
  }

  /** Queues whole frames. Never throws and never waits; after a failure nothing more is taken. */
  write(audio: Uint8Array): void {
    if (this.#error !== null) return;
    if (this.#pendingBytes > mostPendingBytes) {
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
      if (handle && this.#audioBytes > 0) await handle.write(wavHeader(this.#audioBytes), 0, headerBytes, 0);
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

  async #open(nowMs: number): Promise<void> {
    // a+ would write at the end whatever is said, so also the header
    const handle = await open(this.path, 'r+').catch(() => open(this.path, 'wx+', 0o600));
    this.#handle = handle;
    const { size, mtimeMs } = await handle.stat();
    if (size <= headerBytes) {
      await handle.write(wavHeader(0), 0, headerBytes, 0);
      return;
    }
    const audio = size - headerBytes;
    this.#audioBytes = audio - (audio % bytesPerFrame);
    const pauseMs = Math.min(Math.max(0, nowMs - mtimeMs), longestPauseMs);
    await this.#append(new Uint8Array(Math.round(pauseMs / 20) * bytesPerFrame).fill(silence));
  }

  async #drain(): Promise<void> {
    if (this.#error !== null || this.#pending.length === 0) return;
    const audio = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    try {
      await this.#append(audio);
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
