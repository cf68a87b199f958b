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
