/**
 * Frames that came over a network, given out one at a time: a few wait before the first, so that the next may be late;
 * what piles up after a hold-up is dropped, so that nobody hears the past. Knows no clock and no audio device.
 */
export class JitterBuffer<Frame> {
  readonly #ahead: number;
  readonly #most: number;
  #frames: Frame[] = [];
  #isPlaying = false;

  /** `ahead`: frames that wait before the first is played; `most`: that may wait at all. */
  constructor(options: { ahead: number; most: number }) {
    this.#ahead = options.ahead;
    this.#most = options.most;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    if (this.#frames.length > this.#most) this.#frames = this.#frames.slice(-this.#ahead);
  }

  /** Null while nothing is to be played. */
  pull(): Frame | null {
    if (!this.#isPlaying && this.#frames.length < this.#ahead) return null;
    const frame = this.#frames.shift() ?? null;
    this.#isPlaying = frame !== null;
    return frame;
  }
}
