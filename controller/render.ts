/**
 * Strict Handlebars: a template names every value it uses, a value that the target format cannot carry is refused
 * or escaped, and nothing is looked up on prototypes. It does not know what the templates are for.
 */
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { escapeMarkdown } from './markdown.ts';

export type TemplateFormat = 'xml' | 'asterisk-conf' | 'markdown';
export type Renderer<Model> = (model: Model) => string;

/** A value that the target format cannot carry. The text names the value's beginning, never all of it. */
export class RenderError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RenderError';
  }
}

const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

const xmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Characters that XML 1.0 (§2.2) has no way to write, not even as a reference, and lone surrogates. */
const notInXml =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Text for an XML attribute or element. Line breaks become references, since a parser folds them in attributes. */
export const escapeXml = (text: string): string => {
  if (notInXml.test(text)) throw new RenderError(`XML cannot carry ${shown(text)}`);
  return text
    .replace(/[&<>"']/g, (sign) => xmlEntities[sign] ?? sign)
    .replace(/[\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
};

/**
 * Text for the right side of `key = value` in Asterisk's .conf files. The reader (main/config.c) ends a value at a
 * line break, takes `;` for a comment unless a backslash stands before it, and `;--` for a block comment; it trims
 * both ends. A section name ends at `]`.
 */
export const escapeAsteriskConf = (text: string): string => {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f\u2028\u2029]/.test(text))
    throw new RenderError(`a line of an Asterisk file cannot carry ${shown(text)}`);
  if (text !== text.trim()) throw new RenderError(`Asterisk would trim ${shown(text)}`);
  // `\;` is the only escape of the reader; a backslash before it would be taken for the escape of the semicolon.
  if (/\\(?:;|$)/.test(text))
    throw new RenderError(`Asterisk would read a backslash of ${shown(text)} as an escape`);
  // An IPv6 address is the only thing with brackets that we ever write.
  if (/[[\]]/.test(text.replace(/\[[0-9a-f:.]+\]/gi, '')))
    throw new RenderError(`an Asterisk file cannot carry brackets: ${shown(text)}`);
  return text.replaceAll(';', '\\;');
};

const escapers: Readonly<Record<TemplateFormat, (text: string) => string>> = {
  xml: escapeXml,
  'asterisk-conf': escapeAsteriskConf,
  markdown: escapeMarkdown,
};

const scalar = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return String(value);
  throw new RenderError(`a template value must be text, a finite number or true/false, not ${typeof value}`);
};

/**
 * Compiles a template, with `partials` for `{{> name}}`. Every `{{value}}` is escaped for `format`; `{{{value}}}` is
 * refused, so nothing goes out raw.
 * A name that the model lacks throws when it is rendered.
 */
export const compileTemplate = <Model extends object>(
  source: string,
  format: TemplateFormat,
  partials: Readonly<Record<string, string>> = {},
): Renderer<Model> => {
  if ([source, ...Object.values(partials)].some((text) => /\{\{~?[{&]/.test(text)))
    throw new RenderError('a template must not put values out unescaped');
  // An instance of its own: helpers that somebody registers globally do not reach our templates.
  const handlebars = Handlebars.create();
  handlebars.registerPartial({ ...partials });
  // noEscape turns off the HTML escaping; strings are escaped below, before Handlebars sees them.
  const template = handlebars.compile<unknown>(source, { strict: true, noEscape: true, preventIndent: true });
  return (model) => {
    try {
      return template(escaped(model, escapers[format]), {
        allowProtoPropertiesByDefault: false,
        allowProtoMethodsByDefault: false,
      });
    } catch (thrown) {
      if (thrown instanceof RenderError) throw thrown;
      throw new RenderError(thrown instanceof Error ? thrown.message : String(thrown));
    }
  };
};

/** A deep copy in which every string is escaped and everything that is not plain data is refused. */
const escaped = (value: unknown, escape: (text: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((item) => escaped(item, escape));
  if (value === null || value === undefined) return value;
  if (value instanceof Map || value instanceof Set || value instanceof Date || typeof value === 'function')
    throw new RenderError('a template model is plain data');
  if (typeof value === 'object')
    // without a prototype, since strict mode asks `name in model` and would find `constructor` there
    return Object.assign(
      Object.create(null),
      Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item, escape)])),
    );
  // true and false stay as they are for {{#if}}
  return typeof value === 'string' ? escape(value) : typeof value === 'boolean' ? value : scalar(value);
};

/** Compiles the template in a file; see `compileTemplate`. */
export const loadTemplate = <Model extends object>(path: string, format: TemplateFormat): Renderer<Model> =>
  compileTemplate<Model>(readFileSync(path, 'utf8'), format);
