/** The changes that are being made now, so that one can wait until those that began before have ended. Knows no request. */

export class OpenChanges {
  readonly #open = new Set<Promise<unknown>>();

  /** Runs `work` as one of them. */
  async track<T>(work: () => Promise<T>): Promise<T> {
    const change = work();
    this.#open.add(change);
    try {
      return await change;
    } finally {
      this.#open.delete(change);
    }
  }

  /** When all that are open now have ended, well or not; not the later ones. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#open);
  }
}
