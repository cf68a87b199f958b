/**
 * Builds the web UI into dist/ui where it is missing or older than its sources. Knows nothing of who serves it.
 * Plain JavaScript without dependencies of its own, because it runs before anything else of the project.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeLock } from './file-lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const output = join(root, 'dist/ui');
const stamp = join(root, 'dist/ui.stamp');

/** @param {string} folder @returns {string[]} */
const filesIn = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

const hashOfSources = () => {
  const hash = createHash('sha256');
  const files = [...filesIn('ui'), ...filesIn('controller/contract'), join(root, 'package-lock.json')];
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file));
  return hash.digest('hex');
};

const vite = (/** @type {string} */ folder) =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        'node_modules/vite/bin/vite.js',
        'build',
        '--config',
        'ui/vite.config.ts',
        '--outDir',
        folder,
        '--logLevel',
        'warn',
      ],
      // a test runner's NODE_ENV would build React for development
      { cwd: root, env: { ...process.env, NODE_ENV: 'production' }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    const keep = (/** @type {Buffer} */ chunk) => {
      said = (said + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(undefined) : reject(new Error(`the web UI could not be built:\n${said}`)),
    );
  });

/**
 * Resolves when dist/ui is the build of the sources as they are now.
 * @param {{ log: (line: string) => void }} options
 */
export const ensureUi = async ({ log }) => {
  const wanted = hashOfSources();
  const isDone = () =>
    existsSync(join(output, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isDone()) return;
  mkdirSync(join(root, 'dist'), { recursive: true });
  const release = await takeLock(join(root, 'dist/ui.lock'), isDone, () =>
    log('Another process is building the web UI: waiting for it'),
  );
  if (release === null) return;
  const fresh = join(root, `dist/ui.${process.pid}`);
  try {
    log('Building the web UI (a few seconds)');
    const startedMs = performance.now();
    await vite(fresh);
    // a page that is being loaded from the old build is served from its files until they are gone: as briefly as can be
    const old = `${fresh}.old`;
    if (existsSync(output)) renameSync(output, old);
    renameSync(fresh, output);
    writeFileSync(stamp, wanted);
    rmSync(old, { recursive: true, force: true });
    log(`  web UI: built in ${Math.round((performance.now() - startedMs) / 1000)} s`);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    await release();
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensureUi({ log: (line) => process.stderr.write(`${line}\n`) });
}
