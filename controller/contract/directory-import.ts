/** A directory as a CSV file: what importing one would do, or has done, row by row. */
import { z } from 'zod';

/** The columns of the file; `ext` and `name` must be there. */
export const csvColumns = ['ext', 'name', 'owner', 'department', 'aliases'] as const;
export type CsvColumn = (typeof csvColumns)[number];

export const DirectoryImportQuery = z.strictObject({
  /** true = only say what it would do */
  dryRun: z.enum(['true', 'false']).default('true'),
});

export type DirectoryImportRow = {
  /** where the row begins in the file; the line of column names is 1 */
  line: number;
  ext: string;
  action: 'create' | 'change' | 'unchanged' | 'wrong';
  /** what a change changes */
  fields: CsvColumn[];
  /** what is wrong, in words */
  problems: string[];
};

/** Entries that the file does not name stay as they are. */
export type DirectoryImport = {
  dryRun: boolean;
  /** false after a dry run, and when a row is wrong */
  imported: boolean;
  counts: Record<DirectoryImportRow['action'], number>;
  rows: DirectoryImportRow[];
};
