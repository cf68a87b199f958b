/**
 * Words → the sounds of the recogniser's model: from its own dictionary, else from flite's letter-to-sound rules.
 * Runs in a worker thread: the dictionary has 135,000 words.
 */
import type { Word } from '../../directory/fold.ts';

/** word → its pronunciations, such as `B IH L IH NG` */
export type Dictionary = ReadonlyMap<string, readonly string[]>;

/** CMU's format: `word PHONE PHONE …`, further pronunciations as `word(2)`. Other lines are left out. */
export const parseDictionary = (text: string): Map<string, string[]> => {
  const dictionary = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space <= 0) continue;
    const phones = line.slice(space + 1).trim();
    if (!/^[A-Z]{1,2}(?: [A-Z]{1,2})*$/.test(phones)) continue;
    const word = line.slice(0, space).replace(/\(\d+\)$/, '');
    const known = dictionary.get(word);
    if (known === undefined) dictionary.set(word, [phones]);
    else known.push(phones);
  }
  return dictionary;
};

/** More ways than this of saying one phrase cost time and win nothing. */
const mostWays = 6;

type Saying = readonly Word[];

const known = (word: Word, dictionary: Dictionary): readonly string[] | undefined =>
  dictionary.get(word.said) ?? dictionary.get(word.key);

/** The words that have to be guessed before `pronounce` can say these. */
export const unknownWords = (sayings: readonly Saying[], dictionary: Dictionary): string[] => {
  const unknown = new Set<string>();
  for (const words of sayings)
    for (const word of words) if (known(word, dictionary) === undefined) unknown.add(word.said);
  return [...unknown];
};

/** `guesses`: the sounds of words that the dictionary lacks. */
type Sounds = { dictionary: Dictionary; guesses: ReadonlyMap<string, string> };

/** Every way of saying `words` one after the other, at most six. */
const waysOfSaying = (words: Saying, { dictionary, guesses }: Sounds): string[] => {
  let ways = [''];
  for (const word of words) {
    const sounds = known(word, dictionary) ?? [guesses.get(word.said) ?? ''];
    ways = ways
      .flatMap((way) => sounds.slice(0, 3).map((sound) => `${way} ${sound}`.trim()))
      .slice(0, mostWays);
  }
  return ways.filter((way) => way !== '');
};

/** The ways of saying a phrase that may be said in several wordings. */
export const pronounce = (sayings: readonly Saying[], sounds: Sounds): string[] => {
  const all = new Set<string>();
  for (const words of sayings) for (const way of waysOfSaying(words, sounds)) all.add(way);
  return [...all].slice(0, mostWays);
};

/** Dictionary lines of one token. */
export const dictionaryLines = (token: string, ways: readonly string[]): string[] =>
  ways.map((way, at) => (at === 0 ? `${token} ${way}` : `${token}(${at + 1}) ${way}`));
