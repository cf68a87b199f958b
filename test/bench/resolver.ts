/**
 * `npm run bench -- resolver`: how often a request is understood as a person would (the labelled sets of
 * `controller/directory/evaluation`), how long a look-up takes among 10,000 extensions, over requests that all differ,
 * and how long a directory file of 10,000 rows takes to read. No switch takes part.
 */
import { Readable } from 'node:stream';
import type { DirectoryEntry } from '../../controller/contract/extension.ts';
import { readDirectoryCsv } from '../../controller/directory/csv.ts';
import { writeDirectoryCsv } from '../../controller/directory/csv-export.ts';
import {
  type Evaluation,
  evaluateResolver,
  readLabelledDirectory,
  readLabelledRequests,
} from '../../controller/directory/evaluation/evaluate.ts';
import { prepareDirectory, resolve } from '../../controller/directory/resolver.ts';
import { percentile, round } from './pulses.ts';

const largeEntries = 10_000;

export const benchResolver = async (options: { tell: (line: string) => void }): Promise<object> => {
  const main = await evaluateResolver('main');
  const heldOut = await evaluateResolver('held-out');
  const heldOut2 = await evaluateResolver('held-out-2');
  const heldOut3 = await evaluateResolver('held-out-3');
  const heldOut4 = await evaluateResolver('held-out-4');
  for (const [name, set] of Object.entries({ main, heldOut, heldOut2, heldOut3, heldOut4 })) {
    options.tell(
      `${name}: ${set.requests} requests over ${set.entries} entries; right ${percent(set.right)} of ${set.clear} clear ones, wrong ${percent(set.wrong)}`,
    );
    for (const { category, words, expected, answered } of set.faults)
      options.tell(`  ${category}: ${JSON.stringify(words)} means ${expected}, answered ${answered}`);
  }

  const directory = largeDirectory([
    ...(await readLabelledDirectory('main')),
    ...(await readLabelledDirectory('held-out')),
  ]);
  const startedMs = performance.now();
  const prepared = prepareDirectory(directory);
  const prepareMs = performance.now() - startedMs;
  const requests = differentRequests(directory);
  // half of them warm the code up; those that are measured have not been asked before
  const half = Math.floor(requests.length / 2);
  for (const words of requests.slice(0, half)) resolve(words, prepared);
  const timesMs = requests.slice(half).map((words) => {
    const beforeMs = performance.now();
    resolve(words, prepared);
    return performance.now() - beforeMs;
  });

  const csv: Buffer[] = [];
  for await (const piece of writeDirectoryCsv(directory)) csv.push(Buffer.from(piece as Uint8Array));
  const csvStartedMs = performance.now();
  const rows = await readDirectoryCsv(Readable.from(csv));
  const csvMs = performance.now() - csvStartedMs;
  if (rows.some(({ entry }) => entry === null))
    throw new Error('the bench made a directory file with faults');

  const result = {
    requests: main.requests,
    right: round(main.right, 4),
    wrong: round(main.wrong, 4),
    p99Ms: round(percentile(timesMs, 0.99), 3),
    p50Ms: round(percentile(timesMs, 0.5), 3),
    slowestMs: round(Math.max(...timesMs), 3),
    entries: main.entries,
    clear: main.clear,
    wrongAndCertain: round(main.wrongAndCertain, 4),
    heldOut: {
      entries: heldOut.entries,
      requests: heldOut.requests,
      right: round(heldOut.right, 4),
      wrong: round(heldOut.wrong, 4),
    },
    heldOut2: sentences(heldOut2),
    heldOut3: sentences(heldOut3),
    heldOut4: sentences(heldOut4),
    largeEntries,
    timedRequests: timesMs.length,
    prepareMs: round(prepareMs, 0),
    csvRows: rows.length,
    csvReadSeconds: round(csvMs / 1000, 2),
  };
  options.tell(
    `${largeEntries} entries: p50 ${result.p50Ms} ms, p99 ${result.p99Ms} ms, slowest ${result.slowestMs} ms over ${timesMs.length} requests; prepared in ${result.prepareMs} ms`,
  );
  options.tell(`${rows.length} rows of CSV read and checked in ${result.csvReadSeconds} s`);
  return result;
};

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** The same at every run: numbers that look random (mulberry32). */
const numbersFrom = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

const syllables =
  'an ber chi dor el fen gar hol is jen kra lin mor nak os pel quin ros sten tor ul vas wen yar zim da ko ri sha wo'.split(
    ' ',
  );

/** First names as people have them, so many share one; half of the last names are shared, too. */
export const largeDirectory = (known: readonly DirectoryEntry[]): DirectoryEntry[] => {
  const number = numbersFrom(7);
  const names = known
    .flatMap(({ name, owner }) => [name, owner])
    .map((name) => name.split(' '))
    .filter((words) => words.length === 2);
  const one = <T>(list: readonly T[]): T => list[number(list.length)] as T;
  const departments = [...new Set(known.map(({ department }) => department))];
  const aliases = known.flatMap((entry) => entry.aliases);
  return Array.from({ length: largeEntries }, (_, at): DirectoryEntry => {
    const made = Array.from({ length: 2 + number(2) }, () => one(syllables)).join('');
    const last = at % 2 === 0 ? (one(names)[1] ?? made) : made.slice(0, 1).toUpperCase() + made.slice(1);
    return {
      ext: String(10_000 + at),
      name: `${one(names)[0]} ${last}`,
      owner: '',
      department: one(departments),
      aliases: at % 10 === 0 ? [`${one(aliases)} ${last}`] : [],
      enabled: true,
    };
  });
};

/** As callers ask: whole names, parts, misspelt, with fillers, read-out extensions, departments, and what is not there. */
const differentRequests = (directory: readonly DirectoryEntry[]): string[] => {
  const number = numbersFrom(11);
  const labelled = [...readLabelledRequests('main'), ...readLabelledRequests('held-out')];
  const made = directory.flatMap(({ ext, name, department, aliases }) => {
    const [first = '', last = ''] = name.split(' ');
    const cut = 1 + number(Math.max(1, name.length - 2));
    return [
      name,
      `could you put me through to ${last} ${first} please`,
      `${first} in ${department}`,
      name.slice(0, cut) + name.slice(cut + 1),
      `good morning I would like to talk to ${first} ${last}son about my order`,
      `extension ${ext.split('').join(' ')}`,
      last,
      ...aliases,
    ];
  });
  const all = [...new Set([...labelled.map(({ words }) => words), ...made])];
  const mixed = all.map((words) => ({ words, at: number(1 << 30) })).sort((a, b) => a.at - b.at);
  return mixed.slice(0, 20_000).map(({ words }) => words);
};

const sentences = ({ entries, requests, clear, right, wrong, wrongAndCertain }: Evaluation): object => ({
  entries,
  requests,
  clear,
  right: round(right, 4),
  wrong: round(wrong, 4),
  wrongAndCertain: round(wrongAndCertain, 4),
});
