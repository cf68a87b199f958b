#!/usr/bin/env node
/**
 * The one entry behind every npm script: does the set-up that the command needs, then runs it.
 *
 *   node tools/run.mjs start|demo|dev|check|test|screenshots|bench|backup|restore|rotate-key|stop [arguments]
 */
import { spawn } from 'node:child_process';
import {
  buildUi,
  checkNode,
  fetchDebianTree,
  generateClient,
  installPackages,
  installTestPrograms,
  root,
  SetupError,
} from './setup.mjs';

/**
 * Runs a program with our own terminal, hands our signals on, gives its exit code.
 * @param {string} command @param {string[]} args @returns {Promise<number>}
 */
const run = (command, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    process.on('SIGTERM', forward);
    // a terminal sends SIGINT to the whole group: the child has it already
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGTERM', forward);
      process.off('SIGINT', ignore);
      resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1));
    });
  });

const tsx = (/** @type {string} */ file, /** @type {string[]} */ args) =>
  run(process.execPath, [
    '--enable-source-maps',
    '--disable-warning=ExperimentalWarning',
    '--import',
    'tsx',
    file,
    ...args,
  ]);

const [command = '', ...args] = process.argv.slice(2);
const packages = [installPackages, generateClient];

/** @type {Record<string, { steps: (() => Promise<void>)[], go: () => Promise<number> }>} */
const commands = {
  start: { steps: [...packages, buildUi, fetchDebianTree], go: () => tsx('controller/main.ts', args) },
  dev: {
    steps: [...packages, buildUi, fetchDebianTree],
    go: () =>
      run(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'watch', 'controller/main.ts', ...args]),
  },
  demo: {
    steps: [...packages, buildUi, fetchDebianTree, installTestPrograms],
    go: () => tsx('test/demo/demo.ts', args),
  },
  bench: {
    steps: [...packages, fetchDebianTree, installTestPrograms],
    go: () => tsx('test/bench/bench.ts', args),
  },
  screenshots: {
    steps: [...packages, buildUi, fetchDebianTree, installTestPrograms],
    go: () => tsx('tools/screenshots.ts', args),
  },
  check: { steps: packages, go: () => tsx('tools/check.ts', args) },
  test: {
    steps: [...packages, buildUi, fetchDebianTree, installTestPrograms],
    go: () => tsx('tools/test.ts', args),
  },
  backup: { steps: packages, go: () => tsx('controller/backup/main.ts', ['backup', ...args]) },
  restore: { steps: packages, go: () => tsx('controller/backup/main.ts', ['restore', ...args]) },
  'rotate-key': { steps: packages, go: () => tsx('controller/secret-key/main.ts', args) },
  stop: { steps: packages, go: () => tsx('controller/stop.ts', args) },
};

const chosen = commands[command];
if (!chosen) {
  process.stderr.write(`usage: node tools/run.mjs ${Object.keys(commands).join('|')} [arguments]\n`);
  process.exit(2);
}
try {
  checkNode();
  for (const step of chosen.steps) await step();
  process.exitCode = await chosen.go();
} catch (error) {
  if (!(error instanceof SetupError || (error instanceof Error && error.name === 'DebianPackagesError'))) {
    throw error;
  }
  process.stderr.write(`\nThis could not be set up: ${error.message}\n`);
  process.exitCode = 1;
}
