/** Imports rows into a trunk's directory: all of them or none. Bulk SQL; knows no CSV and no HTTP. */
import type { DirectoryImport, DirectoryImportRow } from '../contract/directory-import.ts';
import type { CsvRow } from '../directory/csv.ts';
import { type DirectoryFields, planImport } from '../directory/csv-plan.ts';
import type { Database } from './database.ts';
import type { Prisma } from './generated/client.ts';
import { written } from './violation.ts';

// both small enough not to hold up the thread that calls' audio runs on
const rowsRead = 500;
const rowsWritten = 250;

/** Nothing is written when `dryRun`, or when any row is wrong. */
export async function importDirectory(
  database: Database,
  options: { trunkId: string; rows: readonly CsvRow[]; dryRun: boolean },
): Promise<DirectoryImport> {
  const { trunkId, rows, dryRun } = options;
  const work = async (tx: Prisma.TransactionClient): Promise<DirectoryImport> => {
    // two imports into one directory go one after the other; single changes meanwhile are overwritten, never lost halfway
    await tx.$queryRaw`SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended(${trunkId}, 0))) AS locked`;
    const plan = planImport(rows, await readDirectory(tx, trunkId));
    const counts = countActions(plan.rows);
    const imported = !dryRun && counts.wrong === 0;
    if (imported) {
      for (let at = 0; at < plan.writes.length; at += rowsWritten) {
        await writeRows(tx, trunkId, plan.writes.slice(at, at + rowsWritten));
      }
    }
    return { dryRun, imported, counts, rows: plan.rows };
  };
  const limits = { maxWait: 10_000, timeout: 60_000 };
  return await database.run((prisma) => written('trunk', prisma.$transaction(work, limits)));
}

async function readDirectory(
  tx: Prisma.TransactionClient,
  trunkId: string,
): Promise<Map<string, DirectoryFields>> {
  const found = new Map<string, DirectoryFields>();
  let after = '';
  for (;;) {
    const page = await tx.extension.findMany({
      where: { trunkId, ext: { gt: after } },
      select: { ext: true, name: true, owner: true, department: true, aliases: true },
      orderBy: { ext: 'asc' },
      take: rowsRead,
    });
    for (const row of page) found.set(row.ext, row);
    const last = page.at(-1);
    if (last === undefined || page.length < rowsRead) return found;
    after = last.ext;
  }
}

/** `enabled` is not in the file: it stays as it is, and new entries are enabled. */
const writeRows = (tx: Prisma.TransactionClient, trunkId: string, rows: DirectoryFields[]) => tx.$executeRaw`
  INSERT INTO extension (id, trunk_id, ext, name, owner, department, aliases, enabled)
  SELECT gen_random_uuid(), ${trunkId}::uuid, ext, name, owner, department, aliases, true
  FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
    AS given (ext text, name text, owner text, department text, aliases text[])
  ON CONFLICT (trunk_id, ext) DO UPDATE SET
    name = excluded.name, owner = excluded.owner, department = excluded.department, aliases = excluded.aliases`;

function countActions(rows: readonly DirectoryImportRow[]): DirectoryImport['counts'] {
  const counts = { create: 0, change: 0, unchanged: 0, wrong: 0 };
  for (const { action } of rows) counts[action] += 1;
  return counts;
}
