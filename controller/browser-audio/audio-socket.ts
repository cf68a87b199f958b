/**
 * One WebSocket to a browser: bounded in both directions, alive or given up. What comes in is parsed before anybody sees
 * it; whoever sends what is no message, or too much, is put out. It knows no call.
 */
import type { WebSocket } from 'ws';
import {
  type AudioClientMessage,
  type AudioServerMessage,
  readAudioFrame,
  writeAudioFrame,
} from '../contract/browser-audio.ts';
import { readClientMessage } from './client-message.ts';
import { Allowance } from './rate.ts';

/** The longest thing that a browser says: a frame has 644 bytes. */
export const longestMessageBytes = 1024;
/** What may wait for a slow browser: a second of stereo. What is more is left out, for this browser alone. */
const mostWaitingBytes = 64_000;
/** A browser whose network was held up sends what it has gathered at once. */
const framesAtOnce = 150;
const framesPerSecond = 60;
const closeTimeoutMs = 2000;

export type AudioSocketListener = {
  message: (message: AudioClientMessage) => void;
  /** L16, mono */
  frame: (audio: Uint8Array) => void;
  /** comes once, for whatever reason; with our last message when the end is ours */
  closed: (end: AudioServerMessage | null) => void;
};

export class AudioSocket {
  #listener: AudioSocketListener | null = null;
  readonly #socket: WebSocket;
  readonly #frames = new Allowance({ most: framesAtOnce, perSecond: framesPerSecond });
  readonly #messages = new Allowance({ most: 20, perSecond: 10 });
  #watch: NodeJS.Timeout;
  #deadAfterMs: number;
  #heardAtMs = performance.now();
  /** a frame of ours, whatever became of it */
  #sequence = 0;
  #needsFrames = false;
  #over = false;
  /** frames that were left out, because the browser did not take them */
  dropped = 0;

  /** `deadAfterMs`: for so long nothing was heard of it. Pings are sent often enough that a living one says something. */
  constructor(socket: WebSocket, options: { deadAfterMs: number }) {
    this.#socket = socket;
    this.#deadAfterMs = options.deadAfterMs;
    socket.on('message', (data: Buffer, isBinary) => {
      this.#heardAtMs = performance.now();
      if (!this.#over) this.#take(data, isBinary);
    });
    socket.on('pong', () => {
      if (!this.#needsFrames) this.#heardAtMs = performance.now();
    });
    // ws has its say about what breaks RFC 6455 or is too long, and closes
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#closed(null));
    this.#watch = setInterval(() => this.#beat(), options.deadAfterMs / 3);
  }

  /** From now on frames have to come, and a pong is no sign of life: a page may be frozen. */
  expectFrames(deadAfterMs: number): void {
    clearInterval(this.#watch);
    this.#needsFrames = true;
    this.#deadAfterMs = deadAfterMs;
    this.#heardAtMs = performance.now();
    this.#watch = setInterval(() => this.#beat(), deadAfterMs / 3);
  }

  set listener(listener: AudioSocketListener) {
    this.#listener = listener;
  }

  get isOver(): boolean {
    return this.#over;
  }

  tell(message: AudioServerMessage): void {
    if (!this.#over) this.#socket.send(JSON.stringify(message));
  }

  /** The audio is copied. */
  sendFrame(audio: Uint8Array): void {
    if (this.#over) return;
    this.#sequence = (this.#sequence + 1) >>> 0;
    if (this.#socket.bufferedAmount > mostWaitingBytes) {
      this.dropped += 1;
      return;
    }
    this.#socket.send(writeAudioFrame(this.#sequence, audio));
  }

  /** Says why and closes. */
  end(last: AudioServerMessage): void {
    if (this.#over) return;
    this.tell(last);
    this.#socket.close(last.type === 'refused' ? 1008 : 1000);
    setTimeout(() => this.#socket.terminate(), closeTimeoutMs).unref();
    this.#closed(last);
  }

  #take(data: Buffer, isBinary: boolean): void {
    if (!(isBinary ? this.#frames : this.#messages).take()) {
      this.#refuse('too-many-requests', 'more was sent than can be taken');
      return;
    }
    if (isBinary) {
      const frame = readAudioFrame(data, 1);
      if (frame === null)
        this.#refuse('invalid-input', 'a frame is a sequence number and 20 ms of L16 at 16 kHz');
      else this.#listener?.frame(frame.audio);
      return;
    }
    const message = readClientMessage(data.toString('utf8'));
    if (message === null) this.#refuse('invalid-input', 'the message is none that can be understood');
    else this.#listener?.message(message);
  }

  #refuse(code: string, text: string): void {
    this.end({ type: 'refused', code, text });
  }

  #beat(): void {
    if (performance.now() - this.#heardAtMs > this.#deadAfterMs) this.#socket.terminate();
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  #closed(end: AudioServerMessage | null): void {
    clearInterval(this.#watch);
    if (this.#over) return;
    this.#over = true;
    this.#listener?.closed(end);
  }
}
