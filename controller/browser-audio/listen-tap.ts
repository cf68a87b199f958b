/**
 * Both sides of a call for one listener: caller left, whoever talks to him right, on the beat of what the caller hears. What
 * goes wrong here ends the listening and nothing else.
 */
import { type AudioFormat, l16 } from '../contract/audio.ts';
import { browserFrameSamples, browserSampleRate } from '../contract/browser-audio.ts';
import type { AudioTap } from '../media/audio-tap.ts';
import { createFrameConverter, type FrameConverter } from '../media/frame-converter.ts';
import { bytesOf, samplesOf } from '../media/l16.ts';

/** Frames of the caller's that may come in a burst before they are cut: a listener wants to hear what is said now. */
const mostWaiting = 5;
const silence = new Int16Array(browserFrameSamples);

export const createListenTap = (options: {
  /** stereo, L16 */
  send: (audio: Uint8Array) => void;
  failed: (error: unknown) => void;
}): AudioTap => {
  let fromCaller: FrameConverter = (frame) => frame;
  let toCaller: FrameConverter = (frame) => frame;
  let waiting: Int16Array[] = [];
  let isOver = false;
  const guarded = (work: () => void): void => {
    if (isOver) return;
    try {
      work();
    } catch (error) {
      isOver = true;
      options.failed(error);
    }
  };
  return {
    begin: (format: AudioFormat) => {
      fromCaller = createFrameConverter(format, l16(browserSampleRate));
      toCaller = createFrameConverter(format, l16(browserSampleRate));
      waiting = [];
    },
    fromCaller: (frame) =>
      guarded(() => {
        waiting.push(samplesOf(fromCaller(frame)));
        if (waiting.length > mostWaiting) waiting.shift();
      }),
    toCaller: (frame) =>
      guarded(() => {
        const left = waiting.shift() ?? silence;
        const right = samplesOf(toCaller(frame));
        const stereo = new Int16Array(2 * browserFrameSamples);
        for (let at = 0; at < browserFrameSamples; at++) {
          stereo[2 * at] = left[at] ?? 0;
          stereo[2 * at + 1] = right[at] ?? 0;
        }
        options.send(bytesOf(stereo));
      }),
  };
};
