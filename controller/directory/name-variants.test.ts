import { expect, test } from 'vitest';
import { NearWords } from './near-words.ts';

const near = new NearWords({
  words: 'siobhan niamh rhys samuel kowalczyk moreau delacroix villalobos peixoto jovanovic miller'.split(
    ' ',
  ),
});

test.each([
  ['shivon', 'siobhan'],
  ['neave', 'niamh'],
  ['reese', 'rhys'],
  ['sam', 'samuel'],
  ['kovalchyk', 'kowalczyk'],
  ['moro', 'moreau'],
  ['delacrwa', 'delacroix'],
  ['viyalobos', 'villalobos'],
  ['peshoto', 'peixoto'],
  ['yovanovich', 'jovanovic'],
])('%s is %s by ear, and never surely', (heard, name) => {
  const [first] = near.find(heard);
  expect(first?.word).toBe(name);
  expect(first?.similarity).toBeLessThan(0.97);
});

test('a word that is there is itself alone, and two letters are nobody', () => {
  expect(near.find('miller')).toEqual([{ word: 'miller', similarity: 1 }]);
  expect(near.find('no')).toEqual([]);
});
