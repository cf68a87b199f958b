import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AudioFormat, frameBytesOf, l16, pcmu, type SampleRate } from '../contract/audio.ts';
import { longestQueueMs, PlayQueue } from './play-queue.ts';

const formats: AudioFormat[] = [pcmu, ...([8000, 16000, 24000, 48000] as SampleRate[]).map(l16)];

test('bytes of any chunking leave once, in order, in whole frames', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...formats),
      fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 12 }),
      (format, lengths) => {
        const queue = new PlayQueue();
        let value = 0;
        const all: number[] = [];
        for (const length of lengths) {
          const chunk = Uint8Array.from({ length }, () => (value++ % 250) + 1);
          all.push(...chunk);
          queue.play(chunk, format);
        }
        const size = frameBytesOf(format);
        const whole = all.length - (format.encoding === 'L16' ? all.length % 2 : 0);
        const left: number[] = [];
        for (let frame = queue.takeFrame(); frame; frame = queue.takeFrame()) {
          expect(frame.frame.length).toBe(size);
          left.push(...frame.frame);
        }
        expect(left.length).toBe(Math.ceil(whole / size) * size);
        expect(left.slice(0, whole)).toEqual(all.slice(0, whole));
        expect(queue.queuedMs).toBe(0);
      },
    ),
  );
});

test('a sample that two chunks share is put together, also over an underrun', () => {
  const queue = new PlayQueue();
  queue.play(Uint8Array.of(1, 2, 3), l16(8000));
  expect(queue.takeFrame()?.frame.subarray(0, 4)).toEqual(Uint8Array.of(1, 2, 0, 0));
  queue.play(Uint8Array.of(4, 5), l16(8000));
  queue.play(Uint8Array.of(6), l16(8000));
  expect(queue.takeFrame()?.frame.subarray(0, 4)).toEqual(Uint8Array.of(3, 4, 5, 6));
});

test('what was played and what was flushed is known to the sample', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...formats),
      fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 20 }),
      (format, lengthsMs, beats) => {
        const queue = new PlayQueue();
        const bytesOfMs = frameBytesOf(format) / 20;
        const pieces = lengthsMs.map((ms) => queue.play(new Uint8Array(ms * bytesOfMs), format));
        for (let i = 0; i < beats; i++) queue.takeFrame();
        queue.flush();
        let leftMs = beats * 20;
        for (const [at, piece] of pieces.entries()) {
          const lengthMs = lengthsMs[at] as number;
          expect(piece.playedMs).toBeCloseTo(Math.min(lengthMs, Math.max(0, leftMs)), 6);
          leftMs -= lengthMs;
        }
      },
    ),
  );
});

test('marks and pieces settle in the order in which they were queued, by what became of them', async () => {
  const queue = new PlayQueue();
  const order: string[] = [];
  const follow = (name: string, done: Promise<string>): unknown =>
    done.then((result) => order.push(`${name} ${result}`));
  follow('mark 0', queue.mark());
  follow('a', queue.play(new Uint8Array(100), pcmu).done);
  follow('mark 1', queue.mark());
  follow('b', queue.play(new Uint8Array(100), pcmu).done);
  follow('mark 2', queue.mark());
  follow('mark 3', queue.mark());
  queue.takeFrame();
  await Promise.resolve();
  expect(order).toEqual(['mark 0 played', 'a played', 'mark 1 played']);
  queue.flush();
  await Promise.resolve();
  expect(order.slice(3)).toEqual(['b flushed', 'mark 2 flushed', 'mark 3 flushed']);
  expect(queue.isEmpty).toBe(true);
});

test('a queue takes as much as it says and not a byte more', async () => {
  const queue = new PlayQueue();
  const all = queue.play(new Uint8Array(longestQueueMs * 8), pcmu);
  expect(all.isRefused).toBe(false);
  expect(await queue.play(new Uint8Array(1), pcmu).done).toBe('refused');
  queue.takeFrame();
  expect(queue.play(new Uint8Array(160), pcmu).isRefused).toBe(false);
});
