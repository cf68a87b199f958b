import type { Request, Response } from 'express';
import { expect, test } from 'vitest';
import { audioFirst } from './audio-first.ts';

test('a burst begins in its order, and a timer that is due fires between two of its requests', async () => {
  const gate = audioFirst({ perTurn: 1 });
  const log: string[] = [];
  const busy = (forMs: number): void => {
    const until = performance.now() + forMs;
    while (performance.now() < until);
  };
  await new Promise<void>((resolve) => {
    for (const name of ['first', 'second', 'third', 'fourth'])
      gate({} as Request, {} as Response, () => {
        log.push(name);
        // longer than the timer below has to wait: it is due before the next request begins
        busy(5);
        if (name === 'fourth') resolve();
      });
    setTimeout(() => log.push('frame'), 1);
  });
  expect(log.filter((line) => line !== 'frame')).toEqual(['first', 'second', 'third', 'fourth']);
  expect(log.indexOf('frame')).toBeLessThan(log.indexOf('third'));
});
