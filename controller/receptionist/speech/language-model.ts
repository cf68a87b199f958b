/**
 * The recogniser's language model: a bigram model in the ARPA format, made from the sentences in which callers ask,
 * with a slot that every phrase of the directory fills, over a background of decoy words that give the recogniser
 * something else to choose when the caller says something else. A grammar would have to choose an entry.
 * Pure; knows no sounds.
 */

/** `request`: the caller is asked whom he wants. `answer`: the caller is asked yes or no, or which of several. */
export type Expectation = 'request' | 'answer';

const requests: Readonly<Record<string, number>> = {
  'put me through to N': 8,
  'can you put me through to N': 4,
  'could you put me through to N': 3,
  'please put me through to N': 3,
  'put me through to N please': 3,
  'put through to N': 1,
  'can i speak to N': 6,
  'can i speak with N': 2,
  'could i speak to N': 3,
  'could i speak with N': 1,
  'may i speak to N': 2,
  'may i speak with N': 1,
  'can i talk to N': 3,
  'could i talk to N': 1,
  'can i have N': 1,
  'can i get N': 1,
  'could i have N': 1,
  'can you connect me to N': 2,
  'can you transfer me to N': 2,
  'could you connect me to N': 1,
  'could you transfer me to N': 1,
  'i would like to speak to N': 2,
  'i would like to talk to N': 1,
  "i'd like to speak to N": 3,
  "i'd like to speak with N": 1,
  "i'd like to talk to N": 2,
  "i'd like N": 2,
  "i'd like N please": 2,
  'i want to speak to N': 3,
  'i want to talk to N': 2,
  'i want N': 1,
  'i need to speak to N': 2,
  'i need to talk to N': 1,
  'i need N': 1,
  "i'm looking for N": 1,
  "i'm calling for N": 1,
  "i'm trying to reach N": 1,
  'speak to N': 4,
  'speak with N': 1,
  'talk to N': 2,
  'connect me to N': 2,
  'connect me with N': 1,
  'transfer me to N': 2,
  'give me N': 1,
  'get me N': 1,
  'is N there': 1,
  'is N available': 1,
  'hello N please': 1,
  'hi can i speak to N': 1,
  'hello can i speak to N': 1,
  'good morning can i speak to N': 1,
  'someone in N': 1,
  'somebody in N': 1,
  N: 12,
  'N please': 10,
  'N in N': 2,
  'N from N': 1,
  'the N department': 1,
  'N department': 1,
  'the N team': 1,
  'the N': 1,
  'extension X': 4,
  'extension X please': 1,
  'extension number X': 1,
  'put me through to extension X': 2,
  'number X': 1,
  X: 4,
  'X please': 2,
};

const answers: Readonly<Record<string, number>> = {
  yes: 40,
  'yes please': 16,
  'yes thanks': 3,
  'yes thank you': 2,
  "yes that's right": 6,
  'yes it is': 2,
  'yes that is right': 2,
  "that's right": 6,
  "that's correct": 3,
  'that is correct': 1,
  right: 1,
  correct: 3,
  yeah: 10,
  'yeah please': 1,
  "yeah that's right": 2,
  yep: 4,
  sure: 2,
  okay: 2,
  no: 40,
  'no thanks': 4,
  'no thank you': 3,
  "no that's wrong": 3,
  "no that's not right": 3,
  "no it isn't": 1,
  "that's wrong": 2,
  "that's not right": 1,
  nope: 4,
  wrong: 1,
  'no i want N': 3,
  'no i want to speak to N': 2,
  'no N': 4,
  'no N please': 1,
  'no put me through to N': 1,
  'yes N': 2,
  one: 3,
  two: 3,
  three: 1,
  'number one': 1,
  'number two': 1,
  'press one': 1,
  'the first one': 4,
  'the second one': 4,
  'the third one': 1,
  'the first': 1,
  'the second': 1,
  neither: 1,
  'none of them': 1,
  N: 24,
  'N please': 8,
  'N in N': 6,
};

export const carrierWords: readonly string[] = [
  ...new Set([...Object.keys(requests), ...Object.keys(answers)].join(' ').split(' ')),
].filter((word) => word !== 'N' && word !== 'X');

export type ModelWeights = {
  /** share of what follows a carrier that is not an entry */
  slotEscape: number;
  /** share of anything else after any other word */
  escape: number;
  /** both, where an answer is expected: the caller was asked a question that has few answers */
  answerEscape: number;
  /** shares of the background: end of sentence, entries, carriers; decoys have the rest */
  end: number;
  entries: number;
  carriers: number;
};

export const modelWeights: ModelWeights = {
  slotEscape: 0.1,
  escape: 0.12,
  answerEscape: 0.03,
  end: 0.1,
  entries: 0.15,
  carriers: 0.28,
};

