import { expect, test } from 'vitest';
import { outcomeOfRefer } from './refer-outcome.ts';

test.each([
  [{ result: 'accepted' }, 'transferred', false],
  [{ result: 'refused', sipStatus: 603 }, 'declined', true],
  [{ result: 'refused', sipStatus: 403 }, 'not permitted', true],
  [{ result: 'refused', sipStatus: 405 }, 'not permitted', true],
  [{ result: 'refused', sipStatus: 404 }, 'no such extension', true],
  [{ result: 'refused', sipStatus: 488 }, 'declined', true],
  [{ result: 'failed', sipStatus: 486, legAlive: false }, 'busy', false],
  [{ result: 'failed', sipStatus: 404, legAlive: true }, 'no such extension', true],
  [{ result: 'failed', sipStatus: 503, legAlive: false }, 'no answer', false],
  [{ result: 'failed', sipStatus: 480, legAlive: false }, 'no answer', false],
  [{ result: 'failed', sipStatus: 403, legAlive: true }, 'declined', true],
  [{ result: 'silent', legAlive: true }, 'PBX silent', true],
  [{ result: 'gone' }, 'caller gone', false],
] as const)('%o means %s', (refer, result, callerStillHere) => {
  expect(outcomeOfRefer(refer)).toMatchObject({ result, callerStillHere });
});
