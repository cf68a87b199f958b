import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { compileTemplate, escapeAsteriskConf, RenderError } from './render.ts';

describe('a strict template', () => {
  it('refuses a name that the model lacks', () => {
    const render = compileTemplate<object>('<a b="{{missing}}"/>', 'xml');
    expect(() => render({})).toThrow(RenderError);
  });

  it('refuses raw output and never reads prototypes', () => {
    expect(() => compileTemplate('{{{raw}}}', 'xml')).toThrow(RenderError);
    expect(() => compileTemplate('{{&raw}}', 'xml')).toThrow(RenderError);
    expect(() => compileTemplate<object>('{{constructor}}', 'xml')({})).toThrow(RenderError);
  });

  it('refuses what is not plain data', () => {
    const render = compileTemplate<{ a: unknown }>('{{a}}', 'xml');
    for (const a of [Number.NaN, () => 'x', new Map(), Symbol('x'), new Date()])
      expect(() => render({ a })).toThrow(RenderError);
  });

  it('keeps true and false for conditions and numbers as text', () => {
    const render = compileTemplate<{ on: boolean; port: number }>(
      '{{#if on}}{{port}}{{/if}}',
      'asterisk-conf',
    );
    expect(render({ on: false, port: 5060 })).toBe('');
    expect(render({ on: true, port: 5060 })).toBe('5060');
  });
});

describe('XML', () => {
  const render = compileTemplate<{ value: string }>('<a b="{{value}}"/>', 'xml');

  it('gives back exactly what went in, whatever it was', () => {
    const parser = new XMLParser({
      ignoreAttributes: false,
      parseAttributeValue: false,
      trimValues: false,
      htmlEntities: true,
    });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (value) => {
        let xml: string;
        try {
          xml = render({ value });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RenderError);
          return;
        }
        expect(XMLValidator.validate(xml)).toBe(true);
        expect(parser.parse(xml).a['@_b']).toBe(value);
      }),
    );
  });

  it('refuses control characters and lone surrogates', () => {
    for (const value of ['\u0000', 'a\u0007', '\ud800', '\udc00x', '\uffff'])
      expect(() => render({ value })).toThrow(RenderError);
  });
});

describe('Asterisk files', () => {
  const render = compileTemplate<{ value: string }>('[section]\nkey = {{value}}\n', 'asterisk-conf');

  it('refuses what would begin a line, a section or an escape of its own', () => {
    for (const value of ['a\nb', 'a\r', 'a]', '[x', 'a\\', 'a\\;b', ' a', 'a ', '\u0000', 'a\u2028'])
      expect(() => render({ value })).toThrow(RenderError);
  });

  it('keeps a semicolon from beginning a comment', () => {
    expect(render({ value: 'a;b' })).toBe('[section]\nkey = a\\;b\n');
  });

  it('never lets a value make another line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (value) => {
        try {
          expect(escapeAsteriskConf(value).split(/\r|\n/)).toHaveLength(1);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RenderError);
        }
      }),
    );
  });
});
