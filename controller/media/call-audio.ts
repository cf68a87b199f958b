/**
 * The audio of one call: what the bot wants played is queued here, cut into 20 ms frames and sent on the beat; what
 * the caller says is decoded and handed on at once. Between the bot's words it sends silence, so that the far side's
 * jitter buffer, NAT binding and dead-call timer see a steady stream.
 */
import { type PlayResult, samplesPerFrame } from '../bots/bot.ts';
import type { MediaLeg } from '../switch/port.ts';
import { decode, encode, silenceByte } from './g711.ts';
import type { Pacer } from './pacer.ts';

type Queued = { samples: Int16Array; sent: number; settle: (result: PlayResult) => void };

export class CallAudio {
  /** every frame from the caller, decoded; must return at once */
  onCallerFrame: ((samples: Int16Array) => void) | null = null;
  readonly #pacer: Pacer;
  #leg: MediaLeg | null = null;
  #stopBeat: (() => void) | null = null;
  #queue: Queued[] = [];

  constructor(options: { pacer: Pacer }) {
    this.#pacer = options.pacer;
  }

  /** Takes the leg's audio, in place of an earlier leg's; the queue goes on where it was. */
  attach(leg: MediaLeg): void {
    this.detach();
    this.#leg = leg;
    const silence = new Uint8Array(samplesPerFrame).fill(silenceByte[leg.codec]);
    leg.onFrame = (payload) => this.onCallerFrame?.(decode(leg.codec, payload));
    this.#stopBeat = this.#pacer.add(() => {
      const frame = this.#nextFrame();
      leg.send(frame ? encode(leg.codec, frame) : silence);
    });
  }

  /** Stops the beat and lets go of the leg; what is queued stays for the next `attach`. */
  detach(): void {
    this.#stopBeat?.();
    this.#stopBeat = null;
    if (this.#leg) this.#leg.onFrame = null;
    this.#leg = null;
  }

  /** Queues samples. `played` when the last has been sent, `flushed` when they were dropped before. */
  play(samples: Int16Array): Promise<PlayResult> {
    if (samples.length === 0) return Promise.resolve('played');
    return new Promise((settle) => this.#queue.push({ samples, sent: 0, settle }));
  }

  flush(): void {
    const dropped = this.#queue;
    this.#queue = [];
    for (const item of dropped) item.settle('flushed');
  }

  get queuedMs(): number {
    return this.#queue.reduce((sum, item) => sum + item.samples.length - item.sent, 0) / 8;
  }

  close(): void {
    this.flush();
    this.#leg?.close();
    this.detach();
  }

  /** The next 160 samples, across the borders of what was queued and padded with silence; null when nothing is queued. */
  #nextFrame(): Int16Array | null {
    let item = this.#queue[0];
    if (!item) return null;
    const frame = new Int16Array(samplesPerFrame);
    let filled = 0;
    while (item && filled < samplesPerFrame) {
      const part = item.samples.subarray(item.sent, item.sent + samplesPerFrame - filled);
      frame.set(part, filled);
      filled += part.length;
      item.sent += part.length;
      if (item.sent < item.samples.length) break;
      this.#queue.shift();
      item.settle('played');
      item = this.#queue[0];
    }
    return frame;
  }
}
