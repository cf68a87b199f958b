/** Whatever the controller says of the lists can be said in another language, values and all, and back. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { english, type ListName, parts } from './english.ts';
import { fill, place, say } from './sentence.ts';
import { inPseudo, pseudo } from './test-language.ts';
import { type Translation, translator } from './translate.ts';

const translate = translator(pseudo);
const sentences = (Object.keys(english) as ListName[]).flatMap((list) =>
  Object.entries(english[list]).map(([name, sentence]) => ({ list, name, sentence: sentence as string })),
);

/** The sentence with values, places of lists filled from them, in both languages. */
const sample = (sentence: string, value: (name: string) => string): { said: string; expected: string } => {
  const said: Record<string, string> = {};
  const expected: Record<string, string> = {};
  for (const [, name = '', list] of sentence.matchAll(place)) {
    const inner =
      list === undefined
        ? { said: value(name), expected: value(name) }
        : sample(Object.values(english[list as ListName])[0] ?? '', value);
    said[name] = inner.said;
    expected[name] = inner.expected;
  }
  return { said: fill(sentence, said), expected: fill(inPseudo(sentence), expected) };
};

test.each(Object.keys(english) as ListName[])('each of %s is known again by its English', (list) => {
  for (const { sentence } of sentences.filter((each) => each.list === list)) {
    const { said, expected } = sample(sentence, (name) => `${name.length}-215`);
    expect(translate(said, list)).toBe(expected);
    if (!parts.has(list)) expect(translate(said)).toBe(expected);
  }
});

test('every place of a list names one that there is', () => {
  for (const { sentence } of sentences)
    for (const [, , list] of sentence.matchAll(place))
      if (list !== undefined) expect(Object.keys(english)).toContain(list);
});

test('names that callers and PBXes choose stay as they are, whatever is in them', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (name) => {
      const target = `215 ${name}`;
      expect(translate(say(english.outcome.transferred, { target }))).toBe(
        fill(inPseudo(english.outcome.transferred), { target }),
      );
    }),
  );
  expect(translate('Transfer to 9 failed: busy failed: busy')).toBe(
    `${inPseudo('Transfer to ')}9 failed: busy${inPseudo(' failed: busy')}`,
  );
  expect(translate('Transferred to {target} $& $1')).toBe(`${inPseudo('Transferred to ')}{target} $& $1`);
});

test('several sentences in one text are translated one by one', () => {
  const [first, second] = [english.pbxRejected['wrong-password'], english.rejectionAdvice['wrong-password']];
  const values = { time: '20 s', address: '203.0.113.7' };
  expect(translate(`${say(first, values)} ${second}`)).toBe(
    `${fill(inPseudo(first), { ...values, time: inPseudo('20 s') })} ${inPseudo(second)}`,
  );
});

test('what nobody has translated stays English, and a language may count', () => {
  expect(translate('The moon is made of cheese.')).toBe('The moon is made of cheese.');
  expect(translate('')).toBe('');
  expect(translate(`Transferred to ${'x'.repeat(5000)}`)).toMatch(/^Transferred to x/);
  // each head of it is a sentence that is known, and its end is none: no name may make a screen think for minutes
  const endless = `${'x answers. '.repeat(11)}x`;
  expect(translate(endless)).toBe(endless);
  const german: Translation = {
    ...pseudo,
    validationFound: {
      ...pseudo.validationFound,
      directory: ({ count }) => (count === '1' ? 'ein Ziel' : `${count} Ziele`),
    },
  };
  expect(translator(german)('1 extensions can be transferred to.')).toBe('ein Ziel');
  expect(translator(german)('7 extensions can be transferred to.')).toBe('7 Ziele');
});
