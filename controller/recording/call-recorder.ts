/**
 * Records one call from the frames that pass: caller left, agent right, both on the beat of what the caller hears. Knows
 * neither the call nor where the file is.
 */
import { type AudioFormat, frameMs, pcmu, silentFrameOf } from '../contract/audio.ts';
import type { AudioTap } from '../media/audio-tap.ts';
import { createFrameConverter, type FrameConverter } from '../media/frame-converter.ts';
import type { RecordingEnd, RecordingFile } from './recording-file.ts';
import { bytesPerFrame, interleave, silence } from './wav.ts';

/** One write a second. */
const framesPerWrite = 50;
/** Frames of the caller's that may come in a burst before they are cut. */
const mostWaiting = 10;
/** A pause between two beats that is more than a hold-up of the process: a transfer that failed. */
const pauseMs = 500;
const longestPauseMs = 120_000;

const quiet = silentFrameOf(pcmu);

export class CallRecorder implements AudioTap {
  readonly #file: RecordingFile;
  readonly #now: () => number;
  #fromCaller: FrameConverter = (frame) => frame;
  #toCaller: FrameConverter = (frame) => frame;
  #waiting: Uint8Array[] = [];
  #buffer = new Uint8Array(framesPerWrite * bytesPerFrame);
  #filled = 0;
  #lastBeatMs: number | null = null;
  #stopped = false;

  constructor(options: { file: RecordingFile; now?: () => number }) {
    this.#file = options.file;
    this.#now = options.now ?? (() => performance.now());
  }

  begin(format: AudioFormat): void {
    this.#fromCaller = createFrameConverter(format, pcmu);
    this.#toCaller = createFrameConverter(format, pcmu);
    this.#waiting = [];
  }

  fromCaller(frame: Uint8Array): void {
    if (this.#stopped) return;
    this.#waiting.push(this.#fromCaller(frame));
    if (this.#waiting.length > mostWaiting) this.#waiting.shift();
  }

  toCaller(frame: Uint8Array): void {
    if (this.#stopped) return;
    const nowMs = this.#now();
    if (this.#lastBeatMs !== null && nowMs - this.#lastBeatMs > pauseMs)
      this.#fillPause(nowMs - this.#lastBeatMs);
    this.#lastBeatMs = nowMs;
    interleave(this.#waiting.shift() ?? quiet, this.#toCaller(frame), this.#buffer, this.#filled);
    this.#filled += bytesPerFrame;
    if (this.#filled === this.#buffer.length) this.#hand();
  }

  /** The call is over, or nobody is to be recorded any more. */
  stop(): Promise<RecordingEnd> {
    this.#stopped = true;
    this.#hand();
    return this.#file.close();
  }

  #fillPause(lengthMs: number): void {
    this.#hand();
    const frames = Math.round(Math.min(lengthMs, longestPauseMs) / frameMs);
    this.#file.write(new Uint8Array(frames * bytesPerFrame).fill(silence));
  }

  /** The file keeps what it was given: the next second gets room of its own. */
  #hand(): void {
    if (this.#filled === 0) return;
    this.#file.write(this.#buffer.subarray(0, this.#filled));
    this.#buffer = new Uint8Array(framesPerWrite * bytesPerFrame);
    this.#filled = 0;
  }
}
