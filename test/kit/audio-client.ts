/**
 * A browser's audio socket without a browser: sends a tone in frames of 20 ms, keeps what comes and tells which tone is in
 * it. It knows the protocol of `contract/browser-audio.ts` and no call.
 */
import { WebSocket } from 'ws';
import {
  type AudioClientMessage,
  type AudioServerMessage,
  audioPath,
  browserFrameSamples,
  browserSampleRate,
  readAudioFrame,
  writeAudioFrame,
} from '../../controller/contract/browser-audio.ts';
import { bytesOf, samplesOf } from '../../controller/media/l16.ts';
import { toneShare } from './tone.ts';
import { until } from './until.ts';

type Side = 'left' | 'right';

export class AudioClient {
  readonly socket: WebSocket;
  readonly messages: AudioServerMessage[] = [];
  readonly sequences: number[] = [];
  #channels: 1 | 2 = 1;
  /** the newest 300 ms of each side; mono is on both */
  #heard: { left: Int16Array; right: Int16Array }[] = [];
  #saying: NodeJS.Timeout | null = null;
  #sequence = 0;
  closeCode: number | null = null;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#take(data);
      else {
        const message = JSON.parse(data.toString()) as AudioServerMessage;
        if (message.type === 'started') this.#channels = message.channels;
        this.messages.push(message);
      }
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.hush();
    });
    socket.on('error', () => undefined);
  }

  static async open(url: string, token: string, headers: Record<string, string> = {}): Promise<AudioClient> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}${audioPath}`, {
      headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
    });
    const client = new AudioClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  tell(message: AudioClientMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  /** From now on, in real time. 0 is silence. */
  say(hz: number): void {
    this.hush();
    let sample = 0;
    const startMs = performance.now();
    let sent = 0;
    this.#saying = setInterval(() => {
      while (sent * 20 <= performance.now() - startMs) {
        sent += 1;
        const samples = Int16Array.from({ length: browserFrameSamples }, () =>
          Math.round(8000 * Math.sin((2 * Math.PI * hz * sample++) / browserSampleRate)),
        );
        this.#sequence += 1;
        this.socket.send(writeAudioFrame(this.#sequence, bytesOf(samples)));
      }
    }, 10);
  }

  hush(): void {
    if (this.#saying) clearInterval(this.#saying);
    this.#saying = null;
  }

  share(hz: number, side: Side = 'left'): number {
    if (this.#heard.length < 15) return 0;
    const parts = this.#heard.map((frame) => frame[side]);
    return toneShare(Int16Array.from(parts.flatMap((part) => [...part])), hz, browserSampleRate);
  }

  async hears(hz: number, side: Side = 'left', timeoutMs = 8000): Promise<void> {
    await until(() => this.share(hz, side) > 0.85, { what: `${hz} Hz, ${side}`, timeoutMs }).catch(
      (error: unknown) => {
        throw new Error(
          `${String(error)}; share ${this.share(hz, side).toFixed(2)}, ${this.sequences.length} frames, ${JSON.stringify(this.messages)}`,
        );
      },
    );
  }

  async told<Type extends AudioServerMessage['type']>(
    type: Type,
    timeoutMs = 8000,
  ): Promise<Extract<AudioServerMessage, { type: Type }>> {
    const isIt = (message: AudioServerMessage): message is Extract<AudioServerMessage, { type: Type }> =>
      message.type === type;
    return until(() => this.messages.find(isIt), {
      what: `${type}, got ${JSON.stringify(this.messages)}`,
      timeoutMs,
    });
  }

  close(): void {
    this.hush();
    this.socket.terminate();
  }

  #take(data: Buffer): void {
    const frame = readAudioFrame(data, this.#channels);
    if (frame === null) throw new Error(`a frame of ${data.length} bytes`);
    this.sequences.push(frame.sequence);
    const samples = samplesOf(frame.audio);
    const side = (offset: number) =>
      samples.filter((_, at) => this.#channels === 1 || at % this.#channels === offset);
    this.#heard.push({ left: side(0), right: side(1) });
    if (this.#heard.length > 15) this.#heard.shift();
  }
}
