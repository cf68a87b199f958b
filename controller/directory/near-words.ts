/**
 * Finds the directory's words that are spelt or sound nearly like a given one. Built once for a directory; a look-up
 * touches only words that share a spelling with one letter left out, or a sound (double metaphone).
 */
import { doubleMetaphone } from 'double-metaphone';
import { distance } from 'fastest-levenshtein';
import { variantsOf } from './name-variants.ts';

export type NearWord = { word: string; similarity: number };

/** Below this a word is another word. */
const leastSimilarity = 0.74;
/** Equal in sound, different in letters. */
const soundSimilarity = 0.86;
/** A short name or another way to write the sound of a name: surer than letters that happen to look alike. */
const variantSimilarity = 0.9;
const longestWord = 24;

/** `word` and each spelling of it with one letter left out: two words one edit apart always share one of these. */
const shortenings = (word: string): string[] => {
  const keys = [word];
  if (word.length < 4 || word.length > longestWord) return keys;
  // a plural is one more letter, and may be misspelt as well
  if (word.endsWith('s')) keys.push(...shortenings(word.slice(0, -1)));
  for (let at = 0; at < word.length; at += 1) keys.push(word.slice(0, at) + word.slice(at + 1));
  return keys;
};

const soundsOf = (word: string): string[] => {
  if (!/^[a-z]+$/.test(word) || word.length > longestWord) return [];
  const [first, second] = doubleMetaphone(word);
  return first === second ? [first] : [first, second];
};

const similarity = (asked: string, known: string, sameSound: boolean): number => {
  // "no" and "Ní" have one sound and are two words
  if (asked.length < 3 || known.length < 3) return 0;
  const edits = distance(asked, known);
  const longest = Math.max(asked.length, known.length);
  const spelling = 1 - edits / longest;
  // metaphone hears no vowels: without some likeness in spelling every "m" name would be the same
  if (sameSound && spelling > 0.5 && asked[0] === known[0]) return Math.max(spelling, soundSimilarity);
  if (sameSound && spelling >= 0.6) return Math.max(spelling, soundSimilarity);
  if (longest < 4) return 0;
  return longest === 4 && edits === 1 && !sameSound ? 0 : spelling;
};

export class NearWords {
  readonly #known: ReadonlySet<string>;
  readonly #bySpelling = new Map<string, string[]>();
  readonly #bySound = new Map<string, string[]>();
  /** another way to write it → the directory's words */
  readonly #byVariant = new Map<string, string[]>();

  constructor(options: { words: Iterable<string> }) {
    this.#known = new Set(options.words);
    const add = (index: Map<string, string[]>, key: string, word: string): void => {
      const there = index.get(key);
      if (there === undefined) index.set(key, [word]);
      else there.push(word);
    };
    for (const word of this.#known) {
      for (const variant of variantsOf(word)) {
        add(this.#byVariant, variant, word);
        for (const key of shortenings(variant)) add(this.#bySpelling, key, variant);
        for (const sound of soundsOf(variant)) if (sound !== '') add(this.#bySound, sound, variant);
      }
      for (const key of shortenings(word)) add(this.#bySpelling, key, word);
      for (const sound of soundsOf(word)) if (sound !== '') add(this.#bySound, sound, word);
    }
  }

  /** The near ones, nearest first; the word itself where it is known. */
  find(asked: string): NearWord[] {
    const sounds = soundsOf(asked);
    const sameSound = new Set<string>();
    for (const sound of sounds) for (const word of this.#bySound.get(sound) ?? []) sameSound.add(word);
    const candidates = new Set(sameSound);
    for (const key of shortenings(asked))
      for (const word of this.#bySpelling.get(key) ?? []) candidates.add(word);
    const best = new Map<string, number>();
    const found = (word: string, value: number): void => {
      if (value >= leastSimilarity && value > (best.get(word) ?? 0)) best.set(word, value);
    };
    for (const word of this.#byVariant.get(asked) ?? []) found(word, variantSimilarity);
    for (const word of candidates) {
      const value = similarity(asked, word, sameSound.has(word));
      if (this.#known.has(word)) found(word, value);
      for (const known of this.#byVariant.get(word) ?? []) found(known, value * variantSimilarity);
    }
    const near = [...best].map(([word, value]) => ({ word, similarity: value }));
    return near.sort((a, b) => b.similarity - a.similarity).slice(0, 8);
  }
}
