import fc from 'fast-check';
import { getCountries, getExampleNumber } from 'libphonenumber-js';
import examples from 'libphonenumber-js/mobile/examples';
import { expect, test } from 'vitest';
import { isCountry, normaliseNumber } from './normalise.ts';

test.each([
  ['27872500100', null],
  ['+27 87 250 0100', null],
  ['+27 (0)87 250-0100', null],
  ['0027 87 250 0100', null],
  ['27872500100', 'ZA'],
  ['087 250 0100', 'ZA'],
  ['87 250 0100', 'ZA'],
  ['0027872500100', 'ZA'],
  ['+27.87.250.0100', 'US'],
  ['011 27 87 250 0100', 'US'],
  ['27872500100', 'DE'],
])('%s with default country %s is 27872500100', (text, country) => {
  expect(normaliseNumber(text, country)).toBe('27872500100');
});

test.each([
  ['0872500100', null],
  ['0872500100', 'XX'],
  ['1000', 'ZA'],
  ['215', 'DE'],
  ['+1 212 555', null],
  ['+999 123 456 789', null],
  ['+1234567890123456', null],
  ['', 'ZA'],
  ['+', 'ZA'],
  ['call 27872500100', 'ZA'],
  ['27872500100; DROP TABLE number', 'ZA'],
  ['٠٨٧٢٥٠٠١٠٠', 'ZA'],
  ['0'.repeat(5000), 'ZA'],
])('%j with default country %s is no number', (text, country) => {
  expect(normaliseNumber(text, country)).toBeNull();
});

test('a whole national number comes before an international one without its plus sign', () => {
  expect(normaliseNumber('2125551234', 'US')).toBe('12125551234');
  expect(normaliseNumber('612345678', 'ES')).toBe('34612345678');
  expect(normaliseNumber('12125551234', 'US')).toBe('12125551234');
  expect(normaliseNumber('13123456789', 'CN')).toBe('8613123456789');
});

const digitsOf = (text: string): string => text.replace(/[^0-9]/g, '');
const known = getCountries().flatMap((country) => {
  const number = getExampleNumber(country, examples);
  return number === undefined ? [] : [{ country, number }];
});

test.each(known.map(({ country, number }) => [country, number] as const))(
  '%s: each way to write a number is the same number',
  (country, number) => {
    expect(isCountry(country)).toBe(true);
    const digits = digitsOf(number.number);
    const written: [string, string | null][] = [
      [number.number, null],
      [number.number, country],
      [number.number, 'US'],
      [digits, null],
      [digits, country],
      [digits, 'ZA'],
      [digits, 'GB'],
      [`00${digits}`, null],
      [number.formatNational(), country],
      [digitsOf(number.formatNational()), country],
      [number.formatInternational(), country],
      [number.formatInternational(), 'JP'],
    ];
    for (const [text, defaultCountry] of written) {
      expect(normaliseNumber(text, defaultCountry), `${text} in ${defaultCountry}`).toBe(digits);
    }
  },
);

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom('0', '1', '2', '7', '8', '9', '+', ' ', '-', '(', ')', '.', '/'),
    maxLength: 20,
  }),
  fc
    .tuple(fc.constantFrom('', '0', '00', '+', '+27', '1', '44'), fc.integer({ min: 0 }))
    .map((parts) => parts.join('')),
);
const countries = fc.option(fc.constantFrom(...getCountries()));

test('property: what comes out is E.164, and is itself in every country', () => {
  fc.assert(
    fc.property(texts, countries, countries, (text, country, other) => {
      const digits = normaliseNumber(text, country);
      if (digits === null) return;
      expect(digits).toMatch(/^[1-9][0-9]{6,14}$/);
      expect(normaliseNumber(`+${digits}`, other)).toBe(digits);
    }),
    { numRuns: 3000 },
  );
});

test('property: signs between the digits change nothing', () => {
  const signs = fc.string({ unit: fc.constantFrom(' ', '-', '.', '/', '(', ')'), maxLength: 2 });
  fc.assert(
    fc.property(
      fc.constantFrom(...known),
      fc.array(signs, { minLength: 20 }),
      ({ country, number }, between) => {
        const spread = (text: string): string =>
          [...text.matchAll(/[0-9]/g)]
            .map(([digit], n) => `${digit}${between[n]?.slice(0, 1) ?? ''}`)
            .join('');
        const digits = digitsOf(number.number);
        expect(normaliseNumber(`+${spread(digits)}`, null)).toBe(digits);
        expect(normaliseNumber(spread(number.formatNational()), country)).toBe(digits);
      },
    ),
  );
});
