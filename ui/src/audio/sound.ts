/** The page's microphone and loudspeaker as frames of the audio socket. Knows no socket. */

import { t } from '../texts/texts.ts';
// oxlint-disable-next-line import/default -- Vite makes it: the address of the worklet, built as a file of its own
import workletUrl from './audio-worklet.ts?worker&url';
import { AudioFailure } from './microphone.ts';

export class Sound {
  readonly #context: AudioContext;
  #microphone: MediaStream | null = null;
  #capture: AudioWorkletNode | null = null;
  #playback: AudioWorkletNode | null = null;
  #isMuted = false;

  private constructor(context: AudioContext) {
    this.#context = context;
  }

  /** To be called while a click is handled: otherwise browsers keep quiet. */
  static async open(): Promise<Sound> {
    try {
      const context = new AudioContext({ latencyHint: 'interactive' });
      await context.audioWorklet.addModule(workletUrl);
      await context.resume();
      return new Sound(context);
    } catch (error) {
      throw new AudioFailure(t.audio.failures.sound, { cause: error });
    }
  }

  /** From now on each frame of the microphone goes to `onFrame`. */
  capture(microphone: MediaStream, onFrame: (frame: ArrayBuffer) => void): void {
    this.#microphone = microphone;
    const node = new AudioWorkletNode(this.#context, 'capture', { numberOfOutputs: 0 });
    node.port.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => onFrame(data));
    node.port.start();
    this.#capture = node;
    this.#context.createMediaStreamSource(microphone).connect(node);
    this.mute(this.#isMuted);
  }

  mute(isMuted: boolean): void {
    this.#isMuted = isMuted;
    this.#capture?.port.postMessage({ muted: isMuted }, []);
  }

  /** What comes from now on has that many channels. */
  begin(channels: 1 | 2): void {
    this.#playback?.disconnect();
    const node = new AudioWorkletNode(this.#context, 'playback', {
      numberOfInputs: 0,
      outputChannelCount: [channels],
      processorOptions: { channels },
    });
    node.connect(this.#context.destination);
    this.#playback = node;
  }

  play(frame: Uint8Array): void {
    const copy = frame.slice().buffer;
    this.#playback?.port.postMessage(copy, [copy]);
  }

  close(): void {
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#microphone = null;
    void this.#context.close().catch(() => undefined);
  }
}
