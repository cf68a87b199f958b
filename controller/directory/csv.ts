/**
 * Reads a directory from a CSV file (RFC 4180, UTF-8): the rows that are right, and what is wrong with the others by
 * line. A stream in small pieces, because calls' audio runs on the same thread. Knows no database and no trunk.
 */
import { pipeline } from 'node:stream/promises';
import { type CsvError, type Info, parse } from 'csv-parse';
import { z } from 'zod';
import { type CsvColumn, csvColumns } from '../contract/directory-import.ts';
import { ExtensionInput, ExtensionPatch } from '../contract/extension.ts';
import { AppError } from '../errors.ts';
import { splitAliases, unguardCell } from './csv-cell.ts';
import { choosePieces } from './csv-pieces.ts';

/** A directory entry; a column that the file does not have is left out. */
const CsvEntry = z.strictObject({
  ext: z.string().trim().pipe(ExtensionInput.shape.ext),
  name: ExtensionInput.shape.name,
  owner: ExtensionPatch.shape.owner,
  department: ExtensionPatch.shape.department,
  aliases: ExtensionPatch.shape.aliases,
});
export type CsvEntry = z.infer<typeof CsvEntry>;

export type CsvRow =
  | { line: number; ext: string; entry: CsvEntry }
  | { line: number; ext: string; entry: null; problems: string[] };

export const mostCsvRows = 50_000;
/** More than the longest row that can be right has. */
const mostRecordBytes = 65_536;

const firstLine = `the first line has to name the columns: ${csvColumns.join(',')} (ext and name at least)`;
const quoting = 'a field with a " in it stands between quotes, with "" for each " inside it';
const unread = 'the lines after this one were not read';

/** Rejects only when `source` does, or when the file has too many rows. */
export async function readDirectoryCsv(source: AsyncIterable<Uint8Array>): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  const lineOfExt = new Map<string, number>();
  let columns: CsvColumn[] | null = null;
  let isOver = false;
  let seen = { lines: 0, empty_lines: 0 };
  /** Where the record begins that ends, or breaks off, at `info`: a quoted field may hold line breaks. */
  const beginning = (info: Pick<Info, 'lines' | 'empty_lines'>): number => {
    const line = Math.min(seen.lines + 1 + info.empty_lines - seen.empty_lines, Math.max(info.lines, 1));
    seen = { lines: info.lines, empty_lines: info.empty_lines };
    return line;
  };
  const wrong = (line: number, ext: string, ...problems: string[]): void => {
    rows.push({ line, ext: ext.slice(0, 80), entry: null, problems });
  };
  const noteBroken = (error: CsvError | undefined): undefined => {
    if (isOver || error === undefined) return;
    const info = error as CsvError & Pick<Info, 'lines' | 'empty_lines'>;
    const line = beginning(info);
    // the parser reports a row again for each further quote in it
    if (rows.at(-1)?.line === line || line > info.lines) return;
    // csv-parse goes on soundly only after a quote in an unquoted field; of the others nobody knows where the row ends
    isOver = error.code !== 'INVALID_OPENING_QUOTE';
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') wrong(line, '', 'a quote is opened and never closed', unread);
    else if (error.code === 'CSV_MAX_RECORD_SIZE') wrong(line, '', 'the row is too long', unread);
    else wrong(line, '', quoting, ...(isOver ? [unread] : []));
  };

  const { separator, pieces } = await choosePieces(source);
  const take = (cells: string[], line: number): void => {
    if (cells.every((cell) => cell === '')) return; // what spreadsheets leave below a table
    if (columns === null) {
      columns = columnsOf(cells);
      if (columns !== null) return;
      wrong(line, '', firstLine, unread);
      isOver = true;
      return;
    }
    if (rows.length >= mostCsvRows) {
      throw new AppError('too-large', `a directory file may have ${mostCsvRows} rows at most`);
    }
    const row = rowOf(cells, columns, line, separator);
    const before = row.entry === null ? undefined : lineOfExt.get(row.ext);
    if (before !== undefined) wrong(line, row.ext, `ext: ${row.ext} is on line ${before} already`);
    else rows.push(row);
    if (row.entry !== null && before === undefined) lineOfExt.set(row.ext, line);
  };
  const parser = parse({
    bom: true,
    delimiter: separator,
    record_delimiter: '\n',
    trim: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: mostRecordBytes,
    skip_records_with_error: true,
    on_skip: noteBroken,
    // in the order of the file with on_skip, which the parser's output is not; null = nothing is put out
    on_record: (cells: string[], info) => {
      const line = beginning(info);
      if (!isOver) take(cells, line);
      return null;
    },
  });
  await pipeline(pieces, parser, async (output: AsyncIterable<unknown>) => {
    for await (const _ of output);
  });
  if (columns === null && rows.length === 0) wrong(1, '', 'the file is empty', firstLine);
  return rows;
}

/** null when this is not the line of column names. */
function columnsOf(cells: string[]): CsvColumn[] | null {
  const names = cells.map((cell) => cell.toLowerCase());
  const isColumn = (name: string): name is CsvColumn => (csvColumns as readonly string[]).includes(name);
  if (!names.every(isColumn) || new Set(names).size !== names.length) return null;
  return names.includes('ext') && names.includes('name') ? names : null;
}

function rowOf(cells: string[], columns: CsvColumn[], line: number, separator: string): CsvRow {
  const cell = (column: CsvColumn): string | undefined => {
    const text = cells[columns.indexOf(column)];
    return text === undefined ? undefined : unguardCell(text);
  };
  const ext = (cell('ext') ?? '').slice(0, 80);
  const problem = (...problems: string[]): CsvRow => ({ line, ext, entry: null, problems });
  if (cells.length !== columns.length) {
    const hint =
      cells.length > columns.length && separator === ';'
        ? ': a field with a ; in it stands between quotes, or separate aliases by |'
        : '';
    return problem(`${cells.length} fields where the first line has ${columns.length}${hint}`);
  }
  if (cells.some((text) => text.includes('\ufffd'))) {
    return problem('these are not UTF-8 letters: save the file as CSV UTF-8');
  }
  const aliases = cell('aliases');
  const parsed = CsvEntry.safeParse({
    ext: cell('ext'),
    name: cell('name'),
    owner: cell('owner'),
    department: cell('department'),
    aliases: aliases === undefined ? undefined : splitAliases(aliases),
  });
  if (parsed.success) return { line, ext: parsed.data.ext, entry: parsed.data };
  return problem(...parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`));
}
