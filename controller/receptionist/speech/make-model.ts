/**
 * Everything the recogniser needs for one directory: its dictionary and its two language models, as text. Runs in a
 * worker thread.
 */
import { readFile } from 'node:fs/promises';
import type { DirectoryEntry } from '../../contract/extension.ts';
import { carrierWords, type Expectation, type ModelWeights, renderLanguageModel } from './language-model.ts';
import { type Dictionary, dictionaryLines, pronounce, unknownWords } from './pronunciation.ts';
import { phrasesOf } from './vocabulary.ts';

export type RecognitionModel = { dictionary: string; languageModels: Record<Expectation, string> };

export const loadDecoys = async (): Promise<string[]> => {
  const text = await readFile(new URL('./decoy-words.txt', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  return [...new Set(lines.join(' ').split(/\s+/))].filter((word) => word !== '');
};

export const makeModel = async (options: {
  entries: readonly DirectoryEntry[];
  dictionary: Dictionary;
  decoys: readonly string[];
  /** the sounds of words that the dictionary lacks */
  guess: (words: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  weights?: ModelWeights;
}): Promise<RecognitionModel> => {
  const { dictionary } = options;
  const lines: string[] = [];
  const sounds = new Set<string>();
  const names: string[] = [];
  const extensions: string[] = [];
  const phrases = phrasesOf(options.entries);
  const unknown = unknownWords(
    phrases.flatMap((phrase) => phrase.sayings),
    dictionary,
  );
  const guesses = await options.guess(unknown);
  for (const phrase of phrases) {
    const ways = pronounce(phrase.sayings, { dictionary, guesses });
    if (ways.length === 0) continue;
    for (const way of ways) sounds.add(way);
    lines.push(...dictionaryLines(phrase.token, ways));
    (phrase.kind === 'extension' ? extensions : names).push(phrase.token);
  }
  const taken = new Set([...names, ...extensions]);
  const plain = (word: string): boolean => {
    const ways = dictionary.get(word);
    if (ways === undefined || taken.has(word)) return false;
    lines.push(...dictionaryLines(word, ways));
    return true;
  };
  const carriers = new Set(carrierWords.filter(plain));
  // a decoy that sounds like an entry, such as "jon" beside John, would hide it
  const decoys = options.decoys.filter(
    (word) =>
      !carriers.has(word) && !(dictionary.get(word) ?? []).some((way) => sounds.has(way)) && plain(word),
  );
  const weights = options.weights === undefined ? {} : { weights: options.weights };
  const languageModel = (expectation: Expectation): string =>
    renderLanguageModel({ names, extensions, decoys, expectation, ...weights });
  return {
    dictionary: `${lines.join('\n')}\n`,
    languageModels: { request: languageModel('request'), answer: languageModel('answer') },
  };
};
