import { describe, expect, test } from 'vitest';
import { ReplyClock } from './reply-clock.ts';

/** What a caller does, in seconds: speaks, or is quiet. */
type Part = readonly ['speaks' | 'quiet', number];

/** When the clock says something, in seconds from the start. */
const said = (clock: ReplyClock, parts: readonly Part[]): [string, number][] => {
  const all: [string, number][] = [];
  let atMs = 0;
  for (const [what, seconds] of parts) {
    for (let ms = 0; ms < seconds * 1000; ms += 20) {
      atMs += 20;
      const result = clock.heard(what === 'speaks');
      if (result !== 'nothing') all.push([result, Math.round(atMs / 1000)]);
    }
  }
  return all;
};
const repeated = (parts: readonly Part[], times: number): Part[] =>
  Array.from({ length: times }, () => parts).flat();

describe('a bot that has gone mute', () => {
  test('a caller who asks again and again is told, then the bot has failed', () => {
    const asking = repeated(
      [
        ['speaks', 1],
        ['quiet', 4],
      ],
      20,
    );
    const [told, failed] = said(new ReplyClock(20), asking);
    expect(told?.[0]).toBe('told');
    expect(failed?.[0]).toBe('failed');
    // neither his words nor his pauses set it back
    expect(told?.[1]).toBeLessThan(40);
    expect(failed?.[1]).toBeLessThan(80);
  });

  test('one who never stops, or whose line never does, is not left alone for ever either', () => {
    const results = said(new ReplyClock(20), [['speaks', 200]]);
    expect(results.map(([result]) => result)).toEqual(['told', 'failed']);
    expect(results[0]?.[1]).toBeGreaterThan(60);
  });

  test('who says nothing after he was told may be the one who is expected to speak', () => {
    const results = said(new ReplyClock(20), [
      ['speaks', 1],
      ['quiet', 600],
    ]);
    expect(results.map(([result]) => result)).toEqual(['told']);
  });

  test('a key is a word', () => {
    const clock = new ReplyClock(20);
    clock.keyed();
    expect(said(clock, [['quiet', 30]])).toEqual([['told', 20]]);
  });
});

describe('a bot that has not', () => {
  test('a long story with its breaths is no wait', () => {
    const story = repeated(
      [
        ['speaks', 5],
        ['quiet', 1],
      ],
      12,
    );
    expect(said(new ReplyClock(20), story)).toEqual([]);
  });

  test('clicks, coughs and silence ask for nothing', () => {
    const noise = repeated(
      [
        ['speaks', 0.2],
        ['quiet', 3],
      ],
      100,
    );
    expect(said(new ReplyClock(5), noise)).toEqual([]);
  });

  test('one that answers each time owes nothing, however slow, and a notice is forgotten', () => {
    const clock = new ReplyClock(20);
    for (let nth = 0; nth < 5; nth++) {
      const results = said(clock, [
        ['speaks', 3],
        ['quiet', 25],
      ]);
      expect(results.map(([result]) => result)).toEqual(['told']);
      clock.settled();
    }
  });

  test('0 waits for ever; a first word that has to come at once leaves time for the answers', () => {
    const asks: Part[] = [
      ['speaks', 1],
      ['quiet', 3],
    ];
    expect(said(new ReplyClock(0), repeated(asks, 1000))).toEqual([]);
    expect(said(new ReplyClock(1), asks)).toEqual([]);
  });
});
