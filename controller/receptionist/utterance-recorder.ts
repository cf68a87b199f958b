/** Keeps what the caller is saying, with a little from before it was clear that he speaks. Knows no words. */
import { type EndpointerEvent, levelDb, next, startEndpointer } from './speech/endpointer.ts';

/** 300 ms before the first loud frame: an "s" or "f" is quiet. */
const leadFrames = 15;

export class UtteranceRecorder {
  #endpointer = startEndpointer();
  #frames: Int16Array[] = [];

  /** One frame; `end` leaves the utterance to be taken with `samples` and then cleared. */
  take(frame: Int16Array, agentSpeaks: boolean): EndpointerEvent {
    const { state, event } = next(this.#endpointer, levelDb(frame), agentSpeaks);
    this.#endpointer = state;
    // the audio core may use its buffer again
    this.#frames.push(frame.slice());
    if (state.phase === 'silence' && event !== 'end') this.#frames = this.#frames.slice(-leadFrames);
    else if (state.phase === 'maybe') this.#frames = this.#frames.slice(-(leadFrames + state.speechFrames));
    return event;
  }

  /** Everything since shortly before the caller began. */
  samples(): Int16Array {
    const length = this.#frames.reduce((sum, frame) => sum + frame.length, 0);
    const all = new Int16Array(length);
    let at = 0;
    for (const frame of this.#frames) {
      all.set(frame, at);
      at += frame.length;
    }
    return all;
  }

  clear(): void {
    this.#frames = [];
  }
}
