/** Runs the commands of `npm run check` and `npm test` one after the other and keeps score. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../controller/paths.ts';

/** Runs a program with our own terminal; its exit code. */
export const run = (args: string[], environment: Record<string, string> = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: repositoryRoot,
      stdio: 'inherit',
      env: { ...process.env, ...environment },
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });

const bin = (name: string): string => join(repositoryRoot, 'node_modules', name);

/** What needs nothing but the sources: types, lint, format, and that the migrations make the schema. */
export const sourceChecks: { name: string; args: string[] }[] = [
  { name: 'types', args: [bin('typescript/bin/tsc')] },
  { name: 'types of the web UI', args: [bin('typescript/bin/tsc'), '-p', 'ui'] },
  { name: 'lint', args: [bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', args: [bin('@biomejs/biome/bin/biome'), 'check', '.'] },
  {
    name: 'migrations make the schema',
    args: [
      'tools/prisma.mjs',
      'migrate',
      'diff',
      '--from-migrations',
      'prisma/migrations',
      '--to-schema',
      'prisma/schema.prisma',
      '--exit-code',
    ],
  },
];

export type Score = { passed: number; failed: number; skipped: number };

export const sum = (scores: Score[]): Score => ({
  passed: scores.reduce((total, score) => total + score.passed, 0),
  failed: scores.reduce((total, score) => total + score.failed, 0),
  skipped: scores.reduce((total, score) => total + score.skipped, 0),
});

/** Each check is one point. */
export const runChecks = async (): Promise<Score> => {
  const score: Score = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, args } of sourceChecks) {
    const code = await run(args);
    console.log(`${code === 0 ? '✓' : '✗'} ${name}`);
    score[code === 0 ? 'passed' : 'failed']++;
  }
  return score;
};

/** Files at a time. They wait for databases, switches and sockets more than they compute: two also on two cores. */
const workers = { unit: Math.max(2, availableParallelism() - 1), system: 2, stories: 1 };

const VitestReport = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numFailedTestSuites: z.int(),
});

/** Runs Vitest on a project. A run that ends without a report, or fails outside of a test, counts as a failure. */
export const runVitest = async (
  project: 'unit' | 'stories' | 'system',
  filters: string[] = [],
): Promise<Score> => {
  const report = join(repositoryRoot, 'test-output', `${project}.json`);
  rmSync(report, { force: true });
  const code = await run([
    '--disable-warning=ExperimentalWarning',
    bin('vitest/vitest.mjs'),
    'run',
    '--project',
    project,
    `--maxWorkers=${workers[project]}`,
    // a filter may mean files of one project alone
    ...(filters.length > 0 ? ['--passWithNoTests'] : []),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...filters,
  ]);
  try {
    const read = VitestReport.parse(JSON.parse(readFileSync(report, 'utf8')));
    const failed = read.numFailedTests || (code === 0 ? 0 : 1);
    return { passed: read.numPassedTests, failed, skipped: read.numPendingTests };
  } catch (error) {
    console.error(`the ${project} tests left no report: ${String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
};
