/**
 * The clock of all audio: one 20 ms beat for every call of the process. FreeSWITCH and Asterisk play a frame when it
 * comes and queue nothing, so this beat is what the caller hears. It knows no call and no audio.
 */

export const frameMs = 20;

/** Frames that may be sent in one go after the process was held up; beyond that the clock starts anew. */
const catchUpFrames = 5;

export type PacerCounters = { beats: number; lateBeats: number; worstLateMs: number; restarts: number };

export class Pacer {
  readonly counters: PacerCounters = { beats: 0, lateBeats: 0, worstLateMs: 0, restarts: 0 };
  readonly #beats = new Set<() => void>();
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;
  #nextBeatMs = 0;

  constructor(options: { onError: (error: unknown) => void }) {
    this.#onError = options.onError;
  }

  /** Calls `beat` every 20 ms until the returned function is called. The clock runs only while somebody listens. */
  add(beat: () => void): () => void {
    this.#beats.add(beat);
    if (!this.#timer) {
      this.#nextBeatMs = performance.now() + frameMs;
      this.#schedule();
    }
    return () => {
      this.#beats.delete(beat);
      if (this.#beats.size === 0 && this.#timer) {
        clearTimeout(this.#timer);
        this.#timer = null;
      }
    };
  }

  get listeners(): number {
    return this.#beats.size;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, this.#nextBeatMs - performance.now()));
  }

  #wake(): void {
    this.#timer = null;
    const lateMs = performance.now() - this.#nextBeatMs;
    if (lateMs > frameMs) this.counters.lateBeats++;
    if (lateMs > this.counters.worstLateMs) this.counters.worstLateMs = lateMs;
    if (lateMs > catchUpFrames * frameMs) {
      this.counters.restarts++;
      this.#nextBeatMs = performance.now();
    }
    // a timer that fires late makes up for the beats it missed: the phone's jitter buffer takes a short burst, not a gap
    while (this.#nextBeatMs <= performance.now() && this.#beats.size > 0) {
      this.#nextBeatMs += frameMs;
      this.counters.beats++;
      this.#beatOnce();
    }
    if (this.#beats.size > 0 && !this.#timer) this.#schedule();
  }

  #beatOnce(): void {
    for (const beat of this.#beats) {
      try {
        beat();
      } catch (error) {
        // one call's failure must not take the clock from the others
        this.#onError(error);
      }
    }
  }
}
