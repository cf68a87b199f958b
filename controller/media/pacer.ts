/**
 * The clock of all audio: every call gets a beat each 20 ms, from one timer. FreeSWITCH and Asterisk play a frame when it
 * comes and queue nothing, so this beat is what the caller hears. It knows no call and no audio.
 */

export const frameMs = 20;

/**
 * The calls take turns within the 20 ms: to send two hundred datagrams takes 5 to 10 ms, by which the last one of a single
 * burst would always be late, and in which nothing that comes in is read.
 */
const turnsPerFrame = 4;
const turnMs = frameMs / turnsPerFrame;

/** Frames that may be sent in one go after the process was held up; beyond that the clock starts anew. */
const catchUpFrames = 5;

/** A clock that is so late first has read what has come meanwhile, so that it is not behind for the rest of the call. */
const readFirstMs = frameMs / 2;
/** At most so many are read of a socket in a turn of the event loop (libuv, uv__udp_recvmsg): after fewer nothing is left. */
const datagramsARead = 32;

export type PacerCounters = { turns: number; lateTurns: number; worstLateMs: number; restarts: number };

export class Pacer {
  readonly counters: PacerCounters = { turns: 0, lateTurns: 0, worstLateMs: 0, restarts: 0 };
  readonly #turns: readonly Set<() => void>[] = Array.from({ length: turnsPerFrame }, () => new Set());
  readonly #onError: (error: unknown) => void;
  #isRunning = false;
  #timer: NodeJS.Timeout | null = null;
  #next = 0;
  #nextMs = 0;
  #heard = 0;

  constructor(options: { onError: (error: unknown) => void }) {
    this.#onError = options.onError;
  }

  /** Calls `beat` every 20 ms until the returned function is called. The clock runs only while somebody listens. */
  add(beat: () => void): () => void {
    const turn = this.#turns.reduce((least, other) => (other.size < least.size ? other : least));
    turn.add(beat);
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#nextMs = performance.now() + turnMs;
      this.#schedule();
    }
    return () => {
      turn.delete(beat);
      if (this.listeners > 0) return;
      this.#isRunning = false;
      if (this.#timer) clearTimeout(this.#timer);
      this.#timer = null;
    };
  }

  get listeners(): number {
    return this.#turns.reduce((sum, turn) => sum + turn.size, 0);
  }

  /** A frame has come from a caller: there may be more where it came from. */
  heard(): void {
    this.#heard++;
  }

  #schedule(): void {
    // nobody has this turn: no need to wake up for it
    while (this.#turns[this.#next]?.size === 0) this.#advance();
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, this.#nextMs - performance.now()));
  }

  #advance(): void {
    this.#next = (this.#next + 1) % turnsPerFrame;
    this.#nextMs += turnMs;
  }

  #wake(): void {
    this.#timer = null;
    const lateMs = performance.now() - this.#nextMs;
    if (lateMs > frameMs) this.counters.lateTurns++;
    if (lateMs > this.counters.worstLateMs) this.counters.worstLateMs = lateMs;
    if (lateMs > readFirstMs) this.#read(performance.now() + frameMs);
    else this.#catchUp();
  }

  /**
   * Timers come before sockets in a turn of the event loop: lets the sockets have theirs until what waited is read, and no
   * longer. In a process that is busy with other things every turn lasts long enough for a frame to come, and whoever
   * sends without end must not stop the clock either.
   */
  #read(untilMs: number): void {
    const before = this.#heard;
    setImmediate(() => {
      if (!this.#isRunning || this.#timer) return;
      if (this.#heard - before < datagramsARead || performance.now() >= untilMs) this.#catchUp();
      else this.#read(untilMs);
    });
  }

  #catchUp(): void {
    const nowMs = performance.now();
    if (nowMs - this.#nextMs > catchUpFrames * frameMs) {
      this.counters.restarts++;
      this.#nextMs = nowMs;
    }
    // a timer that fires late makes up for the beats it missed: the phone's jitter buffer takes a short burst, not a gap
    while (this.#isRunning && this.#nextMs <= nowMs) {
      const turn = this.#turns[this.#next];
      this.counters.turns++;
      this.#advance();
      if (turn) this.#beat(turn);
    }
    if (this.#isRunning && !this.#timer) this.#schedule();
  }

  #beat(turn: ReadonlySet<() => void>): void {
    for (const beat of turn) {
      try {
        beat();
      } catch (error) {
        // one call's failure must not take the clock from the others
        this.#onError(error);
      }
    }
  }
}
