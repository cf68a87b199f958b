/**
 * The controller's side of a call's audio, for tests: speaks tones or echoes through a `MediaLeg` and hears what comes.
 * It knows no switch.
 */
import { encode } from '../../controller/media/g711.ts';
import type { MediaLeg } from '../../controller/switch/port.ts';
import { Ear } from './ear.ts';
import { Beat } from './rtp.ts';
import { type AudioSource, toneSource } from './tone.ts';

export class AgentVoice {
  readonly leg: MediaLeg;
  readonly ear = new Ear();
  #source: AudioSource | null = null;
  #echo = false;
  readonly #stop: () => void;

  constructor(leg: MediaLeg, beat = new Beat()) {
    this.leg = leg;
    let sequence = 0;
    leg.onFrame = (payload) => {
      if (!payload) return;
      // the switch may use its buffer again
      const frame = new Uint8Array(payload);
      sequence++;
      this.ear.take({
        atMs: performance.now(),
        payload: asTelephone(frame, leg),
        sequence,
        timestamp: sequence * 160,
        codec: leg.codec === 'PCMA' ? 'PCMA' : 'PCMU',
      });
      if (this.#echo) leg.send(frame);
    };
    this.#stop = beat.add(() => {
      const frame = this.#source?.next();
      if (frame) leg.send(frame);
    });
  }

  say(hz: number): void {
    const { codec, format } = this.leg;
    this.#source =
      format.encoding === 'L16'
        ? linearTone(hz, format.sampleRate)
        : toneSource(hz, codec === 'PCMA' ? 'PCMA' : 'PCMU');
  }

  hush(): void {
    this.#source = null;
  }

  /** Sends every frame back as it comes. */
  echo(): void {
    this.#echo = true;
  }

  close(): void {
    this.#stop();
    this.leg.close();
  }
}

/** Linear frames as a telephone would have them: averaged down, which is enough for tones far below 4 kHz. */
const asTelephone = (frame: Uint8Array, { format }: MediaLeg): Uint8Array => {
  if (format.encoding !== 'L16') return frame;
  const samples = new Int16Array(frame.slice().buffer);
  const step = format.sampleRate / 8000;
  const low = Int16Array.from({ length: samples.length / step }, (_, index) => {
    let sum = 0;
    for (let at = 0; at < step; at++) sum += samples[index * step + at] as number;
    return Math.round(sum / step);
  });
  return encode('PCMU', low);
};

const linearTone = (hz: number, rate: number): AudioSource => {
  let at = 0;
  return {
    next: () => {
      const samples = Int16Array.from({ length: rate / 50 }, () =>
        Math.round(8000 * Math.sin((2 * Math.PI * hz * (at++ % rate)) / rate)),
      );
      return new Uint8Array(samples.buffer);
    },
  };
};
