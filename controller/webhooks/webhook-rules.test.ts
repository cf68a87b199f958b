import { expect, test } from 'vitest';
import { WebhookInput } from '../contract/webhook.ts';
import { isPublicAddress } from './address-guard.ts';
import { attemptsAtMost, nextWaitSeconds } from './retry-plan.ts';

test.each([
  ['8.8.8.8', true],
  ['2606:4700::1111', true],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['::', false],
  ['64:ff9b::7f00:1', false],
  ['::ffff:10.0.0.1', false],
  ['nonsense', false],
])('%s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});

test('tries come later and later, and end', () => {
  const waits = Array.from({ length: attemptsAtMost }, (_, tries) => nextWaitSeconds(tries + 1, () => 0));
  expect(waits.at(-1)).toBeNull();
  const numbers = waits.slice(0, -1) as number[];
  expect(numbers.every((wait, index) => index === 0 || wait >= (numbers[index - 1] as number))).toBe(true);
});

test.each(['ftp://example.com/', 'https://user:pass@example.com/', 'https://example.com/#x', 'nonsense', ''])(
  'the address %j is refused',
  (url) => {
    expect(WebhookInput.safeParse({ name: 'x', url, events: ['call.ended'] }).success).toBe(false);
  },
);

test('ordinary addresses are taken', () => {
  for (const url of [
    'https://example.com/hook?x=1',
    'http://10.0.0.5:3000/',
    'https://[2001:db8::1]/x',
    'http://crm/hook',
  ]) {
    expect(WebhookInput.safeParse({ name: 'x', url, events: ['call.ended'] }).success, url).toBe(true);
  }
});
