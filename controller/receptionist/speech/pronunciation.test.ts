import { expect, test } from 'vitest';
import { foldWords } from '../../directory/fold.ts';
import { dictionaryLines, parseDictionary, pronounce, unknownWords } from './pronunciation.ts';

const dictionary = parseDictionary(
  ['sarah S EH R AH', 'sarah(2) S AA R AH', "o'brien OW B R AY AH N", 'bad line 5', '# no', ''].join('\n'),
);
const guesses = new Map([['xu', 'Z UW']]);

test('further pronunciations belong to their word, and what is no entry is left out', () => {
  expect(dictionary.get('sarah')).toEqual(['S EH R AH', 'S AA R AH']);
  expect(dictionary.has('bad')).toBe(false);
});

test('a phrase is said in every way of its words, and unknown words as they were guessed', () => {
  expect(pronounce([foldWords("Sarah O'Brien")], { dictionary, guesses })).toEqual([
    'S EH R AH OW B R AY AH N',
    'S AA R AH OW B R AY AH N',
  ]);
  expect(unknownWords([foldWords('Sarah Xu')], dictionary)).toEqual(['xu']);
  expect(pronounce([foldWords('Xu')], { dictionary, guesses })).toEqual(['Z UW']);
});

test('a phrase of many ambiguous words has few ways, not thousands', () => {
  const words = foldWords('sarah sarah sarah sarah sarah sarah');
  expect(pronounce([words], { dictionary, guesses }).length).toBeLessThanOrEqual(6);
});

test('the second way is written as the dictionary has it', () => {
  expect(dictionaryLines('it', ['IH T', 'AY T IY'])).toEqual(['it IH T', 'it(2) AY T IY']);
});
