/** How much a bot may send, and how much of it may be nonsense, before it has failed. Knows no socket and no call. */
import { say } from '../contract/texts/sentence.ts';
import { botTrouble } from '../contract/texts/timeline.ts';
import { BotFailure, quoted } from './failure.ts';

/** Messages that make no sense, in one go; each second one of them is forgotten. */
const mostMalformed = 50;
const forgottenPerSecond = 1;
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
  #malformedAtMs = performance.now();
  #hasToldMalformed = false;

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
    return new BotFailure('flooding', botTrouble.tooMany, { isFinal: true });
  }

  malformed(reason: string): BotFailure | null {
    const nowMs = performance.now();
    const forgotten = ((nowMs - this.#malformedAtMs) / 1000) * forgottenPerSecond;
    this.#malformedAtMs = nowMs;
    this.#malformed = Math.max(0, this.#malformed - forgotten) + 1;
    const shown = quoted(reason);
    if (!this.#hasToldMalformed) this.#onMalformed(shown);
    this.#hasToldMalformed = true;
    if (this.#malformed < mostMalformed) return null;
    const text = say(botTrouble.notUnderstood, { count: mostMalformed - 1, said: shown });
    return new BotFailure('malformed', text, { isFinal: true });
  }
}
