/**
 * One cell of a directory file. A spreadsheet takes a cell that begins with = + - @ for a formula and may run it (CWE-1236),
 * so such a cell is written with an apostrophe before it, which is taken off again when it is read. The same after a
 * comma or semicolon inside a cell: a spreadsheet set to the other separator sees a new cell there.
 */
const signs = '[=+\\-@\uff1d\uff0b\uff0d\uff20]'; // and their full-width forms, which Excel takes too
const sign = new RegExp(signs, 'u');
const formulaStart = `('*${signs})`;
const unguarded = new RegExp(`(^|[;,]\\s*)${formulaStart}`, 'gu');
const guarded = new RegExp(`(^|[;,]\\s*)'${formulaStart}`, 'gu');

export const guardCell = (text: string): string =>
  sign.test(text) ? text.replace(unguarded, "$1'$2") : text;
/** Undoes `guardCell`, exactly. */
export const unguardCell = (cell: string): string => (sign.test(cell) ? cell.replace(guarded, '$1$2') : cell);

/** `|` separates them too, for files whose fields are separated by `;`. No alias has either in it. */
export const splitAliases = (cell: string): string[] =>
  cell
    .split(/[;|]/)
    .map((alias) => alias.trim())
    .filter((alias) => alias !== '');
export const joinAliases = (aliases: readonly string[]): string => aliases.join(';');
