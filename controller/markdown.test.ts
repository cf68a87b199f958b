import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMarkdown, plainText } from './markdown.ts';

/** Without what a line cannot show: controls, separators, marks of direction, broken letters. */
const asPeopleRead = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').replace(/\p{Cs}/gu, '\ufffd');

describe('Markdown', () => {
  it('gives back exactly what went in, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(plainText(escapeMarkdown(text))).toBe(asPeopleRead(text));
      }),
    );
  });

  it('lets no value begin emphasis, code, a link, a cell, raw HTML or a line', () => {
    const signs = fc.constantFrom(
      ...Array.from('\\`*_{}[]|~$:@<>&"\n\r\u2028\u0085 aw.'),
      'www.',
      '](',
      '&lt;',
      '<x>',
      '${',
    );
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 30 }), (parts) => {
        const markdown = escapeMarkdown(parts.join(''));
        expect(markdown).not.toMatch(/[\n\r\u2028\u0085<>]/);
        const withoutEscapes = markdown.replace(/\\[!-/:-@[-`{-~]|&(?:lt|gt|amp);/g, ' ');
        expect(withoutEscapes).not.toMatch(/[\\`*_{}[\]|~$:@&]|www\./i);
      }),
    );
  });

  it('leaves names, addresses and numbers readable', () => {
    for (const text of ['Acme HQ', 'pbx.example.com', '+27 87 250 0100', 'St. Mary’s (south) #2 - 50%'])
      expect(escapeMarkdown(text)).toBe(text);
  });

  it('shows marks that turn the order of letters as a space', () => {
    expect(escapeMarkdown('a\u202egnp.exe')).toBe('a gnp.exe');
  });
});
