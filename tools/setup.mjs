/**
 * Everything that a bare clone needs before the project's own code can run: packages, the generated database client,
 * Debian's programs in a private folder, test programs. Each step looks first and does nothing when all is there.
 * Plain JavaScript without dependencies. Progress goes to stderr, so that stdout stays the command's own.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);
/** A set-up failure that a person can act on: shown without a stack. */
export class SetupError extends Error {}

/** @param {string[]} files */
const hashOf = (...files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
};

/**
 * Runs a program to its end, its output shown only when it fails; says every ten seconds that it still runs.
 * @param {string} what @param {string} command @param {string[]} args
 */
const runQuietly = (what, command, args) =>
  new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const seconds = () => Math.round((performance.now() - startedMs) / 1000);
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const ticker = setInterval(() => say(`  … ${what}, ${seconds()} s so far`), 10_000);
    child.on('error', (error) => {
      clearInterval(ticker);
      reject(new SetupError(`${what}: ${command} cannot be run (${error.message})`));
    });
    child.on('close', (code) => {
      clearInterval(ticker);
      if (code !== 0) return reject(new SetupError(`${what} failed (exit ${code}):\n${output}`));
      say(`  ${what}: done in ${seconds()} s`);
      return resolve(undefined);
    });
  });

/** Node's version, as package.json asks for it. */
export const checkNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(
      `Offhook needs Node 20.19 or newer; this is ${process.versions.node} (${process.execPath})`,
    );
  }
};

/** The packages of package-lock.json, from whatever registry npm is configured for. */
export const installPackages = async () => {
  const stamp = join(root, 'node_modules', '.offhook-installed');
  const wanted = hashOf('package.json', 'package-lock.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing npm packages (half a minute on most machines)');
  await runQuietly('npm ci', 'npm', [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  writeFileSync(stamp, wanted);
};

/** Prisma's client for our schema. */
export const generateClient = async () => {
  const stamp = join(root, 'controller/db/generated', '.schema-hash');
  const wanted = hashOf('prisma/schema.prisma', 'package-lock.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Generating the database client');
  await runQuietly('prisma generate', process.execPath, ['tools/prisma.mjs', 'generate']);
  mkdirSync(join(root, 'controller/db/generated'), { recursive: true });
  writeFileSync(stamp, wanted);
};

/** The web UI, from its sources. */
export const buildUi = async () => {
  const { ensureUi } = await import('./ui-build.mjs');
  try {
    await ensureUi({ log: say });
  } catch (error) {
    throw new SetupError(error instanceof Error ? error.message : String(error));
  }
};

/** PocketSphinx for the receptionist, Asterisk as the switch where there is no FreeSWITCH and as the PBX of tests and demo. */
export const fetchDebianTree = async () => {
  const { ensureDebianTree } = await import('./debian-packages.mjs');
  await ensureDebianTree({ log: say });
};

/** sipp, baresip and whatever else only tests and the demo use. */
export const installTestPrograms = async () => {
  const { ensureSystemPackages } = await import('./system-packages.mjs');
  try {
    await ensureSystemPackages({ log: say });
  } catch (error) {
    throw new SetupError(error instanceof Error ? error.message : String(error));
  }
};
