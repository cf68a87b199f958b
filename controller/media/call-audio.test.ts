import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MediaLeg } from '../switch/port.ts';
import { CallAudio } from './call-audio.ts';
import { decode, encode, silenceByte } from './g711.ts';
import { Pacer } from './pacer.ts';

/** A pacer whose beat the test strikes itself. */
const handBeaten = () => {
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
  return { pacer, beat: () => beats.forEach((beat) => beat()), beats };
};

const recordingLeg = () => {
  const sent: Uint8Array[] = [];
  const leg: MediaLeg = {
    codec: 'PCMU',
    onFrame: null,
    send: (payload) => sent.push(Uint8Array.from(payload)),
    counters: { framesReceived: 0, framesSent: 0, gaps: 0, malformed: 0 },
    close: () => undefined,
  };
  return { leg, sent };
};

test('samples of any chunking leave once, in order, in whole frames', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 12 }), (lengths) => {
      const { pacer, beat } = handBeaten();
      const { leg, sent } = recordingLeg();
      const audio = new CallAudio({ pacer });
      audio.attach(leg);
      let value = 0;
      const all: number[] = [];
      for (const length of lengths) {
        const chunk = Int16Array.from({ length }, () => ((value++ % 90) + 1) * 200);
        all.push(...chunk);
        void audio.play(chunk);
      }
      const frames = Math.ceil(all.length / 160);
      for (let i = 0; i < frames + 2; i++) beat();
      const heard = sent.flatMap((payload) => Array.from(decode('PCMU', payload)));
      const expected = Array.from(decode('PCMU', encode('PCMU', Int16Array.from(all))));
      expect(sent.every((payload) => payload.length === 160)).toBe(true);
      expect(heard.slice(0, expected.length)).toEqual(expected);
      expect(heard.slice(expected.length).every((sample) => sample === 0)).toBe(true);
    }),
  );
});

test('a flush drops what is queued at once and says so; what comes after is played', async () => {
  const { pacer, beat } = handBeaten();
  const { leg, sent } = recordingLeg();
  const audio = new CallAudio({ pacer });
  audio.attach(leg);
  const first = audio.play(new Int16Array(1600).fill(8000));
  beat();
  audio.flush();
  beat();
  expect(await first).toBe('flushed');
  expect(sent[0]?.[0]).not.toBe(silenceByte.PCMU);
  expect(sent[1]?.every((byte) => byte === silenceByte.PCMU)).toBe(true);
  const second = audio.play(new Int16Array(160).fill(8000));
  beat();
  expect(await second).toBe('played');
});

test('a new leg takes over the queue, the old one gets nothing more', () => {
  const { pacer, beat, beats } = handBeaten();
  const [old, fresh] = [recordingLeg(), recordingLeg()];
  const audio = new CallAudio({ pacer });
  audio.attach(old.leg);
  void audio.play(new Int16Array(320).fill(8000));
  beat();
  audio.attach(fresh.leg);
  beat();
  expect(old.sent).toHaveLength(1);
  expect(fresh.sent[0]?.[0]).not.toBe(silenceByte.PCMU);
  expect(old.leg.onFrame).toBeNull();
  audio.close();
  expect(beats.size).toBe(0);
});

test('the clock keeps its rate over a hold-up and stops when nobody listens', async () => {
  const pacer = new Pacer({ onError: () => undefined });
  let beats = 0;
  const startMs = performance.now();
  const stop = await new Promise<() => void>((resolve) => {
    const remove = pacer.add(() => {
      beats++;
      if (beats === 5) while (performance.now() - startMs < 160) continue; // somebody blocks the process
      if (beats === 25) resolve(remove);
    });
  });
  const beatsDue = (performance.now() - startMs) / 20;
  stop();
  expect(beats / beatsDue).toBeGreaterThan(0.8);
  expect(beats / beatsDue).toBeLessThan(1.2);
  expect(pacer.listeners).toBe(0);
});

test('one call that fails does not take the clock from another', async () => {
  const errors: unknown[] = [];
  const pacer = new Pacer({ onError: (error) => errors.push(error) });
  const stopBad = pacer.add(() => {
    throw new Error('broken');
  });
  const stopGood = await new Promise<() => void>((resolve) => {
    let count = 0;
    const remove = pacer.add(() => {
      if (++count === 3) resolve(remove);
    });
  });
  stopBad();
  stopGood();
  expect(errors.length).toBeGreaterThanOrEqual(2);
});
