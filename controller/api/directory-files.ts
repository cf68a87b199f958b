/** /trunks/:trunkId/extensions/import and /export: a whole directory as a CSV file. */
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { Request } from 'express';
import type { Configuration } from '../configuration.ts';
import { DirectoryImportAnswer } from '../contract/answers.ts';
import { type DirectoryImport, DirectoryImportQuery } from '../contract/directory-import.ts';
import { readDirectoryCsv } from '../directory/csv.ts';
import { writeDirectoryCsv } from '../directory/csv-export.ts';
import { AppError } from '../errors.ts';
import type { StoresOf } from '../open-stores.ts';
import { operator, viewer } from './caller.ts';
import { findTrunk } from './input.ts';
import { type Route, route, sent } from './route.ts';

export type DirectoryFileRoutes = { configuration: Configuration; stores: StoresOf };

export const mostFileBytes = 5_000_000;
const rowsAtOnce = 500;
const problemsTold = 100;

export function directoryFileRoutes({ configuration, stores }: DirectoryFileRoutes): Route[] {
  const tag = 'Directory';
  return [
    route({
      method: 'post',
      path: '/trunks/:trunkId/extensions/import',
      id: 'importDirectory',
      tag,
      summary: 'Import a directory from a CSV file, all rows or none',
      description:
        'With `dryRun=true`, which is the default, it only says what it would do, row by row. The columns are ext, name, owner, department and aliases.',
      access: operator('directory:write'),
      query: DirectoryImportQuery,
      upload: 'text/csv',
      answer: DirectoryImportAnswer,
      problems: ['too-large'],
      handle: async ({ workspaceId, params, query, request, response, commit }) => {
        const { id: trunkId } = findTrunk(configuration.of(workspaceId), params.trunkId);
        const dryRun = query.dryRun === 'true';
        const rows = await readDirectoryCsv(uploaded(request));
        const { extensions } = stores(workspaceId);
        const done = await (dryRun
          ? extensions.importRows(trunkId, rows, true)
          : commit('trunk', trunkId, () => extensions.importRows(trunkId, rows, false)));
        if (done.imported && done.counts.create + done.counts.change > 0) {
          await configuration.refreshTrunk(trunkId);
        }
        if (!dryRun && !done.imported) throw nothingImported(done);
        response.type('json').send(await toJson(done));
        return sent;
      },
    }),
    route({
      method: 'get',
      path: '/trunks/:trunkId/extensions/export',
      id: 'exportDirectory',
      tag,
      summary: 'The directory as a CSV file, which can be imported again',
      access: viewer('directory:read'),
      sends: ['text/csv'],
      handle: async ({ workspaceId, params, response }) => {
        const { name, directory } = findTrunk(configuration.of(workspaceId), params.trunkId);
        response.attachment(`${name} directory.csv`).type('text/csv; charset=utf-8; header=present');
        await pipeline(writeDirectoryCsv(directory), response);
        return sent;
      },
    }),
  ];
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
