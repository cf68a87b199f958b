import { expect, test } from 'vitest';
import { foldKeys, foldWords } from './fold.ts';

test.each([
  ['O’Brien-Łukasz & Søn', ['obrien', 'lukasz', 'and', 'son']],
  ['José Núñez', ['jose', 'nunez']],
  ["Sarah's line", ['sarah', 'line']],
  ['Großmann', ['grossmann']],
  ['I.T. department', ['it', 'department']],
  ['  --  ', []],
  ['ＳＡＲＡＨ', ['sarah']],
])('%s → %j', (text, keys) => {
  expect(foldKeys(text)).toEqual(keys);
});

test('capitals that are said letter by letter are known as such', () => {
  expect(foldWords('HR office').map((word) => word.upperCase)).toEqual([true, false]);
});
