/**
 * Each digit once: a phone without telephone-events may send a digit as SIP INFO and as a tone at the same time. Tones
 * count until a message has told a digit; from then on messages alone do. Knows no channel.
 */

/** A message that comes this soon after the tone of the same digit is the same key. */
const sameKeyMs = 700;

export class DigitFilter {
  #messagesTell = false;
  #lastTone: { digit: string; atMs: number } | null = null;

  /** Whether the digit is a new one. */
  isNew(digit: string, isTone: boolean, nowMs: number): boolean {
    if (isTone) {
      if (this.#messagesTell) return false;
      this.#lastTone = { digit, atMs: nowMs };
      return true;
    }
    this.#messagesTell = true;
    const tone = this.#lastTone;
    this.#lastTone = null;
    return !(tone && tone.digit === digit && nowMs - tone.atMs < sameKeyMs);
  }
}
