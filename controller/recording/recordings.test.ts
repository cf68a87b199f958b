import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, truncate, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pcmu } from '../contract/audio.ts';
import { silentLog } from '../log.ts';
import { encode } from '../media/g711.ts';
import { readPeaks } from './peaks.ts';
import { type RecordingFacts, Recordings, type RecordingsOptions } from './recordings.ts';
import { bytesPerFrame as bytesPerFrameAt, headerBytes } from './wav.ts';

const bytesPerFrame = bytesPerFrameAt(8000);
let folder: string;
let rows: Map<string, RecordingFacts>;
let ready: RecordingFacts[];
/** calls that have a row */
let calls: Set<string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-recordings-'));
  rows = new Map();
  ready = [];
  calls = new Set(['a', 'b', 'c']);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const opened = async (changes: Partial<RecordingsOptions> = {}): Promise<Recordings> => {
  const recordings = new Recordings({
    folder,
    rows: {
      put: async (facts) => (calls.has(facts.callId) && rows.set(facts.callId, facts) ? 'workspace' : null),
      remove: async (callIds) => callIds.forEach((callId) => rows.delete(callId)),
      callIds: async () => [...rows.keys()],
      expired: async () => [],
    },
    days: 0,
    bytes: 1e9,
    keepFreeBytes: 0,
    onReady: (facts) => ready.push(facts),
    log: silentLog(),
    ...changes,
  });
  await recordings.start();
  await recordings.tidy();
  return recordings;
};

const run = promisify(execFile);
/** Makes the folder a disk of one megabyte; false without the right to. */
const mounted = (path: string): Promise<boolean> =>
  run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]).then(
    () => true,
    () => false,
  );

const frame = (code: number): Uint8Array => new Uint8Array(160).fill(code);
const begun = (recordings: Recordings, callId: string, failures: string[] = []) => {
  const live = recordings.begin(callId, (reason) => failures.push(reason));
  if (!live) throw new Error(failures.join());
  live.recorder.begin(pcmu);
  return live;
};
const record = (live: ReturnType<typeof begun>, frames: number, caller = 0x10, agent = 0x20): void => {
  for (let i = 0; i < frames; i++) {
    live.recorder.fromCaller(frame(caller));
    live.recorder.toCaller(frame(agent));
  }
};
const audioOf = async (callId: string): Promise<Uint8Array> =>
  (await readFile(join(folder, `${callId}.wav`))).subarray(headerBytes);

test('the caller is left and the agent right, whole, in a file that players know', async () => {
  const recordings = await opened();
  const live = begun(recordings, 'a');
  record(live, 120);
  await live.stop();
  const audio = await audioOf('a');
  expect(audio.length).toBe(120 * bytesPerFrame);
  expect(audio.every((code, at) => code === (at % 2 === 0 ? 0x10 : 0x20))).toBe(true);
  const header = (await readFile(join(folder, 'a.wav'))).subarray(0, headerBytes);
  expect(header.toString('latin1', 0, 4)).toBe('RIFF');
  expect(header.readUInt32LE(4)).toBe(headerBytes - 8 + audio.length);
  expect([header.readUInt16LE(20), header.readUInt16LE(22), header.readUInt32LE(24)]).toEqual([7, 2, 8000]);
  expect(header.readUInt32LE(headerBytes - 4)).toBe(audio.length);
  expect(ready).toMatchObject([{ callId: 'a', seconds: 2.4, bytes: headerBytes + audio.length }]);
  expect([...rows.keys()]).toEqual(['a']);
  await recordings.stop();
});

test('the next controller goes on in the file of one that was killed, behind the time between', async () => {
  const killed = await opened();
  record(begun(killed, 'a'), 100);
  const path = join(folder, 'a.wav');
  // what it had written is there without any farewell; the last frame was cut in the middle
  await expect.poll(async () => (await readFile(path)).length).toBe(headerBytes + 100 * bytesPerFrame);
  await truncate(path, headerBytes + 99 * bytesPerFrame + 7);
  const twoSecondsAgo = Date.now() / 1000 - 2;
  await utimes(path, twoSecondsAgo, twoSecondsAgo);

  const next = await opened();
  const live = begun(next, 'a');
  record(live, 50, 0x11, 0x22);
  await live.stop();
  const audio = await audioOf('a');
  expect(audio.length % bytesPerFrame).toBe(0);
  const pauseSeconds = (audio.length - 149 * bytesPerFrame) / 16_000;
  expect(pauseSeconds).toBeGreaterThan(1.9);
  expect(pauseSeconds).toBeLessThan(10);
  expect([audio[0], audio[1], audio.at(-2), audio.at(-1)]).toEqual([0x10, 0x20, 0x11, 0x22]);
  expect(ready.at(-1)?.bytes).toBe(headerBytes + audio.length);
  await next.stop();
});

test('a recording whose controller died with its call gets its row afterwards', async () => {
  const killed = await opened();
  record(begun(killed, 'a'), 100);
  await expect.poll(async () => (await killed.find('a'))?.audioBytes).toBe(100 * bytesPerFrame);
  expect(rows.size).toBe(0);
  const next = await opened();
  expect(ready).toMatchObject([{ callId: 'a', seconds: 2 }]);
  await next.stop();
});

