/**
 * A person in a bot's place: what he says into his browser is played to the caller, what the caller says is sent to him.
 * His frames come over a network and by a clock of their own, so a little of them waits, and never much. Knows no socket.
 */
import type { Bot, BotAudio, CallHandle } from '../bots/bot.ts';
import { frameMs, l16, silentFrameOf } from '../contract/audio.ts';
import { browserSampleRate } from '../contract/browser-audio.ts';

export const browserFormat = l16(browserSampleRate);
/** Waits before the first frame after a silence, so that the next ones may be late. */
const aheadMs = 40;
/** More waiting than that is delay that nobody needs: what comes is left out until it is less. */
const mostWaitingMs = 200;
/** So many frames in a row that find more than that waiting: his clock is faster than ours, and one is left out. */
const behindFrames = 100;
const behindMs = 80;

export class PersonBot implements Bot {
  readonly audio: BotAudio = { hears: browserFormat, speaks: browserFormat };
  readonly #call: Pick<CallHandle, 'play' | 'queuedMs'>;
  readonly #isTalking: () => boolean;
  readonly #send: (frame: Uint8Array) => void;
  readonly #onEnd: () => void;
  readonly #gone: Promise<void>;
  #leave: () => void = () => undefined;
  #behind = 0;

  constructor(options: {
    call: Pick<CallHandle, 'play' | 'queuedMs'>;
    /** not while the caller is on his way to somebody else */
    isTalking: () => boolean;
    send: (frame: Uint8Array) => void;
    /** the call is over, or somebody else talks to the caller now */
    onEnd: () => void;
  }) {
    this.#call = options.call;
    this.#isTalking = options.isTalking;
    this.#send = options.send;
    this.#onEnd = options.onEnd;
    this.#gone = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  /** A frame of his. */
  say(frame: Uint8Array): void {
    if (!this.#isTalking()) return;
    const waitingMs = this.#call.queuedMs;
    this.#behind = waitingMs > behindMs ? this.#behind + 1 : 0;
    if (waitingMs > mostWaitingMs || this.#behind > behindFrames) {
      this.#behind = 0;
      return;
    }
    if (waitingMs === 0) {
      const silence = silentFrameOf(browserFormat);
      for (let ms = 0; ms < aheadMs; ms += frameMs) void this.#call.play(silence);
    }
    void this.#call.play(frame);
  }

  /** His browser has gone. */
  leave(): void {
    this.#leave();
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  run(): Promise<void> {
    return this.#gone;
  }

  hear(frame: Uint8Array): void {
    this.#send(frame);
  }

  digit(): void {
    // the timeline, which he sees, tells it
  }

  end(): void {
    this.#leave();
    this.#onEnd();
  }
}
