/**
 * What was heard → what it means here: an entry, several, none; a yes or a no; the first or the second; the
 * reception; digits that are no extension. Pure.
 */
import { isNumberWord, numberRuns } from '../../directory/number-words.ts';
import { asksForReception, type PreparedDirectory, resolve } from '../../directory/resolver.ts';
import { type Heard, type HeardWord, heardOf } from './heard.ts';

export type Understanding = {
  /** for the transcript; empty when nothing was understood as words */
  text: string;
  meaning:
    | { is: 'entry'; ext: string; sure: boolean }
    | { is: 'several'; exts: string[] }
    | { is: 'unknown extension'; digits: string }
    | { is: 'reception' }
    | { is: 'nothing' };
  /** a clear yes or no, or nothing: one word in three that is neither sounds like one of them */
  answer: 'yes' | 'no' | null;
  /** `the second one`: 2 */
  choice: number | null;
};

/** Below this the recogniser itself does not believe the word. */
const leastProbability = 0.03;
/**
 * Picked on the office of `evaluate.ts`. On directories that were new to it, 3 of 750 utterances were then taken wrongly
 * for sure; the rules in `meaningOf` came of these, and have not been judged on another new directory since.
 */
const sureProbability = 0.95;
const sureOverall = 0.75;
/** Nobody is put out by coming to the reception, and "receptionist" and "reception" share their probability. */
const sureReception = 0.7;

/** Yes, yeah and yep share what probability there is, so that none of them has much. */
const leastAnswer = 0.2;
const clearNo = 0.9;

const yesWords = new Set('yes yeah yep correct right sure okay'.split(' '));
const noWords = new Set("no nope wrong not isn't neither none".split(' '));
/** What stands around a yes or a no without changing it. */
const besideAnswer = new Set("please thanks thank you that's that is it it's the a of them i to".split(' '));
/** What goes on after a no. */
const requestWords = new Set("i i'd want put me speak".split(' '));

const choices: Readonly<Record<string, number>> = {
  one: 1,
  first: 1,
  two: 2,
  second: 2,
  three: 3,
  third: 3,
  four: 4,
};
const besideChoice = new Set('the one number press please option'.split(' '));

const answerIn = (words: readonly HeardWord[]): 'yes' | 'no' | null => {
  const [first] = words;
  if (first === undefined) return null;
  const isAnswer = (word: HeardWord): boolean => yesWords.has(word.token) || noWords.has(word.token);
  const only = words.every((word) => isAnswer(word) || besideAnswer.has(word.token));
  const no = words.find((word) => noWords.has(word.token));
  if (no !== undefined) {
    if (only) return no.probability >= leastAnswer ? 'no' : null;
    // "no, I want Sarah" and a clear no before a word that was not understood; "no weather lovely" is neither
    const goesOn = words.some((word) => requestWords.has(word.token)) || words.length === 2;
    return no === first && goesOn && no.probability >= clearNo ? 'no' : null;
  }
  return only && words.some((word) => isAnswer(word) && word.probability >= leastAnswer) ? 'yes' : null;
};

const choiceIn = (words: readonly HeardWord[]): number | null => {
  const named = words.filter((word) => Object.hasOwn(choices, word.token) && word.probability >= 0.6);
  // "the second one" names the second
  const telling = named.find((word) => word.token !== 'one') ?? named[0];
  const only = words.every((word) => Object.hasOwn(choices, word.token) || besideChoice.has(word.token));
  return only && telling !== undefined ? (choices[telling.token] ?? null) : null;
};

/** Words that the recogniser does not believe become one that is in no directory, so that they count against a match. */
const believed = (words: readonly HeardWord[]): string =>
  words
    .map((word) => (word.probability < leastProbability ? 'unheard' : word.token.replaceAll('_', ' ')))
    .join(' ');

const overall = (words: readonly HeardWord[]): number =>
  words.length === 0
    ? 0
    : words.reduce((product, word) => product * Math.max(0.02, word.probability), 1) ** (1 / words.length);

const meaningOf = (heard: Heard, directory: PreparedDirectory): Understanding['meaning'] => {
  const text = believed(heard.words);
  const found = resolve(text, directory, { near: false });
  switch (found.result) {
    case 'match': {
      const telling = heard.words.filter(
        (word) => word.token.includes('_') || directory.formsByWord.has(word.token),
      );
      const least = Math.min(...telling.map((word) => word.probability));
      // a first or last name alone is short, and somebody else may have it whom the directory does not know
      // an extension read out is one digit away from others: only keys are taken without a question
      const readOut = telling.some((word) => word.token.split('_').every(isNumberWord));
      const named = found.certain && found.score >= 0.99 && !readOut;
      const enough = asksForReception(text) ? sureReception : sureProbability;
      const sure = named && least >= enough && overall(heard.words) >= sureOverall;
      return { is: 'entry', ext: found.entry.ext, sure };
    }
    case 'ambiguous':
      return { is: 'several', exts: found.candidates.map((entry) => entry.ext) };
    case 'none': {
      if (asksForReception(text)) return { is: 'reception' };
      const keys = text.split(' ');
      const [run] = numberRuns(keys).sort((a, b) => b.digits.length - a.digits.length);
      const rest = keys.filter(
        (word) => !isNumberWord(word) && !['extension', 'number', 'please'].includes(word),
      );
      return run !== undefined && run.digits.length >= 2 && rest.length === 0
        ? { is: 'unknown extension', digits: run.digits.slice(0, 8) }
        : { is: 'nothing' };
    }
  }
};

export const understand = (words: HeardWord[], directory: PreparedDirectory): Understanding => {
  const heard = heardOf(words);
  return {
    text: heard.text,
    meaning: meaningOf(heard, directory),
    answer: answerIn(words),
    choice: choiceIn(words),
  };
};
