/**
 * The caller's side of a test call: says a tone, or nothing, and tells when the agent is heard. It knows one leg's audio
 * and no call.
 */
import { l16 } from '../contract/audio.ts';
import { CallAudio } from '../media/call-audio.ts';
import type { Pacer } from '../media/pacer.ts';
import type { MediaLeg } from '../switch/port.ts';
import { loudness, toneSecond, toneShare } from './tone.ts';

/** Half a second of a tone, or of sounds loud enough to be a voice: a click is shorter. */
const heardFrames = 25;
const voiceLoudness = 150;

export class TestLeg {
  readonly #audio: CallAudio;
  #voiceFrames = 0;
  #toneFrames = 0;
  #saying = false;

  constructor(options: { leg: MediaLeg; pacer: Pacer }) {
    this.#audio = new CallAudio({ pacer: options.pacer });
    this.#audio.use({ hears: l16(8000), speaks: l16(8000) });
    this.#audio.onCallerFrame = (frame) => {
      if (loudness(frame) >= voiceLoudness) this.#voiceFrames++;
      if (toneShare(frame) > 0.6) this.#toneFrames++;
    };
    this.#audio.attach(options.leg);
  }

  /** Says the tone until it is closed. */
  sayTone(): void {
    if (this.#saying) return;
    this.#saying = true;
    const go = async (): Promise<void> => {
      while (this.#saying) {
        this.#audio.play(toneSecond());
        if ((await this.#audio.mark()) === 'flushed') return;
      }
    };
    void go();
  }

  get hearsTone(): boolean {
    return this.#toneFrames >= heardFrames;
  }

  get hearsVoice(): boolean {
    return this.#voiceFrames >= heardFrames;
  }

  close(): void {
    this.#saying = false;
    this.#audio.close();
  }
}
