/**
 * The controller's side of a call's audio, for tests: speaks tones or echoes through a `MediaLeg` and hears what comes.
 * It knows no switch.
 */
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
        payload: frame,
        sequence,
        timestamp: sequence * 160,
        codec: leg.codec,
      });
      if (this.#echo) leg.send(frame);
    };
    this.#stop = beat.add(() => {
      const frame = this.#source?.next();
      if (frame) leg.send(frame);
    });
  }

  say(hz: number): void {
    this.#source = toneSource(hz, this.leg.codec);
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
