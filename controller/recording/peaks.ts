/** The outline of a recording for a picture of it: how far each side goes in each of so many pieces. */
import { createReadStream } from 'node:fs';
import { decode } from '../media/g711.ts';
import { bytesPerSecond, headerBytes, type RecordingRate } from './wav.ts';

/** 0 to 100 for each piece: 100 is as loud as it can be. */
export type Peaks = { seconds: number; caller: number[]; agent: number[] };

/** Amplitude of each µ-law code, on a scale to 100. */
const amplitude = Float32Array.from(
  decode(
    'PCMU',
    Uint8Array.from({ length: 256 }, (_, code) => code),
  ),
  (sample) => (100 * Math.abs(sample)) / 32_124,
);

/** Reads the file through once, a piece at a time. */
export const readPeaks = async (
  { path, audioBytes, rate }: { path: string; audioBytes: number; rate: RecordingRate },
  pieces: number,
): Promise<Peaks> => {
  const count = Math.max(1, Math.min(pieces, Math.floor(audioBytes / 2)));
  const peaks = {
    caller: Array.from({ length: count }, () => 0),
    agent: Array.from({ length: count }, () => 0),
  };
  if (audioBytes > 0) {
    let at = 0;
    const stream = createReadStream(path, { start: headerBytes, end: headerBytes + audioBytes - 1 });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      for (const code of chunk) {
        const piece = Math.min(count - 1, Math.floor((at * count) / audioBytes));
        const side = at % 2 === 0 ? peaks.caller : peaks.agent;
        const height = amplitude[code] as number;
        if (height > (side[piece] as number)) side[piece] = height;
        at++;
      }
    }
  }
  return {
    seconds: audioBytes / bytesPerSecond(rate),
    caller: peaks.caller.map(Math.round),
    agent: peaks.agent.map(Math.round),
  };
};
