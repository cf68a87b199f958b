/** What the watch tells, and that it is silent when nothing changes. */
import { expect, test } from 'vitest';
import type { SystemState } from '../contract/live.ts';
import { SystemWatch } from './system-watch.ts';

test('each change is told once', () => {
  const part = { ready: true, text: 'ready' };
  let system: SystemState = { switch: part, database: part, speech: part, disk: part, agents: part };
  const told: SystemState[] = [];
  const watch = new SystemWatch({ read: () => system, onChange: (now) => told.push(now) });
  watch.look();
  watch.look();
  expect(told).toEqual([system]);
  system = { ...system, database: { ready: false, text: 'gone' } };
  watch.look();
  watch.look();
  expect(told.map(({ database }) => database.text)).toEqual(['ready', 'gone']);
});