type Shares = Map<string, number>;
const addShare = (shares: Map<string, Shares>, before: string, word: string, share: number): void => {
  const there = shares.get(before);
  if (there === undefined) shares.set(before, new Map([[word, share]]));
  else there.set(word, (there.get(word) ?? 0) + share);
};

/** Word pairs of the sentences, the slots still as `N` and `X`. */
const countPairs = (
  sentences: Readonly<Record<string, number>>,
  scale: number,
  pairs: Map<string, Shares>,
): void => {
  for (const [sentence, weight] of Object.entries(sentences)) {
    const words = ['<s>', ...sentence.split(' '), '</s>'];
    for (const [at, word] of words.entries())
      if (at > 0) addShare(pairs, words[at - 1] ?? '', word, weight * scale);
  }
};

const log10 = (probability: number): string => Math.log10(Math.max(probability, 1e-9)).toFixed(4);

export type ModelInput = {
  names: readonly string[];
  extensions: readonly string[];
  decoys: readonly string[];
  expectation: Expectation;
  weights?: ModelWeights;
};

/** The model as ARPA text. `names` and `extensions` are the directory's tokens. */
export const renderLanguageModel = (input: ModelInput): string => {
  const weights = input.weights ?? modelWeights;
  const slots: Readonly<Record<string, readonly string[]>> = { N: input.names, X: input.extensions };
  const pairs = new Map<string, Shares>();
  countPairs(requests, input.expectation === 'request' ? 1 : 0.3, pairs);
  // a caller may answer before the question is over, or with more than was asked
  countPairs(answers, input.expectation === 'answer' ? 3 : 0.05, pairs);

  const taken = new Set([...input.names, ...input.extensions]);
  const carriers = carrierWords.filter((word) => !taken.has(word));
  const decoys = input.decoys.filter((word) => !taken.has(word) && !carriers.includes(word));
  const background = new Map<string, number>([['</s>', weights.end]]);
  const spread = (words: readonly string[], share: number): void => {
    for (const word of words) background.set(word, share / words.length);
  };
  const entryShare = decoys.length === 0 ? 1 - weights.end - weights.carriers : weights.entries;
  spread([...taken], taken.size === 0 ? 0 : entryShare);
  spread(carriers, weights.carriers);
  spread(decoys, 1 - weights.end - weights.entries - weights.carriers);

  const bigrams: string[] = [];
  /** What may follow a history, slots filled in, and the share left to anything else. */
  const follows = (explicit: Shares): { follow: Shares; escape: number } => {
    const total = [...explicit.values()].reduce((sum, share) => sum + share, 0);
    const slotShare = ((explicit.get('N') ?? 0) + (explicit.get('X') ?? 0)) / total;
    const escape =
      input.expectation === 'answer'
        ? weights.answerEscape
        : weights.slotEscape * slotShare + weights.escape * (1 - slotShare);
    const follow: Shares = new Map();
    for (const [word, share] of explicit) {
      const words = slots[word] ?? [word];
      for (const one of words)
        follow.set(one, (follow.get(one) ?? 0) + (share / total / words.length) * (1 - escape));
    }
    const given = [...follow.values()].reduce((sum, share) => sum + share, 0);
    // an empty slot's share goes to anything else
    return { follow, escape: Math.max(escape, 1 - given) };
  };
  /** Writes the bigrams of one history; the result is its back-off weight, by which all that follows adds up to 1. */
  const writeHistory = (before: string, follow: Shares, escape: number): string => {
    let known = 0;
    for (const [word, share] of follow) {
      known += background.get(word) ?? 0;
      bigrams.push(`${log10(share)} ${before} ${word}`);
    }
    return log10(escape / Math.max(1e-6, 1 - known));
  };
  const backoffs = new Map<string, string>();
  for (const [before, explicit] of pairs) {
    const { follow, escape } = follows(explicit);
    for (const history of slots[before] ?? [before])
      if (!backoffs.has(history)) backoffs.set(history, writeHistory(history, follow, escape));
  }
  const unigrams = [`-99 <s> ${backoffs.get('<s>') ?? '0'}`];
  for (const [word, share] of background)
    unigrams.push(`${log10(share)} ${word}${word === '</s>' ? '' : ` ${backoffs.get(word) ?? '0.0000'}`}`);
  return [
    '\\data\\',
    `ngram 1=${unigrams.length}`,
    `ngram 2=${bigrams.length}`,
    '',
    '\\1-grams:',
    ...unigrams,
    '',
    '\\2-grams:',
    ...bigrams,
    '',
    '\\end\\',
    '',
  ].join('\n');
};
