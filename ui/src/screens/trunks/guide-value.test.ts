import { expect, test } from 'vitest';
import { pastedPart } from './guide-value.ts';

test.each([
  ['1000', '1000'],
  ['Reception (Sales): floor 2', 'Reception (Sales): floor 2'],
  ['yes: so Offhook hears whether the target was reached', 'yes'],
  ['sip:127.0.0.1:5060', 'sip:127.0.0.1:5060'],
  ['the one that is entered in Offhook', null],
  ['that of your phones', null],
])('of %s is pasted: %s', (value, part) => {
  expect(pastedPart(value)).toBe(part);
});