test('a pause of the line is a pause in the recording', async () => {
  let nowMs = 0;
  const recordings = await opened();
  const file = begun(recordings, 'a');
  await file.stop();
  const { CallRecorder } = await import('./call-recorder.ts');
  const { RecordingFile } = await import('./recording-file.ts');
  const path = join(folder, 'b.wav');
  const recorder = new CallRecorder({
    file: new RecordingFile({ path, nowMs: Date.now(), onError: () => undefined }),
    now: () => nowMs,
  });
  recorder.begin(pcmu);
  recorder.toCaller(frame(1));
  nowMs = 3000;
  recorder.toCaller(frame(2));
  await recorder.stop();
  const audio = await audioOf('b');
  expect(audio.length).toBe((1 + 150 + 1) * bytesPerFrame);
  expect(audio[bytesPerFrame]).toBe(0xff);
  expect(audio.at(-1)).toBe(2);
  await recordings.stop();
});

test('a full disk ends the recording and is said; the call’s audio does not notice', async () => {
  const recordings = await opened();
  // whatever is written to it: no space left on device
  await symlink('/dev/full', join(folder, 'a.wav'));
  const failures: string[] = [];
  const live = begun(recordings, 'a', failures);
  record(live, 500);
  await expect.poll(() => failures).toHaveLength(1);
  expect(failures[0]).toMatch(/ENOSPC/);
  expect(recordings.problem).toMatch(/ENOSPC/);
  record(live, 500);
  await live.stop();
  // the next call is told at once
  expect(recordings.begin('b', (reason) => failures.push(reason))).toBeNull();
  expect(failures).toHaveLength(2);
  await rm(join(folder, 'a.wav'));
  await recordings.tidy();
  expect(recordings.problem).toBeNull();
  await recordings.stop();
});

test('a small disk that fills up ends the recording, keeps what was said, and is used again when it has room', async () => {
  // where nobody may mount one: a file that takes nothing
  const isDisk = await mounted(folder);
  if (!isDisk) await symlink('/dev/full', join(folder, 'a.wav'));
  try {
    const recordings = await opened();
    const failures: string[] = [];
    const live = begun(recordings, 'a', failures);
    // a megabyte is a minute; the call goes on for another one
    for (let at = 0; at < 13; at++) {
      const before = (await recordings.find('a'))?.audioBytes ?? 0;
      record(live, 500);
      await expect
        .poll(async () => failures.length > 0 || ((await recordings.find('a'))?.audioBytes ?? 0) > before)
        .toBe(true);
    }
    expect(failures).toEqual([expect.stringMatching(/ENOSPC/)]);
    await live.stop();
    expect(recordings.begin('b', (reason) => failures.push(reason))).toBeNull();
    const kept = (await recordings.find('a'))?.audioBytes ?? 0;
    expect(kept > 900_000).toBe(isDisk);
    await rm(join(folder, 'a.wav'));
    await recordings.tidy();
    expect(recordings.problem).toBeNull();
    const next = begun(recordings, 'c');
    record(next, 100);
    await next.stop();
    expect((await recordings.find('c'))?.audioBytes).toBe(100 * bytesPerFrame);
    await recordings.stop();
  } finally {
    if (isDisk) await run('umount', [folder]);
  }
});

test('nothing is recorded while the disk has less room than the database may need', async () => {
  const recordings = await opened({ keepFreeBytes: Number.MAX_SAFE_INTEGER });
  const failures: string[] = [];
  expect(recordings.begin('a', (reason) => failures.push(reason))).toBeNull();
  expect(failures[0]).toMatch(/disk is full/);
  await recordings.stop();
});

test('the oldest recordings go when there are too many or too old ones, and their rows with them', async () => {
  const recordings = await opened({ days: 30, bytes: 2 * (headerBytes + 50 * bytesPerFrame) });
  const day = 86_400_000;
  for (const [callId, ageMs] of [
    ['a', 31 * day],
    ['b', 2 * day],
    ['c', day],
  ] as const) {
    const live = begun(recordings, callId);
    record(live, 50);
    await live.stop();
    const at = (Date.now() - ageMs) / 1000;
    await utimes(join(folder, `${callId}.wav`), at, at);
  }
  await recordings.tidy();
  expect([...rows.keys()]).toEqual(['b', 'c']);
  calls.add('d');
  const live = begun(recordings, 'd');
  record(live, 50);
  await live.stop();
  await recordings.tidy();
  expect([...rows.keys()].toSorted()).toEqual(['c', 'd']);
  expect(await recordings.find('b')).toBeNull();
  await recordings.stop();
});

test('what is being recorded cannot be removed, what is complete can', async () => {
  const recordings = await opened();
  const live = begun(recordings, 'a');
  record(live, 100);
  await expect.poll(async () => (await recordings.find('a'))?.live).toBe(true);
  expect(await recordings.remove('a')).toBe(false);
  await live.stop();
  expect(await recordings.remove('a')).toBe(true);
  expect(rows.size).toBe(0);
  expect(await recordings.find('a')).toBeNull();
  await recordings.stop();
});

test.each(['../a', 'a/b', '', 'a.wav/..', 'x'.repeat(100)])('%j is no call', async (callId) => {
  const recordings = await opened();
  expect(await recordings.find(callId)).toBeNull();
  await recordings.stop();
});

test('peaks show who spoke when', async () => {
  const recordings = await opened();
  const live = begun(recordings, 'a');
  const loud = encode('PCMU', Int16Array.of(32_000))[0] as number;
  record(live, 50, loud, 0xff);
  record(live, 50, 0xff, loud);
  await live.stop();
  const found = await recordings.find('a');
  if (found === null) throw new Error('no recording');
  const peaks = await readPeaks(found, 4);
  expect(peaks.seconds).toBe(2);
  expect(peaks.caller.map((height) => height > 90)).toEqual([true, true, false, false]);
  expect(peaks.agent.map((height) => height > 90)).toEqual([false, false, true, true]);
  await recordings.stop();
});
