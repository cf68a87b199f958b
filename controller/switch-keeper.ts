/**
 * Keeps our own switch alive: when the connection to it is lost and it does not come back by itself, the program is
 * looked for and started again. A switch that the environment names is somebody else's to start.
 */
import { messageOf } from './errors.ts';
import type { Logger } from './log.ts';

/** A connection that is lost for longer than this is worth a look at the process. */
const graceMs = 2000;
const longestWaitMs = 60_000;

export class SwitchKeeper {
  readonly #revive: () => Promise<void>;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | null = null;
  #attempts = 0;
  #stopped = false;

  constructor(options: { revive: () => Promise<void>; log: Logger }) {
    this.#revive = options.revive;
    this.#log = options.log;
  }

  linkUp(): void {
    this.#attempts = 0;
    this.#clear();
  }

  linkDown(): void {
    if (!this.#timer && !this.#stopped) this.#later();
  }

  stop(): void {
    this.#stopped = true;
    this.#clear();
  }

  #clear(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #later(): void {
    const waitMs = Math.min(longestWaitMs, graceMs * 2 ** this.#attempts++);
    this.#timer = setTimeout(() => {
      this.#revive()
        .catch((error: unknown) => {
          this.#log.error({ reason: messageOf(error) }, 'the switch could not be started again');
        })
        .finally(() => {
          // still not linked: `linkUp` would have taken the timer away
          if (this.#timer && !this.#stopped) this.#later();
        });
    }, waitMs);
  }
}
