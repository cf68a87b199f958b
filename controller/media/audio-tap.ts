/** Who listens to a call beside its bot: a recording, a level meter. Types only. */
import type { AudioFormat } from '../contract/audio.ts';

export type AudioTap = {
  /** Audio begins, in the line's format; again after a transfer that failed. */
  begin(format: AudioFormat): void;
  /** A frame from the caller, when it comes. Must return at once, and keep the frame only if it leaves it alone. */
  fromCaller(frame: Uint8Array): void;
  /** A frame to the caller, on every beat, silence included. */
  toCaller(frame: Uint8Array): void;
};
