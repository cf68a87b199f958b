/** Writes a directory as the CSV file that `csv.ts` reads. Knows no trunk and no HTTP. */
import { Readable, type Transform } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { stringify } from 'csv-stringify';
import { csvColumns } from '../contract/directory-import.ts';
import type { DirectoryEntry } from '../contract/extension.ts';
import { guardCell, joinAliases } from './csv-cell.ts';

const rowsAtOnce = 100;

/**
 * RFC 4180 (comma, CR LF), with a byte order mark, without which Excel takes UTF-8 for its own code page. A field with a
 * `;` is quoted, so that no reader takes aliases for columns.
 */
export function writeDirectoryCsv(directory: readonly DirectoryEntry[]): Transform {
  const text = stringify({
    bom: true,
    header: true,
    columns: [...csvColumns],
    record_delimiter: '\r\n',
    quoted_match: ';',
  });
  const rows = Readable.from(rowsOf(directory));
  rows.on('error', (error) => text.destroy(error));
  return rows.pipe(text);
}

async function* rowsOf(directory: readonly DirectoryEntry[]): AsyncGenerator<string[]> {
  for (const [index, { ext, name, owner, department, aliases }] of directory.entries()) {
    if (index % rowsAtOnce === 0) await turn(); // calls' audio runs on this thread
    yield [ext, name, owner, department, joinAliases(aliases)].map(guardCell);
  }
}
