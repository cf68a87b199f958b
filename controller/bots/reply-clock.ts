/**
 * Does a bot owe its caller an answer, and for how long? Counted in the caller's own frames, so it needs no timer, and only
 * the bot's voice sets it back: neither the caller, who goes on asking, nor the noise of his line does. Knows no call.
 *
 *   settled ──caller spoke──▶ owed ──`seconds`──▶ told ──caller spoke again, `seconds`──▶ failed
 *      ◀──────────── the bot speaks, or carries out a tool ────────────┘
 *
 * Without a second word of the caller it stays at told: he may be the one who is expected to speak, which the silence
 * time-out asks about.
 */
import { frameMs } from '../contract/audio.ts';

/** Less is a click, a cough, or the echo of the bot's own last word. */
const wordMs = 400;
/** In so short a pause a caller still speaks; so long after a sound too short for a word it is forgotten. */
const pauseMs = 1500;
/** Of the time in which the caller speaks himself only this part counts: a long story is not a long wait. */
const speakingShare = 0.25;
/** A reply that takes less is slow, and no failure, however soon the first word has to come. */
const leastSeconds = 5;

export class ReplyClock {
  readonly #limitMs: number;
  #spokenMs = 0;
  #quietMs = pauseMs;
  #owedMs = 0;
  #isOwed = false;
  #isTold = false;

  /** `seconds` 0: the bot owes nothing, ever. */
  constructor(seconds: number) {
    this.#limitMs = seconds === 0 ? Number.POSITIVE_INFINITY : Math.max(leastSeconds, seconds) * 1000;
  }

  /** How long the bot may take, in words of the timeline. */
  get seconds(): number {
    return this.#limitMs / 1000;
  }

  /** One frame of the caller. `told`: he has waited too long and is to be told so; `failed`: he has, again. */
  heard(isVoice: boolean): 'nothing' | 'told' | 'failed' {
    this.#quietMs = isVoice ? 0 : this.#quietMs + frameMs;
    const speaks = this.#quietMs < pauseMs;
    if (isVoice) this.#spokenMs += frameMs;
    else if (!speaks && this.#spokenMs < wordMs) this.#spokenMs = 0;
    if (this.#spokenMs >= wordMs) this.#isOwed = true;
    if (!this.#isOwed) return 'nothing';
    this.#owedMs += frameMs * (speaks ? speakingShare : 1);
    if (this.#owedMs < this.#limitMs) return 'nothing';
    const result = this.#isTold ? 'failed' : 'told';
    this.#isTold = true;
    this.#askAgain();
    return result;
  }

  /** He pressed a key, which is a word. */
  keyed(): void {
    this.#isOwed = true;
    this.#quietMs = pauseMs;
  }

  /** The bot speaks, or does what it was asked for. */
  settled(): void {
    this.#isTold = false;
    this.#askAgain();
  }

  #askAgain(): void {
    this.#isOwed = false;
    this.#spokenMs = 0;
    this.#owedMs = 0;
    // what was said before is over
    this.#quietMs = pauseMs;
  }
}
