import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AudioFormat, l16, pcma, pcmu, silentFrameOf } from '../contract/audio.ts';
import type { MediaLeg } from '../switch/port.ts';
import { CallAudio } from './call-audio.ts';
import { decode, encode } from './g711.ts';
import { bytesOf, samplesOf } from './l16.ts';
import { Pacer } from './pacer.ts';

/** A call on a PCMU line, with a pacer whose beat the test strikes itself. */
const callWith = (options: { hears?: AudioFormat; speaks?: AudioFormat } = {}) => {
  const beats = new Set<() => void>();
  const pacer = new Pacer({
    onError: (error) => {
      throw error;
    },
  });
  pacer.add = (beat) => {
    beats.add(beat);
    return () => beats.delete(beat);
  };
  const audio = new CallAudio({ pacer });
  audio.use({ hears: options.hears ?? l16(8000), speaks: options.speaks ?? l16(8000) });
  return { audio, beats, beat: () => beats.forEach((beat) => beat()) };
};

const recordingLeg = () => {
  const sent: Uint8Array[] = [];
  const leg: MediaLeg = {
    codec: 'PCMU',
    format: pcmu,
    onFrame: null,
    send: (payload) => sent.push(payload),
    counters: { framesReceived: 0, framesSent: 0, gaps: 0, malformed: 0 },
    close: () => undefined,
  };
  return { leg, sent };
};

const silence = silentFrameOf(pcmu);
const loud = (frames: number) => bytesOf(new Int16Array(160 * frames).fill(8000));

test("a bot that speaks the line's codec is passed through byte by byte, both ways", () => {
  const { audio, beat } = callWith({ hears: pcmu, speaks: pcmu });
  const { leg, sent } = recordingLeg();
  const heard: Uint8Array[] = [];
  audio.onCallerFrame = (frame) => heard.push(frame);
  audio.attach(leg);
  // every byte, also those that no encoder makes
  const payload = Uint8Array.from({ length: 160 }, (_, at) => at);
  leg.onFrame?.(payload);
  expect(heard[0]).toBe(payload);
  audio.play(payload);
  beat();
  expect(sent[0]).toEqual(payload);
});

test('PCMA and L16 bots are converted sample by sample', () => {
  const alaw = Uint8Array.from({ length: 160 }, (_, at) => at);
  for (const [format, chunk] of [
    [pcma, alaw],
    [l16(8000), bytesOf(decode('PCMA', alaw))],
  ] as const) {
    const { audio, beat } = callWith({ hears: format, speaks: format });
    const { leg, sent } = recordingLeg();
    const heard: Uint8Array[] = [];
    audio.onCallerFrame = (frame) => heard.push(frame);
    audio.attach(leg);
    audio.play(chunk);
    beat();
    expect(sent[0]).toEqual(encode('PCMU', decode('PCMA', alaw)));
    const payload = sent[0] as Uint8Array;
    leg.onFrame?.(payload);
    const samples =
      format.encoding === 'L16' ? samplesOf(heard[0] as Uint8Array) : decode('PCMA', heard[0] as Uint8Array);
    const said = decode('PCMU', payload);
    for (const [at, sample] of samples.entries())
      expect(Math.abs(sample - (said[at] as number))).toBeLessThanOrEqual(Math.max(8, Math.abs(sample) / 16));
  }
});

test('silence goes out while the bot is quiet', () => {
  const { audio, beat } = callWith();
  const { leg, sent } = recordingLeg();
  audio.attach(leg);
  beat();
  void audio.play(loud(1));
  beat();
  beat();
  expect(sent.map((frame) => frame.every((byte) => byte === 0xff))).toEqual([true, false, true]);
});

