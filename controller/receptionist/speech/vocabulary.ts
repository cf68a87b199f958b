/**
 * Which phrases the recogniser must know for a directory: everything an entry answers to, every extension as it is
 * read out, and the words for reception. Each is one token of the language model. Pure; knows no sounds.
 */

import type { DirectoryEntry } from '../../contract/extension.ts';
import { foldWords, type Word } from '../../directory/fold.ts';
import { readings } from '../../directory/number-words.ts';
import { receptionForms, spokenForms } from '../../directory/spoken-forms.ts';

export type Phrase = {
  /** as it stands in the model and comes back from the recogniser: words joined by `_` */
  token: string;
  /** what it stands for in a transcript */
  text: string;
  kind: 'name' | 'extension' | 'reception';
  /** the ways of saying it */
  sayings: Word[][];
};

export const tokenOf = (words: readonly string[]): string => words.join('_');

/** A directory may hold 10,000 entries; the model takes this many phrases, single names of persons last. */
const mostPhrases = 25_000;

/** `IT` and `Studio 5`: what is written in capitals or figures is also said letter by letter or as a number. */
const sayingsOf = (words: readonly Word[]): Word[][] => {
  const plain = words.flatMap((word) =>
    /^[0-9]+$/.test(word.key) ? foldWords(readings(word.key).at(-1) ?? word.key) : [word],
  );
  if (!words.some((word) => word.upperCase)) return [plain];
  const spelt = plain.flatMap((word) => (word.upperCase ? foldWords(word.key.split('').join(' ')) : [word]));
  return [plain, spelt];
};

const pronounceable = (words: readonly Word[]): boolean =>
  words.length <= 6 && words.every((word) => word.key.length <= 24 && /^[a-z0-9]+$/.test(word.key));

export const phrasesOf = (entries: readonly DirectoryEntry[]): Phrase[] => {
  const phrases = new Map<string, Phrase>();
  const add = (kind: Phrase['kind'], words: Word[], sayings: Word[][]): void => {
    const keys = words.map((word) => word.key);
    const token = tokenOf(keys);
    if (!phrases.has(token) && pronounceable(words))
      phrases.set(token, { token, text: keys.join(' '), kind, sayings });
  };
  for (const form of receptionForms) add('reception', foldWords(form), [foldWords(form)]);
  const enabled = entries.filter((entry) => entry.enabled);
  const forms = enabled.flatMap((entry) => spokenForms(entry));
  for (const kind of ['called', 'department', 'part'] as const)
    for (const form of forms)
      if (form.kind === kind && phrases.size < mostPhrases) add('name', form.words, sayingsOf(form.words));
  for (const { ext } of enabled) {
    if (phrases.size >= mostPhrases) break;
    const [first = ext] = readings(ext);
    add(
      'extension',
      foldWords(first),
      readings(ext).map((reading) => foldWords(reading)),
    );
  }
  return [...phrases.values()];
};
