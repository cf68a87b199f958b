/** The echo agent: gives the caller's own voice back. The line test of a PBX admin, and what delay is measured with. */
import type { Bot, CallHandle } from './bot.ts';

/** Frames that may wait: after a hold-up the echo drops what came late rather than staying behind for the rest of the call. */
const mostWaiting = 3;

export class EchoBot implements Bot {
  #waiting = 0;
  readonly #call: Pick<CallHandle, 'play'>;
  #done: () => void = () => undefined;
  readonly #over: Promise<void>;

  constructor(options: { call: Pick<CallHandle, 'play'> }) {
    this.#call = options.call;
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

  hear(samples: Int16Array): void {
    if (this.#waiting >= mostWaiting) return;
    this.#waiting++;
    void this.#call.play(samples).then(() => {
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
