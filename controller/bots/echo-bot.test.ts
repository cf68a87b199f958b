import { expect, test } from 'vitest';
import { pcmu } from '../contract/audio.ts';
import type { Playback, PlayResult } from './bot.ts';
import { EchoBot } from './echo-bot.ts';

/** A call whose beat the test strikes: each takes the frame that waits longest. */
const callWith = () => {
  const waiting: { frame: Uint8Array; settle: (result: PlayResult) => void }[] = [];
  const bot = new EchoBot({
    call: {
      lineFormat: pcmu,
      play: (frame): Playback => ({
        playedMs: 0,
        done: new Promise((settle) => waiting.push({ frame, settle })),
      }),
    },
  });
  const beat = async (): Promise<number | null> => {
    const first = waiting.shift();
    first?.settle('played');
    await Promise.resolve();
    return first?.frame[0] ?? null;
  };
  return { bot, beat, waiting };
};
const frame = (value: number): Uint8Array => new Uint8Array(160).fill(value);

test('every frame comes back, and frames that come by twos now and then lose none', async () => {
  const { bot, beat } = callWith();
  const back: (number | null)[] = [];
  for (let at = 0; at < 100; at += 2) {
    // two between one beat and the next, none between that and the one after
    bot.hear(frame(at));
    bot.hear(frame(at + 1));
    back.push(await beat(), await beat());
  }
  expect(back).toEqual(Array.from({ length: 100 }, (_, at) => at));
});

test('an echo that has fallen a frame behind is back on time within a second', async () => {
  const { bot, beat, waiting } = callWith();
  // a beat was missed: from here on one frame always waits
  bot.hear(frame(0));
  for (let at = 1; at < 50; at++) {
    bot.hear(frame(at));
    await beat();
  }
  expect(waiting).toHaveLength(0);
});

test('what comes in a heap after a hold-up is dropped but for three frames', async () => {
  const { bot, waiting } = callWith();
  for (let at = 0; at < 20; at++) bot.hear(frame(at));
  expect(waiting.map(({ frame }) => frame[0])).toEqual([0, 1, 2]);
});
