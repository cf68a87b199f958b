/**
 * How often the resolver answers as a person would: labelled requests over labelled directories. The labels were written
 * by hand from the directory alone; what the code answers had no part in them. Knows no bench and no test runner.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { type DirectoryEntry, ExtensionInput } from '../../contract/extension.ts';
import { repositoryPath } from '../../paths.ts';
import { readDirectoryCsv } from '../csv.ts';
import { prepareDirectory, type Resolution, resolve } from '../resolver.ts';

/**
 * `main` was used to improve the resolver, and after their first run so were `held-out` (a directory of its own) and
 * `held-out-2` and `held-out-3` (whole sentences over the main directory). `held-out-4` is like those: its labels stood
 * before it was run for the first time, and nothing was mended for it.
 */
export type EvaluationSet = 'main' | 'held-out' | 'held-out-2' | 'held-out-3' | 'held-out-4';

const folder = (set: EvaluationSet): string =>
  repositoryPath('controller', 'directory', 'evaluation', set === 'main' ? '' : set);

const Request = z.strictObject({
  category: z.string(),
  words: z.string(),
  /** `215`, `215|216` (ambiguous), `department=Sales` (ambiguous among all of these), or `none` */
  expected: z.string().regex(/^(none|[0-9]{2,6}(\|[0-9]{2,6})*|department=.+)$/),
});
export type LabelledRequest = z.infer<typeof Request>;

export const readLabelledDirectory = async (set: EvaluationSet): Promise<DirectoryEntry[]> => {
  const directory = set === 'held-out' ? set : 'main';
  const rows = await readDirectoryCsv(createReadStream(`${folder(directory)}/directory.csv`));
  return rows.map(({ line, entry }) => {
    if (entry === null) throw new Error(`line ${line} of the ${set} directory is wrong`);
    return ExtensionInput.parse(entry);
  });
};

export const readLabelledRequests = (set: EvaluationSet): LabelledRequest[] =>
  z.array(Request).parse(parse(readFileSync(`${folder(set)}/requests.csv`), { columns: true }));

/** Requests of this category are those of which people would not agree, or would ask back first. */
const unclear = 'hard';

export type Fault = LabelledRequest & { answered: string; isWrongTransfer: boolean };
export type Evaluation = {
  entries: number;
  /** all of them */
  requests: number;
  clear: number;
  /** share of the clear requests that were answered as labelled */
  right: number;
  /** share of all requests that would have gone to somebody who was not asked for */
  wrong: number;
  /** the same, of those that an agent need not ask back about */
  wrongAndCertain: number;
  byCategory: Record<string, { requests: number; right: number; wrong: number }>;
  faults: Fault[];
};

const extsOf = (found: Resolution): string[] =>
  found.result === 'match'
    ? [found.entry.ext]
    : found.result === 'ambiguous'
      ? found.candidates.map(({ ext }) => ext).sort()
      : [];

const expectedExts = (expected: string, directory: readonly DirectoryEntry[]): string[] => {
  if (expected === 'none') return [];
  if (!expected.startsWith('department=')) return expected.split('|').sort();
  const department = expected.slice('department='.length);
  return directory
    .filter((entry) => entry.department === department)
    .map(({ ext }) => ext)
    .sort();
};

export const evaluateResolver = async (set: EvaluationSet): Promise<Evaluation> => {
  const directory = await readLabelledDirectory(set);
  const requests = readLabelledRequests(set);
  const prepared = prepareDirectory(directory);
  const evaluation: Evaluation = {
    entries: directory.length,
    requests: requests.length,
    clear: 0,
    right: 0,
    wrong: 0,
    wrongAndCertain: 0,
    byCategory: {},
    faults: [],
  };
  for (const request of requests) {
    const found = resolve(request.words, prepared);
    const answered = extsOf(found);
    const expected = expectedExts(request.expected, directory);
    const isRight = answered.join('|') === expected.join('|');
    const isWrongTransfer = found.result === 'match' && !isRight;
    evaluation.byCategory[request.category] ??= { requests: 0, right: 0, wrong: 0 };
    const category = evaluation.byCategory[request.category];
    if (category !== undefined) {
      category.requests += 1;
      if (isRight) category.right += 1;
      if (isWrongTransfer) category.wrong += 1;
    }
    if (request.category !== unclear) evaluation.clear += 1;
    if (request.category !== unclear && isRight) evaluation.right += 1;
    if (isWrongTransfer) evaluation.wrong += 1;
    if (found.result === 'match' && found.certain && !isRight) evaluation.wrongAndCertain += 1;
    if (!isRight)
      evaluation.faults.push({ ...request, answered: answered.join('|') || 'none', isWrongTransfer });
  }
  evaluation.right /= evaluation.clear;
  evaluation.wrong /= evaluation.requests;
  evaluation.wrongAndCertain /= evaluation.requests;
  return evaluation;
};
