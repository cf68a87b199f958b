import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loudness, toneShare } from '../../test/kit/tone.ts';
import { type AudioFormat, l16, pcmu } from '../contract/audio.ts';
import { decode, encode } from '../media/g711.ts';
import { bytesOf } from '../media/l16.ts';
import { CallRecorder } from './call-recorder.ts';
import { RecordingFile } from './recording-file.ts';
import { headerBytes, rateOfHeader } from './wav.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-wideband-'));
  path = join(folder, 'a.wav');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const recorderOf = (): CallRecorder => {
  const onError = (error: Error) => {
    throw error;
  };
  return new CallRecorder({ file: new RecordingFile({ path, nowMs: Date.now(), onError }) });
};

/** The nth 20 ms of a sine. */
const toneFrame = (hz: number, format: AudioFormat, nth: number): Uint8Array => {
  const samples = Int16Array.from({ length: format.sampleRate / 50 }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * hz * (nth / 50 + i / format.sampleRate)) % (2 * Math.PI))),
  );
  return format.encoding === 'L16' ? bytesOf(samples) : encode(format.encoding, samples);
};
const say = (recorder: CallRecorder, line: AudioFormat, callerHz: number, agentHz: number): void => {
  recorder.begin(line);
  for (let nth = 0; nth < 50; nth++) {
    recorder.fromCaller(toneFrame(callerHz, line, nth));
    recorder.toCaller(toneFrame(agentHz, line, nth));
  }
};
/** By the rate that the header says. */
const read = async () => {
  const file = await readFile(path);
  const audio = file.subarray(headerBytes);
  const side = (nth: number) =>
    decode(
      'PCMU',
      audio.filter((_, at) => at % 2 === nth),
    );
  expect(file.readUInt32LE(headerBytes - 4)).toBe(audio.length);
  return {
    rate: rateOfHeader(file),
    seconds: audio.length / file.readUInt32LE(28),
    caller: side(0),
    agent: side(1),
  };
};

test.each([16_000, 48_000] as const)(
  'a line of %i Hz is recorded with what lies above 4 kHz',
  async (rateOfLine) => {
    const recorder = recorderOf();
    say(recorder, l16(rateOfLine), 5000, 6500);
    expect(await recorder.stop()).toMatchObject({ reason: 'ended', audioBytes: 32_000 });
    const { rate, seconds, caller, agent } = await read();
    expect([rate, seconds]).toEqual([16_000, 1]);
    // without the start, in which the filter settles
    expect(toneShare(caller.subarray(800), 5000, rate)).toBeGreaterThan(0.99);
    expect(toneShare(agent.subarray(800), 6500, rate)).toBeGreaterThan(0.99);
    expect(loudness(caller.subarray(800))).toBeGreaterThan(5000);
  },
);

test.each([
  [pcmu, l16(16_000)],
  [l16(16_000), pcmu],
] as const)('a codec that changes from %o to %o leaves the file at its rate', async (first, then) => {
  const recorder = recorderOf();
  say(recorder, first, 700, 1100);
  say(recorder, then, 700, 1100);
  await recorder.stop();
  // and by the next controller, at once
  const next = recorderOf();
  say(next, then, 700, 1100);
  await next.stop();
  const { rate, seconds, caller, agent } = await read();
  expect(rate).toBe(first.sampleRate);
  expect(seconds).toBeGreaterThanOrEqual(3);
  expect(seconds).toBeLessThan(10);
  // a filter that begins shifts the sine: each second by itself
  for (const [from, to] of [
    [0, rate],
    [1.05 * rate, 2 * rate],
    [-0.95 * rate, caller.length],
  ] as const) {
    expect(toneShare(caller.subarray(from, to), 700, rate)).toBeGreaterThan(0.95);
    expect(toneShare(agent.subarray(from, to), 1100, rate)).toBeGreaterThan(0.95);
  }
});
