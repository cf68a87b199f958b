/**
 * The mark of a restore that has begun and not ended: a controller must not start on what it left. It says how far it
 * came: while it is `checking` nothing was put in place, from `filling` on what is in the database is the restore's own.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';

export const unfinishedRestore = (dataDir: string): string => join(dataDir, 'restore-unfinished');

export type RestorePhase = 'checking' | 'filling';

/** How far an earlier restore into `dataDir` came; null when none was left unfinished. */
export const phaseOfUnfinishedRestore = (dataDir: string): RestorePhase | null => {
  const mark = unfinishedRestore(dataDir);
  if (!existsSync(mark)) return null;
  return readFileSync(mark, 'utf8').trim() === 'filling' ? 'filling' : 'checking';
};

/** Throws when `dataDir` holds half a restore. */
export const refuseUnfinishedRestore = (dataDir: string): void => {
  if (!existsSync(unfinishedRestore(dataDir))) return;
  throw new AppError(
    'conflict',
    `a restore into ${dataDir} was begun and did not end: repeat it (npm run restore -- FILE), which begins anew`,
  );
};
