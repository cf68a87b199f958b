import { expect, test } from 'vitest';
import { type Endpointer, type EndpointerEvent, levelDb, next, startEndpointer } from './endpointer.ts';

/** Steps over levels; the events with the frame at which each came. */
const run = (levels: readonly number[], agentSpeaks = false): { event: EndpointerEvent; frame: number }[] => {
  let state: Endpointer = startEndpointer();
  const events: { event: EndpointerEvent; frame: number }[] = [];
  for (const [frame, level] of levels.entries()) {
    const step = next(state, level, agentSpeaks);
    state = step.state;
    if (step.event !== 'none') events.push({ event: step.event, frame });
  }
  return events;
};
const frames = (count: number, level: number): number[] => Array.from({ length: count }, () => level);
const quiet = (count: number): number[] => frames(count, -65);
const speech = (count: number): number[] => frames(count, -22);

test('speech begins after some frames and ends 500 ms after its last', () => {
  expect(run([...quiet(50), ...speech(40), ...quiet(60)])).toEqual([
    { event: 'start', frame: 53 },
    { event: 'pause', frame: 103 },
    { event: 'end', frame: 114 },
  ]);
});

test('a pause between first and last name does not end it', () => {
  expect(run([...speech(20), ...quiet(20), ...speech(20), ...quiet(40)]).map(({ event }) => event)).toEqual([
    'start',
    'pause',
    'resume',
    'pause',
    'end',
  ]);
});

test('a click is no speech', () => {
  expect(run([...quiet(30), ...frames(2, -10), ...quiet(30)])).toEqual([]);
  expect(run([...quiet(30), ...frames(3, -10), ...quiet(30), ...frames(3, -10), ...quiet(30)], true)).toEqual(
    [],
  );
});

test('while the agent speaks it takes 200 ms, and its own echo at a low level is nothing', () => {
  expect(run([...quiet(30), ...speech(20)], true)).toEqual([{ event: 'start', frame: 39 }]);
  expect(run([...quiet(30), ...frames(200, -38)], true)).toEqual([]);
  // the same level from a caller who is asked is speech
  expect(run([...quiet(30), ...frames(20, -38)])).toHaveLength(1);
});

test('syllables with gaps are one speech', () => {
  const syllables = Array.from({ length: 6 }, () => [...speech(4), ...quiet(3)]).flat();
  expect(run([...quiet(20), ...syllables, ...quiet(40)], true).map(({ event }) => event)).toEqual([
    'start',
    'pause',
    'end',
  ]);
});

test('on a noisy line the floor rises, and speech over it is still found', () => {
  const noise = frames(400, -44);
  const events = run([...noise, ...speech(30), ...frames(60, -44)]).map(({ event }) => event);
  expect(events.slice(-3)).toEqual(['start', 'pause', 'end']);
});

test('somebody who never stops is ended', () => {
  expect(run(speech(700)).map(({ event }) => event)).toContain('end');
});

test('levels: silence is the bottom, full scale the top, a constant is silence', () => {
  expect(levelDb(new Int16Array(160))).toBe(-96);
  expect(levelDb(new Int16Array(160).fill(12_000))).toBe(-96);
  expect(levelDb(Int16Array.from({ length: 160 }, (_, at) => (at % 2 ? 32_767 : -32_768)))).toBeCloseTo(0, 1);
});
