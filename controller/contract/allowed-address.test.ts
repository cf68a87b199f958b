import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AllowedAddresses,
  formatAllowedAddress,
  isAllowed,
  overlapOf,
  parseAllowedAddress,
} from './allowed-address.ts';

const canonical = (text: string): string | null => {
  const network = parseAllowedAddress(text);
  return 'fault' in network ? null : formatAllowedAddress(network);
};

const v4 = fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.nat(255));
/** a network as people write it: the bits behind its prefix are zero */
const v4Network = fc.tuple(v4, fc.integer({ min: 8, max: 32 })).map(([bytes, prefix]) => {
  const word = bytes.reduce((all, byte) => all * 256 + byte, 0);
  const first = Math.floor(word / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
  const address = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
  return { first, prefix, text: `${address}/${prefix}` };
});
const addressOf = (word: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(word / 2 ** shift) % 256).join('.');

describe('one entry', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7/32'],
    ['203.0.113.0/29', '203.0.113.0/29'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['127.0.0.2', '127.0.0.2/32'],
    ['2001:DB8::1', '2001:db8::1/128'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1/128'],
    ['2001:db8:1::/48', '2001:db8:1::/48'],
  ])('%s is %s', (text, form) => expect(canonical(text)).toBe(form));

  test.each([
    '',
    'pbx.example.com',
    '203.0.113',
    '203.0.113.7.1',
    '203.0.113.256',
    '0x7f.0.0.1',
    '010.0.0.1',
    '2130706433',
    '203.0.113.7 ',
    '203.0.113.7/33',
    '203.0.113.7/-1',
    '203.0.113.7/',
    '203.0.113.7/08',
    '203.0.113.7/24',
    '203.0.113.0/255.255.255.0',
    '10.0.0.0/7',
    '0.0.0.0/0',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::/0',
    '2001:db8::/31',
    'fe80::1%eth0',
    '[2001:db8::1]',
    '::ffff:203.0.113.7',
    '::ffff:cb00:7107',
    'ff02::1',
    '1:2:3',
    '203.0.113.7"/><node',
    '203.0.113.7\n203.0.113.8',
  ])('%j is refused', (text) => expect(parseAllowedAddress(text)).toHaveProperty('fault'));

  test('a network that is not given by its first address is refused with that one', () => {
    expect(parseAllowedAddress('203.0.113.9/29')).toEqual({
      fault: 'the first address of its network, 203.0.113.8/29',
    });
  });

  test('whatever text comes, it is refused or has one canonical form, which is its own', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.ipV4Extended(),
      fc.ipV6(),
      fc
        .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: -1, max: 130 }))
        .map(([a, p]) => `${a}/${p}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const form = canonical(text);
        if (form === null) return;
        expect(form).toMatch(/^[0-9a-f.:]+\/[0-9]{1,3}$/);
        expect(canonical(form)).toBe(form);
      }),
      { numRuns: 2000 },
    );
  });

  test('every IPv4 network is taken as it is, and holds exactly its addresses', () => {
    fc.assert(
      fc.property(v4Network, v4, fc.nat(), ({ first, prefix, text }, other, offset) => {
        expect(canonical(text)).toBe(text);
        const size = 2 ** (32 - prefix);
        expect(isAllowed(addressOf(first + (offset % size)), [text])).toBe(true);
        const word = other.reduce((all, byte) => all * 256 + byte, 0);
        expect(isAllowed(addressOf(word), [text])).toBe(word >= first && word < first + size);
      }),
    );
  });
});

describe('lists', () => {
  test('two networks overlap exactly when they share an address', () => {
    fc.assert(
      fc.property(v4Network, v4Network, (one, other) => {
        const end = ({ first, prefix }: typeof one) => first + 2 ** (32 - prefix);
        const share = one.first < end(other) && other.first < end(one);
        expect(overlapOf([one.text], [other.text])).toEqual(
          share ? { one: one.text, other: other.text } : null,
        );
      }),
    );
  });

  test('IPv4 and IPv6 never overlap; the found pair is named', () => {
    expect(overlapOf(['32.1.13.184/32'], ['2001:db8::/32'])).toBeNull();
    expect(overlapOf(['192.0.2.1/32', '2001:db8:5::/48'], ['2001:db8::/32'])).toEqual({
      one: '2001:db8:5::/48',
      other: '2001:db8::/32',
    });
  });

  test('an address as a switch writes it, also IPv4 mapped into IPv6; no address is in no list', () => {
    expect(isAllowed('::ffff:203.0.113.7', ['203.0.113.0/29'])).toBe(true);
    expect(isAllowed('2001:db8:0:0::9', ['2001:db8::/64'])).toBe(true);
    expect(isAllowed('pbx.example.com', ['203.0.113.0/24'])).toBe(false);
  });

  test('are canonical and without repetition; each fault is named at its place', () => {
    expect(AllowedAddresses.parse([' 203.0.113.7', '203.0.113.7/32', '2001:DB8::/48'])).toEqual([
      '203.0.113.7/32',
      '2001:db8::/48',
    ]);
    const { error } = AllowedAddresses.safeParse(['203.0.113.7', '203.0.113.9/29', '1.2.3']);
    expect(error?.issues.map(({ path }) => path)).toEqual([[1], [2]]);
  });
});
