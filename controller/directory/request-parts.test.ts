import { expect, test } from 'vitest';
import { subjectFrom, withoutIntroduction } from './request-parts.ts';

test.each([
  ['hello, my name is Anne Walker, Sarah Jones please', 'hello,   Sarah Jones please'],
  ['Hier ist Krause. Ich hätte gern Herrn Kessler', '  Ich hätte gern Herrn Kessler'],
  ['this is Tom from Acme, may I talk to Ann', '  may I talk to Ann'],
  // nothing says where the name ends, or nothing is left to ask for
  ['this is Tom may I talk to Ann', 'this is Tom may I talk to Ann'],
  ['this is for Sarah, ', 'this is for Sarah, '],
  ['ich bin Krause!', 'ich bin Krause!'],
])('%j without who is calling: %j', (text, rest) => {
  expect(withoutIntroduction(text)).toBe(rest);
});

test.each([
  ['ann about my bill', 1],
  ['herr kessler wegen der rechnung', 2],
  ['about my bill', 3],
  ['ann', 1],
])('what %j is about begins at %i', (words, at) => {
  expect(subjectFrom(words.split(' '))).toBe(at);
});
