/**
 * Prepares a file for the CSV parser: finds its separator, makes every line break one line feed (the parser counts a
 * quoted CR LF as two lines), and hands it over in pieces that leave the thread free in between. Knows no columns.
 */
import { setImmediate as turn } from 'node:timers/promises';

const pieceBytes = 8192;
const [lineFeed, carriageReturn] = [10, 13];

export type Pieces = { separator: ',' | ';'; pieces: AsyncIterable<Buffer> };

/** The separator is the one that the first line has more of; a comma when it has neither. */
export async function choosePieces(source: AsyncIterable<Uint8Array>): Promise<Pieces> {
  const lines = withLineFeeds(source)[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let end = -1;
  // the line of column names is short: what is longer has none, and then any separator will do to say so
  while (end < 0 && head.length < pieceBytes) {
    const next = await lines.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
    const begin = head.findIndex((byte) => byte !== lineFeed);
    end = begin < 0 ? -1 : head.indexOf(lineFeed, begin);
  }
  const first = head.toString('utf8', 0, end < 0 ? undefined : end);
  const count = (sign: string): number => first.split(sign).length;
  const separator = count(';') > count(',') ? ';' : ',';
  return { separator, pieces: cut(head, lines) };
}

async function* cut(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  for (let block: Buffer | null = head; block !== null; ) {
    for (let at = 0; at < block.length; at += pieceBytes) {
      yield block.subarray(at, at + pieceBytes);
      await turn();
    }
    const next = await rest.next();
    block = next.done === true ? null : next.value;
  }
}

async function* withLineFeeds(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let wasCarriageReturn = false;
  for await (const chunk of source) {
    const out = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      const isSecondHalf = byte === lineFeed && wasCarriageReturn;
      wasCarriageReturn = byte === carriageReturn;
      if (!isSecondHalf) out[length++] = wasCarriageReturn ? lineFeed : byte;
    }
    if (length > 0) yield out.subarray(0, length);
  }
}
