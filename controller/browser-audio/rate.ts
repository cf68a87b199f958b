/** How much somebody may send: so many at once, and so many a second from then on. Pure, but for the clock it is given. */
export class Allowance {
  readonly #most: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  #left: number;
  #atMs: number;

  constructor(options: { most: number; perSecond: number; now?: () => number }) {
    this.#most = options.most;
    this.#perSecond = options.perSecond;
    this.#now = options.now ?? (() => performance.now());
    this.#left = options.most;
    this.#atMs = this.#now();
  }

  /** False: it was too much. */
  take(): boolean {
    const nowMs = this.#now();
    this.#left = Math.min(this.#most, this.#left + ((nowMs - this.#atMs) / 1000) * this.#perSecond);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
