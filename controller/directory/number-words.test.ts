import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberRuns, readings } from './number-words.ts';

test.each([
  ['two one five', ['215']],
  ['two fifteen', ['215']],
  ['twenty one five', ['215']],
  ['two hundred and fifteen', ['215']],
  ['two hundred', ['200']],
  ['one thousand and one', ['1001']],
  ['ten oh five', ['1005']],
  ['double five two', ['552']],
  ['twenty twenty', ['2020']],
  ['room 5', ['5']],
  ['one for two', ['1', '2']],
  ['and', []],
  ['hundred', []],
  ['double', []],
  ['double 4 2', ['442']],
  ['zwo eins funf', ['215']],
  ['zweihundertfunfzehn', ['215']],
  ['zweihundertundfunfzehn', ['215']],
  ['zwei hundert funfzehn', ['215']],
  ['zweihundert funfzehn', ['215']],
  ['zwei funfzehn', ['215']],
  ['einundzwanzig funf', ['215']],
  ['ein und zwanzig funf', ['215']],
  ['vier zwei null', ['420']],
  ['doppel vier null', ['440']],
  ['zwei mal die vier null', ['440']],
  ['dreimal die 7', ['777']],
  ['zwolfhundert', ['1200']],
  ['eintausendeins', ['1001']],
  ['tausend zwei', ['1002']],
  ['zwei tausend ein hundert drei und dreissig', ['2133']],
  ['fuenfhundertzwoelf', ['512']],
  ['ein kollege und eine kollegin', []],
  ['zwei und', ['2']],
  ['und', []],
])('"%s" has %j', (words, digits) => {
  expect(numberRuns(words.split(' ')).map((run) => run.digits)).toEqual(digits);
});

test('German numbers below a million are read as they are written', () => {
  const units = 'null ein zwei drei vier funf sechs sieben acht neun'.split(' ');
  const teens = 'zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn'.split(' ');
  const tens = 'zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig'.split(' ');
  const small = (value: number): string => {
    if (value === 1) return 'eins';
    if (value < 20) return units[value] ?? teens[value - 10] ?? '';
    const [ten, unit] = [tens[Math.floor(value / 10) - 2] ?? '', value % 10];
    return unit === 0 ? ten : `${units[unit]}und${ten}`;
  };
  const middle = (value: number): string =>
    value < 100
      ? small(value)
      : `${units[Math.floor(value / 100)]}hundert${value % 100 === 0 ? '' : small(value % 100)}`;
  const written = (value: number): string =>
    value < 1000
      ? middle(value)
      : `${middle(Math.floor(value / 1000)).replace(/eins$/, 'ein')}tausend${value % 1000 === 0 ? '' : middle(value % 1000)}`;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999 }), (value) => {
      expect(numberRuns([written(value)]).map((run) => run.digits)).toEqual([String(value)]);
    }),
  );
});

test('whatever way an extension is read out, it is the same extension', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{2,6}$/), (ext) => {
      for (const reading of readings(ext))
        expect(numberRuns(reading.split(' ')).map((run) => run.digits)).toEqual([ext]);
    }),
  );
});
