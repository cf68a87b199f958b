/** How loud both sides of a call are, ten times a second, for somebody who watches. Costs nothing while nobody does. */
import { type AudioFormat, frameMs } from '../contract/audio.ts';
import { type LiveLevels, quietestDb } from '../contract/live.ts';
import type { AudioTap } from './audio-tap.ts';
import { decode } from './g711.ts';
import { samplesOf } from './l16.ts';

export type Levels = Omit<LiveLevels, 'callId'>;
const periodFrames = 100 / frameMs;

export const createLevelTap = (onLevels: (levels: Levels) => void): AudioTap => {
  let squares: (frame: Uint8Array) => number = () => 0;
  let samplesPerFrame = 160;
  let caller = 0;
  let agent = 0;
  let frames = 0;
  return {
    begin: (format) => {
      squares = squaresOf(format);
      samplesPerFrame = (format.sampleRate / 1000) * frameMs;
    },
    fromCaller: (frame) => {
      caller += squares(frame);
    },
    toCaller: (frame) => {
      agent += squares(frame);
      if (++frames < periodFrames) return;
      const samples = periodFrames * samplesPerFrame;
      onLevels({ callerDb: decibels(caller / samples), agentDb: decibels(agent / samples) });
      caller = agent = frames = 0;
    },
  };
};

const decibels = (meanSquare: number): number =>
  Math.max(quietestDb, Math.min(0, Math.round(10 * Math.log10(Math.max(meanSquare, 1e-9) / 32_768 ** 2))));

const squaresByCode = (codec: 'PCMU' | 'PCMA'): Float64Array =>
  Float64Array.from(
    decode(
      codec,
      Uint8Array.from({ length: 256 }, (_, code) => code),
    ),
    (sample) => sample ** 2,
  );
const squareTables = { PCMU: squaresByCode('PCMU'), PCMA: squaresByCode('PCMA') };

const squaresOf = (format: AudioFormat): ((frame: Uint8Array) => number) => {
  if (format.encoding === 'L16')
    return (frame) => {
      let sum = 0;
      for (const sample of samplesOf(frame)) sum += sample * sample;
      return sum;
    };
  const table = squareTables[format.encoding];
  return (frame) => {
    let sum = 0;
    for (const code of frame) sum += table[code] as number;
    return sum;
  };
};
