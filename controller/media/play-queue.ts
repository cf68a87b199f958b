/**
 * What a bot wants played, in order, as it came: converted only frame by frame when its time comes, so that a flush drops
 * exactly what was not heard and ten minutes sent at once cost no work before they are due. Knows no leg and no clock.
 */
import type { Playback, PlayResult } from '../bots/bot.ts';
import {
  type AudioFormat,
  bytesPerMs,
  bytesPerSample,
  frameBytesOf,
  sameFormat,
  silenceByteOf,
} from '../contract/audio.ts';

/** A bot may be this far ahead of the caller; beyond it is told (`refused`), so that memory stays bounded. */
export const longestQueueMs = 15 * 60_000;

export class QueuedAudio implements Playback {
  readonly audio: Uint8Array;
  readonly format: AudioFormat;
  readonly done: Promise<PlayResult>;
  isRefused = false;
  settle: (result: PlayResult) => void = () => undefined;
  sentBytes = 0;
  next: QueuedAudio | null = null;

  constructor(audio: Uint8Array, format: AudioFormat) {
    this.audio = audio;
    this.format = format;
    this.done = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  get playedMs(): number {
    return this.sentBytes / bytesPerMs(this.format);
  }

  get leftMs(): number {
    return (this.audio.length - this.sentBytes) / bytesPerMs(this.format);
  }
}

const nothing = new Uint8Array(0);

export class PlayQueue {
  #first: QueuedAudio | null = null;
  #last: QueuedAudio | null = null;
  #queuedMs = 0;
  /** a chunk may end in the middle of a sample: its half waits for the next chunk of the same format */
  #half: { byte: number; format: AudioFormat } | null = null;

  get queuedMs(): number {
    return this.#queuedMs;
  }

  get isEmpty(): boolean {
    return this.#first === null;
  }

  play(audio: Uint8Array, format: AudioFormat): QueuedAudio {
    const whole = this.#wholeSamples(audio, format);
    const item = new QueuedAudio(whole, format);
    if (this.#queuedMs + item.leftMs > longestQueueMs) {
      item.isRefused = true;
      item.settle('refused');
    } else this.#append(item);
    return item;
  }

  /** In order with what is queued, before and after. */
  mark(): Promise<'played' | 'flushed'> {
    const item = new QueuedAudio(nothing, this.#last?.format ?? { encoding: 'L16', sampleRate: 8000 });
    this.#append(item);
    return item.done as Promise<'played' | 'flushed'>;
  }

  flush(): void {
    let item = this.#first;
    this.#first = null;
    this.#last = null;
    this.#half = null;
    this.#queuedMs = 0;
    for (; item; item = item.next) item.settle('flushed');
  }

  /** The next 20 ms, in the format of what is first in line, padded with silence when no more of it is there. */
  takeFrame(): { frame: Uint8Array; format: AudioFormat } | null {
    const first = this.#first;
    if (!first) return null;
    const { format } = first;
    const size = frameBytesOf(format);
    const start = first.sentBytes;
    let frame: Uint8Array;
    if (first.audio.length - start >= size) {
      frame = first.audio.subarray(start, start + size);
      this.#advance(first, size);
    } else {
      frame = new Uint8Array(size);
      const filled = this.#fill(frame, format);
      if (filled < size) frame.fill(silenceByteOf(format), filled);
    }
    this.#settlePlayed();
    return { frame, format };
  }

  /** Across the borders of chunks, as long as the format is the same. */
  #fill(frame: Uint8Array, format: AudioFormat): number {
    let filled = 0;
    for (let item = this.#first; item && filled < frame.length; item = item.next) {
      if (!sameFormat(item.format, format)) break;
      const part = item.audio.subarray(item.sentBytes, item.sentBytes + frame.length - filled);
      frame.set(part, filled);
      filled += part.length;
      this.#advance(item, part.length);
    }
    return filled;
  }

  #advance(item: QueuedAudio, bytes: number): void {
    item.sentBytes += bytes;
    this.#queuedMs -= bytes / bytesPerMs(item.format);
  }

  #settlePlayed(): void {
    while (this.#first && this.#first.sentBytes === this.#first.audio.length) {
      this.#first.settle('played');
      this.#first = this.#first.next;
    }
    if (this.#first) return;
    this.#last = null;
    // what rounding left
    this.#queuedMs = 0;
  }

  #append(item: QueuedAudio): void {
    if (this.#last) this.#last.next = item;
    else this.#first = item;
    this.#last = item;
    this.#queuedMs += item.leftMs;
    // a mark, or nothing at all, behind nothing
    if (this.#first === item) this.#settlePlayed();
  }

  #wholeSamples(audio: Uint8Array, format: AudioFormat): Uint8Array {
    if (bytesPerSample(format) === 1) return audio;
    const half = this.#half && sameFormat(this.#half.format, format) ? this.#half.byte : null;
    this.#half = null;
    let joined = audio;
    if (half !== null) {
      joined = new Uint8Array(audio.length + 1);
      joined[0] = half;
      joined.set(audio, 1);
    }
    if (joined.length % 2 === 0) return joined;
    this.#half = { byte: joined[joined.length - 1] as number, format };
    return joined.subarray(0, -1);
  }
}
