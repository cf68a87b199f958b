/** What a caller hears while a target is called for him: a second of ringing tone, four of silence (ITU-T E.180). */
import { l16 } from '../contract/audio.ts';
import type { CallAudio } from './call-audio.ts';

const format = l16(8000);
const ringSamples = 8000;
const pauseSamples = 32_000;

let made: Uint8Array | null = null;

/** 425 Hz, soft. */
const ringing = (): Uint8Array => {
  made ??= new Uint8Array(
    Int16Array.from({ length: ringSamples + pauseSamples }, (_, index) =>
      index < ringSamples ? Math.round(2500 * Math.sin((2 * Math.PI * 425 * index) / 8000)) : 0,
    ).buffer,
  );
  return made;
};

/** Plays it until the returned function is called. */
export const playRingback = (audio: Pick<CallAudio, 'play' | 'flush' | 'mark'>): (() => void) => {
  const stopping = new AbortController();
  const go = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      audio.play(ringing(), format);
      if ((await audio.mark()) !== 'played') return;
    }
  };
  void go();
  return () => {
    stopping.abort();
    audio.flush();
  };
};
