import { expect, test } from 'vitest';
import { foldWords } from '../../directory/fold.ts';
import { dictionaryLines, parseDictionary, pronounce } from './pronunciation.ts';

const dictionary = parseDictionary(
  ['sarah S EH R AH', 'sarah(2) S AA R AH', "o'brien OW B R AY AH N", 'bad line 5', '# no', ''].join('\n'),
);
const guess = (word: string): Promise<string> => Promise.resolve(`G ${word.toUpperCase().slice(0, 1)}`);

test('further pronunciations belong to their word, and what is no entry is left out', () => {
  expect(dictionary.get('sarah')).toEqual(['S EH R AH', 'S AA R AH']);
  expect(dictionary.has('bad')).toBe(false);
});

test('a phrase is said in every way of its words, and unknown words are guessed', async () => {
  expect(await pronounce([foldWords("Sarah O'Brien")], dictionary, guess)).toEqual([
    'S EH R AH OW B R AY AH N',
    'S AA R AH OW B R AY AH N',
  ]);
  expect(await pronounce([foldWords('Xu')], dictionary, guess)).toEqual(['G X']);
});

test('a phrase of many ambiguous words has few ways, not thousands', async () => {
  const words = foldWords('sarah sarah sarah sarah sarah sarah');
  expect((await pronounce([words], dictionary, guess)).length).toBeLessThanOrEqual(6);
});

test('the second way is written as the dictionary has it', () => {
  expect(dictionaryLines('it', ['IH T', 'AY T IY'])).toEqual(['it IH T', 'it(2) AY T IY']);
});
