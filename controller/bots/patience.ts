/** How much a bot may send, and how much of it may be nonsense, before it has failed. Knows no socket and no call. */
import { BotFailure, quoted } from './failure.ts';

const mostMalformed = 50;
/** Messages that a bot may send in one go: fifteen minutes of audio in pieces of 20 ms, and marks between them. */
const burstMessages = 100_000;
const messagesPerSecond = 500;
/** What a message costs when its audio had no place any more. */
const refusedCost = 50;

export class Patience {
  /** the first message that could not be understood */
  readonly #onMalformed: (reason: string) => void;
  #left = burstMessages;
  #countedAtMs = performance.now();
  #malformed = 0;

  constructor(options: { onMalformed: (reason: string) => void }) {
    this.#onMalformed = options.onMalformed;
  }

  /** Counts a message, or one whose audio was refused; the failure when it was one too many. */
  take(cost: 'message' | 'refused audio'): BotFailure | null {
    const nowMs = performance.now();
    const earned = ((nowMs - this.#countedAtMs) / 1000) * messagesPerSecond;
    this.#countedAtMs = nowMs;
    this.#left = Math.min(burstMessages, this.#left + earned) - (cost === 'message' ? 1 : refusedCost);
    if (this.#left > 0) return null;
    return new BotFailure('flooding', 'it sent more messages than can be taken', { isFinal: true });
  }

  malformed(reason: string): BotFailure | null {
    this.#malformed++;
    const shown = quoted(reason);
    if (this.#malformed === 1) this.#onMalformed(shown);
    if (this.#malformed < mostMalformed) return null;
    const text = `it sent ${mostMalformed} messages that cannot be understood, the last: ${shown}`;
    return new BotFailure('malformed', text, { isFinal: true });
  }
}
