import { expect, test } from 'vitest';
import { type Expectation, renderLanguageModel } from './language-model.ts';

/** Reads ARPA: word → probability and back-off, and pair → probability. */
const parse = (arpa: string) => {
  const [, unigramPart = '', bigramPart = ''] = arpa.split(/\\[12]-grams:\n/);
  const lines = (part: string): string[] => part.split('\n').filter((line) => /^-?\d/.test(line));
  const unigrams = new Map(
    lines(unigramPart).map((line) => {
      const [log = '', word = '', backoff = '0'] = line.split(' ');
      return [word, { probability: 10 ** Number(log), backoff: 10 ** Number(backoff) }] as const;
    }),
  );
  const bigrams = new Map<string, Map<string, number>>();
  for (const line of lines(bigramPart)) {
    const [log = '', before = '', word = ''] = line.split(' ');
    const there = bigrams.get(before) ?? new Map<string, number>();
    bigrams.set(before, there.set(word, 10 ** Number(log)));
  }
  return { unigrams, bigrams };
};

const input = {
  names: ['sarah', 'sarah_connor', 'billing'],
  extensions: ['two_one_five'],
  decoys: ['pizza', 'sharon', 'weather', 'billing'],
};

test.each<Expectation>(['request', 'answer'])(
  'after every word of the %s model all that follows adds up to one',
  (expectation) => {
    const { unigrams, bigrams } = parse(renderLanguageModel({ ...input, expectation }));
    for (const [before, follow] of bigrams) {
      const backoff = unigrams.get(before)?.backoff ?? Number.NaN;
      let sum = 0;
      for (const [word, { probability }] of unigrams)
        if (word !== '<s>') sum += follow.get(word) ?? backoff * probability;
      expect(sum, before).toBeCloseTo(1, 2);
    }
  },
);

test('the declared numbers of n-grams are right, and no word is in twice', () => {
  const arpa = renderLanguageModel({ ...input, expectation: 'request' });
  const { unigrams, bigrams } = parse(arpa);
  const pairs = [...bigrams.values()].reduce((sum, follow) => sum + follow.size, 0);
  expect(arpa).toContain(`ngram 1=${unigrams.size}\n`);
  expect(arpa).toContain(`ngram 2=${pairs}\n`);
});

test('after "through to" an entry is much likelier than another name, which is possible', () => {
  const { unigrams, bigrams } = parse(renderLanguageModel({ ...input, expectation: 'request' }));
  const entry = bigrams.get('to')?.get('sarah_connor') ?? 0;
  const other = (unigrams.get('to')?.backoff ?? 0) * (unigrams.get('sharon')?.probability ?? 0);
  expect(entry).toBeGreaterThan(3 * other);
  expect(other).toBeGreaterThan(0);
});

test('a directory without anybody still gives a model', () => {
  const { unigrams } = parse(
    renderLanguageModel({ names: [], extensions: [], decoys: [], expectation: 'request' }),
  );
  expect(unigrams.has('</s>')).toBe(true);
});
