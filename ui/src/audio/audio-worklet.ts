/**
 * Runs on the browser's audio thread: the microphone as frames of 20 ms at 16 kHz, and such frames to the loudspeaker, by
 * the rate that the audio device has. Knows no network.
 */
import { browserFrameSamples, browserSampleRate } from '../../../controller/contract/browser-audio.ts';
import { JitterBuffer } from './jitter-buffer.ts';
import { Resampler } from './resampler.ts';

// of the worklet's own global scope, which TypeScript's DOM library does not have
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: never) => AudioWorkletProcessor,
): void;

/** Frames that wait before they are played, and at most. */
const ahead = 3;
const most = 12;
/** Of one render quantum (Web Audio API, 1.1). */
const quantum = 128;

class Capture extends AudioWorkletProcessor {
  readonly #resampler = new Resampler(sampleRate, browserSampleRate);
  readonly #silence = new Float32Array(quantum);
  #frame = new Int16Array(browserFrameSamples);
  #filled = 0;
  #isMuted = false;

  constructor() {
    super();
    this.port.addEventListener('message', ({ data }: MessageEvent<{ muted: boolean }>) => {
      this.#isMuted = data.muted;
    });
    this.port.start();
  }

  process(inputs: Float32Array[][]): boolean {
    // a microphone that was pulled out is silent, and the frames go on: they are the sign of life
    const heard = this.#isMuted ? undefined : inputs[0]?.[0];
    for (const sample of this.#resampler.process(heard ?? this.#silence)) {
      this.#frame[this.#filled++] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
      if (this.#filled < browserFrameSamples) continue;
      this.port.postMessage(this.#frame.buffer, [this.#frame.buffer]);
      this.#frame = new Int16Array(browserFrameSamples);
      this.#filled = 0;
    }
    return true;
  }
}

class Playback extends AudioWorkletProcessor {
  readonly #frames = new JitterBuffer<Int16Array>({ ahead, most });
  readonly #silence = new Float32Array(browserFrameSamples);
  readonly #sides: { resampler: Resampler; ready: Float32Array }[];

  constructor({ processorOptions: { channels } }: { processorOptions: { channels: 1 | 2 } }) {
    super();
    this.#sides = Array.from({ length: channels }, () => ({
      resampler: new Resampler(browserSampleRate, sampleRate),
      ready: new Float32Array(0),
    }));
    this.port.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
      this.#frames.push(new Int16Array(data));
    });
    this.port.start();
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0] ?? [];
    while ((this.#sides[0]?.ready.length ?? quantum) < quantum) this.#next();
    for (const [at, side] of this.#sides.entries()) {
      output[at]?.set(side.ready.subarray(0, quantum));
      side.ready = side.ready.slice(quantum);
    }
    return true;
  }

  #next(): void {
    const frame = this.#frames.pull();
    const count = this.#sides.length;
    for (const [channel, side] of this.#sides.entries()) {
      const samples = frame
        ? Float32Array.from(this.#silence, (_, at) => (frame[at * count + channel] ?? 0) / 32768)
        : this.#silence;
      const more = side.resampler.process(samples);
      const ready = new Float32Array(side.ready.length + more.length);
      ready.set(side.ready);
      ready.set(more, side.ready.length);
      side.ready = ready;
    }
  }
}

registerProcessor('capture', Capture);
registerProcessor('playback', Playback);
