/**
 * Records one call from the frames that pass: caller left, agent right, both on the beat of what the caller hears. Knows
 * neither the call nor where the file is.
 */
import { type AudioFormat, frameMs } from '../contract/audio.ts';
import type { AudioTap } from '../media/audio-tap.ts';
import type { FrameConverter } from '../media/frame-converter.ts';
import type { RecordingEnd, RecordingFile } from './recording-file.ts';
import { createSide } from './side.ts';
import { bytesPerFrame, interleave, type RecordingRate, rateOfLine, silence } from './wav.ts';

/** One write a second. */
const framesPerWrite = 50;
/** Frames of the caller's that may come in a burst before they are cut. */
const mostWaiting = 10;
/** A pause between two beats that is more than a hold-up of the process: a transfer that failed. */
const pauseMs = 500;
const longestPauseMs = 120_000;

export class CallRecorder implements AudioTap {
  readonly #file: RecordingFile;
  readonly #now: () => number;
  #fromCaller: FrameConverter = (frame) => frame;
  #toCaller: FrameConverter = (frame) => frame;
  #waiting: Uint8Array[] = [];
  #rate: RecordingRate = 8000;
  #quiet = quietFrame(8000);
  #buffer = newBuffer(8000);
  #filled = 0;
  #lastBeatMs: number | null = null;
  #stopped = false;

  constructor(options: { file: RecordingFile; now?: () => number }) {
    this.#file = options.file;
    this.#now = options.now ?? (() => performance.now());
  }

  begin(format: AudioFormat): void {
    // a line whose codec has changed goes on at the rate of its beginning
    const rate = this.#file.begin(rateOfLine(format));
    if (rate !== this.#rate) {
      this.#rate = rate;
      this.#quiet = quietFrame(rate);
      this.#buffer = newBuffer(rate);
    }
    this.#fromCaller = createSide(format, rate);
    this.#toCaller = createSide(format, rate);
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
    interleave(this.#waiting.shift() ?? this.#quiet, this.#toCaller(frame), this.#buffer, this.#filled);
    this.#filled += bytesPerFrame(this.#rate);
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
    this.#file.write(new Uint8Array(frames * bytesPerFrame(this.#rate)).fill(silence));
  }

  /** The file keeps what it was given: the next second gets room of its own. */
  #hand(): void {
    if (this.#filled === 0) return;
    this.#file.write(this.#buffer.subarray(0, this.#filled));
    this.#buffer = newBuffer(this.#rate);
    this.#filled = 0;
  }
}

const newBuffer = (rate: RecordingRate): Uint8Array => new Uint8Array(framesPerWrite * bytesPerFrame(rate));
/** of one side */
const quietFrame = (rate: RecordingRate): Uint8Array => new Uint8Array(bytesPerFrame(rate) / 2).fill(silence);
