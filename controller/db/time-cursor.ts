/** The cursor of a list that goes back in time: where a page ended. Opaque to whoever gets it, checked when it comes back. */
import { AppError } from '../errors.ts';

export const writeCursor = ({ at, id }: { at: Date; id: string }): string =>
  Buffer.from(`${at.getTime()}:${id}`).toString('base64url');

export function readCursor(cursor: string): { at: Date; id: string } {
  const [, time, id] =
    /^(\d{1,15}):([0-9a-z-]{1,64})$/i.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (time === undefined || id === undefined) {
    const text = 'not a cursor that a page of this list gave';
    throw new AppError('invalid-input', text, { fields: { cursor: text } });
  }
  return { at: new Date(Number(time)), id };
}
