/** Pages of lists that are in memory: sorted by a text and the id, so that a cursor holds while rows come and go. */
import { z } from 'zod';
import type { Page, PageQuery } from '../contract/page.ts';
import { AppError } from '../errors.ts';

const Cursor = z.tuple([z.string(), z.string()]);

export function paginate<T extends { id: string }>(
  items: Iterable<T>,
  query: PageQuery,
  textOf: (item: T) => string,
): Page<T> {
  const sorted = [...items]
    .map((item) => ({ item, key: [textOf(item), item.id] as const }))
    .sort((one, other) => compare(one.key, other.key));
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  const from = after === null ? 0 : sorted.findIndex(({ key }) => compare(key, after) > 0);
  const rest = from === -1 ? [] : sorted.slice(from, from + query.limit + 1);
  const page = rest.slice(0, query.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    nextCursor:
      rest.length <= query.limit || last === undefined
        ? null
        : Buffer.from(JSON.stringify(last.key)).toString('base64url'),
  };
}

/** Does the text occur in one of the others, whatever the case of its letters? */
export const matches = (wanted: string | undefined, ...texts: (string | null)[]): boolean =>
  wanted === undefined || texts.some((text) => text?.toLowerCase().includes(wanted.toLowerCase()) === true);

/** Is it this one, if one is asked for? */
export const is = (wanted: unknown, value: unknown): boolean => wanted === undefined || wanted === value;

function compare(
  [one, oneId]: readonly [string, string],
  [other, otherId]: readonly [string, string],
): number {
  const byText = collator.compare(one, other);
  return byText === 0 ? (oneId < otherId ? -1 : oneId > otherId ? 1 : 0) : byText;
}
const collator = new Intl.Collator('en', { numeric: true });

function readCursor(cursor: string): readonly [string, string] {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (cause) {
    const text = 'not a cursor that a page of this list gave';
    throw new AppError('invalid-input', text, { fields: { cursor: text }, cause });
  }
}
