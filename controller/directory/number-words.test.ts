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
])('"%s" has %j', (words, digits) => {
  expect(numberRuns(words.split(' ')).map((run) => run.digits)).toEqual(digits);
});

test('whatever way an extension is read out, it is the same extension', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{2,6}$/), (ext) => {
      for (const reading of readings(ext))
        expect(numberRuns(reading.split(' ')).map((run) => run.digits)).toEqual([ext]);
    }),
  );
});
