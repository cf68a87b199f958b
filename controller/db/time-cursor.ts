/**
 * Pages of a list that goes back in time: ordered by a column with a time and by id, both descending. The cursor says
 * where a page ended; it is opaque to whoever gets it, and checked when it comes back.
 */
import type { Page } from '../contract/page.ts';
import { AppError } from '../errors.ts';

type Behind<Column extends string> = {
  OR?: [Record<Column, { lt: Date }>, Record<Column, Date> & { id: { lt: string } }];
};

/** The condition for what lies behind the cursor; without one, for all. */
export function behind<Column extends string>(column: Column, cursor: string | undefined): Behind<Column> {
  if (cursor === undefined) return {};
  const { at, id } = readCursor(cursor);
  const before = { [column]: { lt: at } } as Record<Column, { lt: Date }>;
  const together = { [column]: at } as Record<Column, Date>;
  return { OR: [before, { ...together, id: { lt: id } }] };
}

/** `rows` were asked for with one more than `limit`, to see whether there are more. */
export function pageOf<Column extends string, Row extends Record<Column, Date> & { id: string }, Item>(
  column: Column,
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): Page<Item> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(toItem),
    nextCursor: last === undefined ? null : writeCursor({ at: last[column], id: last.id }),
  };
}

const writeCursor = ({ at, id }: { at: Date; id: string }): string =>
  Buffer.from(`${at.getTime()}:${id}`).toString('base64url');

function readCursor(cursor: string): { at: Date; id: string } {
  const [, time, id] =
    /^(\d{1,15}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(
      Buffer.from(cursor, 'base64url').toString(),
    ) ?? [];
  if (time === undefined || id === undefined) {
    const text = 'not a cursor that a page of this list gave';
    throw new AppError('invalid-input', text, { fields: { cursor: text } });
  }
  return { at: new Date(Number(time)), id };
}
