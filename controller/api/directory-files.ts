/** /trunks/:trunkId/extensions/import and /export: a whole directory as a CSV file. */
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { type Request, Router } from 'express';
import type { Configuration } from '../configuration.ts';
import { type DirectoryImport, DirectoryImportQuery } from '../contract/directory-import.ts';
import type { ExtensionStore } from '../db/extension-store.ts';
import { readDirectoryCsv } from '../directory/csv.ts';
import { writeDirectoryCsv } from '../directory/csv-export.ts';
import { AppError } from '../errors.ts';
import { findTrunk, parseQuery } from './input.ts';

export type DirectoryFileRoutes = { configuration: Configuration; extensions: ExtensionStore };

export const mostFileBytes = 5_000_000;
const rowsAtOnce = 500;
const problemsTold = 100;

export function directoryFilesRouter({ configuration, extensions }: DirectoryFileRoutes): Router {
  const router = Router({ mergeParams: true });
  router.post('/import', async (request, response) => {
    const { id: trunkId } = findTrunk(configuration, request);
    const dryRun = parseQuery(DirectoryImportQuery, request).dryRun === 'true';
    const rows = await readDirectoryCsv(uploaded(request));
    const done = await extensions.importRows(trunkId, rows, dryRun);
    if (done.imported && done.counts.create + done.counts.change > 0) {
      await configuration.refreshTrunk(trunkId);
    }
    if (!dryRun && !done.imported) throw nothingImported(done);
    response.type('json').send(await toJson(done));
  });
  router.get('/export', async (request, response) => {
    const { name, directory } = findTrunk(configuration, request);
    response.attachment(`${name} directory.csv`).type('text/csv; charset=utf-8; header=present');
    await pipeline(writeDirectoryCsv(directory), response);
  });
  return router;
}

async function* uploaded(request: Request): AsyncGenerator<Buffer> {
  if (!request.is('text/csv')) {
    throw new AppError('invalid-input', 'send the file as the body, with Content-Type: text/csv');
  }
  if (request.get('content-encoding') !== undefined) {
    throw new AppError('invalid-input', 'send the file as it is, without a Content-Encoding');
  }
  const tooLarge = new AppError('too-large', `a directory file may have ${mostFileBytes / 1e6} MB at most`);
  if (Number(request.get('content-length') ?? 0) > mostFileBytes) throw tooLarge;
  let bytes = 0;
  try {
    // not destroyed when we stop reading: the answer has to go out on the same connection
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > mostFileBytes) throw tooLarge;
      yield chunk as Buffer;
    }
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError('invalid-input', 'the upload broke off', { cause: thrown });
  }
}

function nothingImported({ rows, counts }: DirectoryImport): AppError {
  const wrong = rows.filter(({ action }) => action === 'wrong').slice(0, problemsTold);
  const fields = Object.fromEntries(wrong.map(({ line, problems }) => [`line ${line}`, problems.join('; ')]));
  const detail =
    counts.wrong === 1
      ? '1 row is wrong, so nothing was imported'
      : `${counts.wrong} rows are wrong, so nothing was imported`;
  return new AppError('invalid-input', detail, { fields });
}

/** As JSON.stringify, with the thread left free in between. */
async function toJson({ rows, ...rest }: DirectoryImport): Promise<string> {
  const parts: string[] = [];
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    parts.push(
      rows
        .slice(at, at + rowsAtOnce)
        .map((row) => JSON.stringify(row))
        .join(','),
    );
    await turn();
  }
  return `${JSON.stringify(rest).slice(0, -1)},"rows":[${parts.join(',')}]}`;
}
