import { createSocket } from 'node:dgram';
import { expect, test } from 'vitest';
import { Pacer } from './pacer.ts';

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

test('calls take turns within the 20 ms, each with its own beat', async () => {
  const pacer = new Pacer({ onError: () => undefined });
  const beats: number[] = [];
  const removes: (() => void)[] = [];
  await new Promise<void>((resolve) => {
    for (let call = 0; call < 8; call++)
      removes.push(
        pacer.add(() => {
          beats.push(call);
          if (beats.length === 80) resolve();
        }),
      );
  });
  for (const remove of removes) remove();
  expect(pacer.listeners).toBe(0);
  // two a turn, four turns, always in the same order: nobody gets two beats before everybody has had one
  const rounds = Array.from({ length: 10 }, (_, round) => beats.slice(8 * round, 8 * round + 8));
  expect(rounds[0]).toEqual([0, 4, 1, 5, 2, 6, 3, 7]);
  for (const round of rounds) expect(round).toEqual(rounds[0]);
  expect(pacer.counters.turns).toBeGreaterThanOrEqual(40);
});

test('after a hold-up what has come meanwhile is read before the beats are made up', async ({
  onTestFinished,
}) => {
  const pacer = new Pacer({ onError: () => undefined });
  const socket = createSocket({
    type: 'udp4',
    lookup: (name, _options, callback) => callback(null, name, 4),
  });
  onTestFinished(() => void socket.close());
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', () => resolve()));
  let received = 0;
  socket.on('message', () => {
    received++;
    pacer.heard();
  });
  const { port } = socket.address();
  let beats = 0;
  const atBeat = await new Promise<number>((resolve) => {
    const remove = pacer.add(() => {
      beats++;
      if (beats === 2) {
        // more than one turn of the event loop reads
        for (let i = 0; i < 100; i++) socket.send(Buffer.alloc(160), port, '127.0.0.1');
        const startMs = performance.now();
        while (performance.now() - startMs < 60) continue;
      }
      // it was held up for three beats: the first of those that are made up
      if (beats === 3) {
        remove();
        resolve(received);
      }
    });
  });
  expect(atBeat).toBe(100);
  expect(pacer.counters.lateTurns).toBeGreaterThanOrEqual(1);
});

test('a process that is busy all the time, and hears a frame in each of its turns, keeps the rate', async () => {
  const pacer = new Pacer({ onError: () => undefined });
  const busyMs = 25;
  let isOver = false;
  const work = (): void => {
    if (isOver) return;
    const startMs = performance.now();
    while (performance.now() - startMs < busyMs) continue;
    pacer.heard();
    setImmediate(work);
  };
  let beats = 0;
  const startMs = performance.now();
  const remove = pacer.add(() => beats++);
  work();
  await new Promise((resolve) => setTimeout(resolve, 40 * busyMs));
  isOver = true;
  remove();
  const beatsDue = (performance.now() - startMs) / 20;
  expect(beats / beatsDue).toBeGreaterThan(0.8);
});
