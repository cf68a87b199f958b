/** What importing rows into a directory does to it. Pure; knows no database. */
import type { CsvColumn, DirectoryImportRow } from '../contract/directory-import.ts';
import { csvColumns } from '../contract/directory-import.ts';
import type { DirectoryEntry } from '../contract/extension.ts';
import type { CsvRow } from './csv.ts';

export type DirectoryFields = Pick<DirectoryEntry, CsvColumn>;
export type ImportPlan = {
  rows: DirectoryImportRow[];
  /** whole entries as they shall be: the new and the changed ones */
  writes: DirectoryFields[];
};

/** `existing` by extension. A column that the file does not have keeps its value. */
export function planImport(
  rows: readonly CsvRow[],
  existing: ReadonlyMap<string, DirectoryFields>,
): ImportPlan {
  const plan: ImportPlan = { rows: [], writes: [] };
  for (const row of rows) {
    const { line, ext } = row;
    if (row.entry === null) {
      plan.rows.push({ line, ext, action: 'wrong', fields: [], problems: row.problems });
      continue;
    }
    const before = existing.get(ext);
    const { name, owner, department, aliases } = row.entry;
    const after = {
      ext,
      name,
      owner: owner ?? before?.owner ?? '',
      department: department ?? before?.department ?? '',
      aliases: aliases ?? before?.aliases ?? [],
    };
    const fields =
      before === undefined ? [] : csvColumns.filter((column) => !isSame(before[column], after[column]));
    const action = before === undefined ? 'create' : fields.length > 0 ? 'change' : 'unchanged';
    plan.rows.push({ line, ext, action, fields, problems: [] });
    if (action !== 'unchanged') plan.writes.push(after);
  }
  return plan;
}

const isSame = (one: string | string[], other: string | string[]): boolean =>
  typeof one === 'string' || typeof other === 'string'
    ? one === other
    : one.length === other.length && one.every((text, index) => text === other[index]);
