/** The echo agent: gives the caller's own voice back. The line test of a PBX admin, and what delay is measured with. */
import type { Bot, BotAudio, CallHandle } from './bot.ts';

/** Frames that may wait: after a hold-up the echo drops what came late rather than staying behind for the rest of the call. */
const mostWaiting = 3;
/** So many frames in a row that find another one waiting: the echo is a frame behind for good, and one is left out. */
const behindFrames = 25;

export class EchoBot implements Bot {
  /** the line's own format: the caller hears the very bytes that he sent */
  readonly audio: BotAudio;
  #waiting = 0;
  #behind = 0;
  readonly #call: Pick<CallHandle, 'play'>;
  #done: () => void = () => undefined;
  readonly #over: Promise<void>;

  constructor(options: { call: Pick<CallHandle, 'play' | 'lineFormat'> }) {
    this.#call = options.call;
    this.audio = { hears: options.call.lineFormat, speaks: options.call.lineFormat };
    this.#over = new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  run(): Promise<void> {
    return this.#over;
  }

  hear(frame: Uint8Array): void {
    this.#behind = this.#waiting > 0 ? this.#behind + 1 : 0;
    if (this.#waiting >= mostWaiting || this.#behind > behindFrames) {
      this.#behind = 0;
      return;
    }
    this.#waiting++;
    void this.#call.play(frame).done.then(() => {
      this.#waiting--;
    });
  }

  digit(): void {
    // digits are for agents that ask something
  }

  end(): void {
    this.#done();
  }
}
