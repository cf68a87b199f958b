import { expect, test } from 'vitest';
import {
  type EvaluationSet,
  evaluateResolver,
  readLabelledDirectory,
  readLabelledRequests,
} from './evaluate.ts';

test.each<[EvaluationSet, number]>([
  ['main', 0.98],
  ['held-out', 0.98],
])('the %s set: at least %f of the clear requests right, wrong transfers under 0.005', async (set, least) => {
  const evaluation = await evaluateResolver(set);
  expect(evaluation.right, JSON.stringify(evaluation.faults, null, 1)).toBeGreaterThanOrEqual(least);
  expect(evaluation.wrong).toBeLessThan(0.005);
  expect(evaluation.wrongAndCertain).toBe(0);
});

test('the main set is as large as it says, and no request is there twice', async () => {
  expect(await readLabelledDirectory('main')).toHaveLength(200);
  const requests = readLabelledRequests('main');
  expect(requests.length).toBeGreaterThanOrEqual(500);
  expect(new Set(requests.map(({ words }) => words)).size).toBe(requests.length);
});

test('every label is an extension of the directory', async () => {
  for (const set of ['main', 'held-out', 'held-out-2', 'held-out-3', 'held-out-4'] as const) {
    const directory = await readLabelledDirectory(set);
    const exts = new Set(directory.map(({ ext }) => ext));
    const departments = new Set(directory.map(({ department }) => department));
    for (const { words, expected } of readLabelledRequests(set)) {
      if (expected === 'none') continue;
      const isKnown = expected.startsWith('department=')
        ? departments.has(expected.slice('department='.length))
        : expected.split('|').every((ext) => exts.has(ext));
      expect(isKnown, `${words} → ${expected}`).toBe(true);
    }
  }
});
