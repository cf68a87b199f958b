/** Tells when a leg that we placed is over: such legs are no calls, and nobody else listens to their ends. */
import type { SwitchEvent } from '../switch/port.ts';

export class LegEnds {
  readonly #waiting = new Map<string, () => void>();

  /** To be called before the leg is dialled. `forget` when nobody asks any more. */
  watch(channelId: string): { ended: Promise<void>; forget: () => void } {
    const ended = new Promise<void>((resolve) => {
      this.#waiting.set(channelId, resolve);
    });
    return { ended, forget: () => this.#waiting.delete(channelId) };
  }

  handle(event: SwitchEvent): void {
    if (event.type === 'ended') this.#waiting.get(event.channelId)?.();
  }
}
