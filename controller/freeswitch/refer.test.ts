import { describe, expect, it } from 'vitest';
import type { ReferResult } from '../switch/port.ts';
import { ReferWatch } from './refer.ts';

type Step =
  | { answer: number }
  | { notify: number | null; terminated?: boolean }
  | 'BYE'
  | 'our end'
  | 'time is up';

const outcome = async (...steps: Step[]): Promise<ReferResult | 'waits'> => {
  const watch = new ReferWatch();
  for (const step of steps) {
    if (step === 'BYE' || step === 'our end')
      watch.handle({ type: 'ended', byPbx: step === 'BYE', referStatus: null });
    else if (step === 'time is up') watch.handleTimeout();
    else if ('answer' in step) watch.handleStatus(step.answer);
    else watch.handle({ type: 'notify', sipStatus: step.notify, terminated: step.terminated ?? false });
  }
  return watch.done ? watch.result : 'waits';
};

describe('a REFER', () => {
  it.each<[string, Step[], ReferResult | 'waits']>([
    [
      'is accepted',
      [{ answer: 202 }, { notify: 100 }, { notify: 200, terminated: true }],
      { result: 'accepted' },
    ],
    [
      'is accepted by its NOTIFY, seen before the 202',
      [{ notify: 200, terminated: true }, { answer: 202 }],
      { result: 'accepted' },
    ],
    ['is refused', [{ answer: 603 }], { result: 'refused', sipStatus: 603 }],
    ['is not allowed', [{ answer: 405 }], { result: 'refused', sipStatus: 405 }],
    [
      'fails and takes the leg with it',
      [{ answer: 202 }, { notify: 486, terminated: true }],
      { result: 'failed', sipStatus: 486, legAlive: false },
    ],
    [
      'fails and leaves the leg',
      [{ answer: 202 }, { notify: 486 }],
      { result: 'failed', sipStatus: 486, legAlive: true },
    ],
    ['only begins', [{ answer: 100 }, { answer: 202 }, { notify: 100 }, { notify: 180 }], 'waits'],
    ['is taken and never heard of', [{ answer: 202 }, 'time is up'], { result: 'silent', legAlive: true }],
    ['gets no answer in our time', ['time is up'], { result: 'silent', legAlive: true }],
    ['gets no answer in sofia’s time', [{ answer: 408 }], { result: 'silent', legAlive: true }],
    [
      'ends its subscription without a word',
      [{ answer: 202 }, { notify: null, terminated: true }],
      { result: 'silent', legAlive: false },
    ],
    [
      'is taken, and its leg ended without a word',
      [{ answer: 202 }, 'BYE'],
      { result: 'accepted', unconfirmed: true },
    ],
    [
      'is begun, and its leg ended without another word',
      [{ answer: 202 }, { notify: 100 }, 'BYE'],
      { result: 'accepted', unconfirmed: true },
    ],
    ['rings, and then the caller hangs up', [{ answer: 202 }, { notify: 180 }, 'BYE'], { result: 'gone' }],
    ['is taken, and then we hang up', [{ answer: 202 }, 'our end'], { result: 'gone' }],
    ['loses its leg before anything', ['BYE'], { result: 'gone' }],
    [
      'keeps its first result',
      [{ answer: 603 }, { notify: 200, terminated: true }, 'BYE', 'time is up'],
      { result: 'refused', sipStatus: 603 },
    ],
  ])('that %s', async (_name, steps, expected) => {
    expect(await outcome(...steps)).toEqual(expected);
  });
});
