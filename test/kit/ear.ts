/**
 * What one side of a call heard: the frames with the time of their arrival, for a while. Answers which tone was heard
 * and when. It knows no socket and no call.
 */
import type { TelephoneCodec as Codec } from './sdp.ts';
import { decodeFrames, frameSamples, loudness, toneShare, writeWav } from './tone.ts';
import { until } from './until.ts';

export type HeardFrame = {
  /** performance.now() of its arrival */
  atMs: number;
  payload: Uint8Array;
  sequence: number;
  timestamp: number;
  codec: Codec;
};

export const frameMs = 20;

export class Ear {
  /** the newest frames, oldest first */
  frames: HeardFrame[] = [];
  #keepFrames: number;

  constructor(options: { keepSeconds?: number } = {}) {
    this.#keepFrames = (options.keepSeconds ?? 120) * 50;
  }

  /** false: it keeps nothing, as for hundreds of calls that are only counted */
  get listens(): boolean {
    return this.#keepFrames > 0;
  }

  take(frame: HeardFrame): void {
    if (!this.listens) return;
    this.frames.push(frame);
    // now and then, so that a long call costs no copying a frame
    if (this.frames.length > this.#keepFrames + 500) this.frames = this.frames.slice(-this.#keepFrames);
  }

  /** Forgets what was heard. */
  clear(): void {
    this.frames = [];
  }

  /** What arrived in the last `lastMs`. */
  recent(lastMs: number): HeardFrame[] {
    const sinceMs = performance.now() - lastMs;
    let first = this.frames.length;
    while (first > 0 && (this.frames[first - 1] as HeardFrame).atMs >= sinceMs) first--;
    return this.frames.slice(first);
  }

  /** The share of `hz` in what arrived in the last `lastMs`; 0 when less than half of it arrived at all. */
  share(hz: number, lastMs = 300): number {
    const frames = this.recent(lastMs);
    // a packet may hold more or less than 20 ms
    if (millisecondsOf(frames) < lastMs / 2) return 0;
    return toneShare(samplesOf(frames), hz);
  }

  /** Root mean square of the last `lastMs`; 0 when nothing arrived. */
  level(lastMs = 300): number {
    return loudness(samplesOf(this.recent(lastMs)));
  }

  /** Waits until a pure `hz` is heard. */
  async hears(
    hz: number,
    options: { timeoutMs?: number; lastMs?: number; share?: number } = {},
  ): Promise<void> {
    const lastMs = options.lastMs ?? 300;
    const share = options.share ?? 0.85;
    const timeoutMs = options.timeoutMs ?? 6000;
    try {
      await until(() => this.share(hz, lastMs) >= share, { what: `${hz} Hz`, timeoutMs });
    } catch {
      throw new Error(
        `${hz} Hz was not heard within ${timeoutMs} ms: ${this.frames.length} frames so far, ` +
          `${this.recent(lastMs).length} in the last ${lastMs} ms, share ${this.share(hz, lastMs).toFixed(2)}, ` +
          `level ${this.level(lastMs).toFixed(0)}`,
      );
    }
  }

  /** Waits until there is no `hz` any more: silence, another sound or no packet at all. */
  async stopsHearing(hz: number, options: { timeoutMs?: number; lastMs?: number } = {}): Promise<void> {
    await until(() => this.share(hz, options.lastMs ?? 200) < 0.1, {
      what: `the end of ${hz} Hz`,
      timeoutMs: options.timeoutMs ?? 6000,
    });
  }

  /** Frames in which `hz` dominates; exact when tones are multiples of 50 Hz, since a frame is 20 ms. */
  framesWith(hz: number, share = 0.6): HeardFrame[] {
    return this.frames.filter((frame) => toneShare(samplesOf([frame]), hz) >= share);
  }

  /** When the last frame with `hz` came; null when none did. */
  lastHeardMs(hz: number): number | null {
    return this.framesWith(hz).at(-1)?.atMs ?? null;
  }

  /** When the first frame with `hz` came, at or after `sinceMs`; null when none did. */
  firstHeardMs(hz: number, sinceMs = 0): number | null {
    return this.framesWith(hz).find((frame) => frame.atMs >= sinceMs)?.atMs ?? null;
  }

  /** All that is kept, in the places where its timestamps put it; what did not come is silence. */
  samples(): Int16Array {
    const first = this.frames[0];
    if (!first) return new Int16Array(0);
    const placed: { at: number; frame: HeardFrame }[] = [];
    let at = 0;
    let before = first;
    for (const frame of this.frames) {
      const step = (frame.timestamp - before.timestamp) | 0;
      // a new source begins its timestamps anew: it goes on behind the last frame
      at = Math.abs(step) > 20 * 8000 ? at + frameSamples : at + step;
      if (at >= 0) placed.push({ at, frame });
      before = frame;
    }
    const length = placed.reduce((most, { at, frame }) => Math.max(most, at + frame.payload.length), 0);
    const samples = new Int16Array(length);
    for (const { at, frame } of placed) samples.set(samplesOf([frame]), at);
    return samples;
  }

  async writeWav(path: string): Promise<void> {
    await writeWav(path, this.samples());
  }
}

const millisecondsOf = (frames: readonly HeardFrame[]): number =>
  frames.reduce((sum, frame) => sum + frame.payload.length / 8, 0);

const samplesOf = (frames: readonly HeardFrame[]): Int16Array => {
  const codec = frames[0]?.codec ?? 'PCMU';
  return decodeFrames(
    codec,
    frames.map((frame) => frame.payload),
  );
};