test("a notice in another format takes its turn among the bot's words", () => {
  const { audio, beat } = callWith({ speaks: pcmu });
  const { leg, sent } = recordingLeg();
  audio.attach(leg);
  audio.play(new Uint8Array(80).fill(0x10));
  audio.play(loud(1), l16(8000));
  audio.play(new Uint8Array(160).fill(0x20));
  beat();
  beat();
  beat();
  expect(sent[0]?.subarray(0, 80).every((byte) => byte === 0x10)).toBe(true);
  expect(sent[0]?.subarray(80).every((byte) => byte === 0xff)).toBe(true);
  expect(sent[1]).toEqual(encode('PCMU', new Int16Array(160).fill(8000)));
  expect(sent[2]?.every((byte) => byte === 0x20)).toBe(true);
});

test('a flush drops what is queued at once and says so; what comes after is played', async () => {
  const { audio, beat } = callWith();
  const { leg, sent } = recordingLeg();
  audio.attach(leg);
  const first = audio.play(loud(10));
  beat();
  audio.flush();
  beat();
  expect(await first.done).toBe('flushed');
  expect(first.playedMs).toBe(20);
  expect(sent[0]).not.toEqual(silence);
  expect(sent[1]).toEqual(silence);
  const second = audio.play(loud(1));
  beat();
  expect(await second.done).toBe('played');
});

test('a new leg takes over the queue, the old one gets nothing more', () => {
  const { audio, beat, beats } = callWith();
  const [old, fresh] = [recordingLeg(), recordingLeg()];
  audio.attach(old.leg);
  audio.play(loud(2));
  beat();
  audio.attach(fresh.leg);
  beat();
  expect(old.sent).toHaveLength(1);
  expect(fresh.sent[0]).not.toEqual(silence);
  expect(old.leg.onFrame).toBeNull();
  audio.close();
  expect(beats.size).toBe(0);
});

test('the bot hears 50 frames a second, silence where the caller sends none, and no frame of his is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 100 }),
      (framesOfBeat) => {
        const { audio, beat } = callWith({ hears: pcmu });
        const { leg } = recordingLeg();
        const heard: Uint8Array[] = [];
        audio.onCallerFrame = (frame) => heard.push(frame);
        audio.attach(leg);
        let said = 0;
        for (const frames of framesOfBeat) {
          for (let i = 0; i < frames; i++) leg.onFrame?.(new Uint8Array(160).fill(said++ % 100));
          beat();
        }
        const fromCaller = heard.filter((frame) => frame[0] !== 0xff);
        expect(fromCaller.map((frame) => frame[0])).toEqual(
          Array.from({ length: said }, (_, at) => at % 100),
        );
        expect(heard.length).toBeGreaterThanOrEqual(framesOfBeat.length - 10);
      },
    ),
  );
});

test('a bot that is too far ahead is told once, and nothing that was taken is lost', async () => {
  const { audio } = callWith({ speaks: pcmu });
  let told = 0;
  audio.onOverflow = () => told++;
  const tenMinutes = new Uint8Array(10 * 60 * 8000);
  const taken = audio.play(tenMinutes);
  const refused = audio.play(tenMinutes);
  const alsoRefused = audio.play(tenMinutes);
  expect(audio.queuedMs).toBe(10 * 60_000);
  expect([await refused.done, await alsoRefused.done, told]).toEqual(['refused', 'refused', 1]);
  audio.flush();
  expect(await taken.done).toBe('flushed');
});

test('a notice is heard to its end before the bot, whatever the bot flushes', async () => {
  const { audio, beat } = callWith({ speaks: pcmu });
  const { leg, sent } = recordingLeg();
  audio.attach(leg);
  const notice = audio.announce(loud(3), l16(8000));
  audio.play(new Uint8Array(160).fill(1));
  beat();
  audio.flush();
  const words = new Uint8Array(160).fill(2);
  const later = audio.play(words);
  for (let frame = 0; frame < 3; frame += 1) beat();
  expect(await notice.done).toBe('played');
  expect(sent.slice(0, 3).some((frame) => Buffer.from(frame).equals(silence))).toBe(false);
  expect(sent[3]).toEqual(words);
  expect(await later.done).toBe('played');
  // nobody waits for one that nobody will hear
  const last = audio.announce(loud(3), l16(8000));
  audio.close();
  expect(await last.done).toBe('flushed');
});
