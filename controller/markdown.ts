/**
 * Text into Markdown and back: `escapeMarkdown` makes any text stand for itself wherever a template puts it (CommonMark
 * and GitHub's tables), `plainText` reads what our own templates wrote. It does not know what the text is about.
 */

/**
 * What could begin something inside a line: emphasis, code, links, images, tables, strikethrough, mathematics, and `:`
 * `@` `www.`, which GitHub turns into links. What counts at the start of a line only (`#`, `-`, `1.`) is left readable,
 * since templates put no value there.
 */
const meaningful = /[\\`*_{}[\]|~$:@]|(?<=www)\./gi;
const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };

/** Line breaks and other controls, line and paragraph separators, and marks that turn the order of letters on the screen. */
const notInALine =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text for a paragraph, a list item or a table cell, but not for the start of a line nor for code. */
export const escapeMarkdown = (text: string): string =>
  text
    .replace(notInALine, ' ')
    .replace(loneSurrogate, '\ufffd')
    .replace(meaningful, (sign) => `\\${sign}`)
    .replace(/[<>&]/g, (sign) => entities[sign] ?? sign); // raw HTML: entities hold where a backslash would not

/** A line of Markdown as people read it: without marks for bold and code, escapes undone. */
export const plainText = (markdown: string): string =>
  markdown.replace(/\\([!-/:-@[-`{-~])|&(lt|gt|amp);|\*\*|`/g, (whole, escaped?: string, entity?: string) => {
    if (escaped !== undefined) return escaped;
    if (entity === undefined) return whole.replace(/\*\*|`/, '');
    return { lt: '<', gt: '>', amp: '&' }[entity] ?? whole;
  });
