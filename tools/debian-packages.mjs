#!/usr/bin/env node
/**
 * Brings programs from Debian's packages into one private folder: no root, nothing installed on the host.
 *
 * The packages come from Debian testing (sid when testing cannot give them), are unpacked side by side, and their
 * programs run through the folder's own C library, so the host may be older. Plain JavaScript without any
 * dependency, because it runs before `npm ci` has. It does not know what the programs are for.
 *
 *   node tools/debian-packages.mjs      makes the folder, prints its path
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  aptConfiguration,
  aptSources,
  bytesToFetch,
  chooseMirror,
  complaints,
  isOutOfSpace,
  isSilence,
  packagesToFetch,
  unneeded,
} from './debian-apt.mjs';
import {
  asteriskProgram,
  DebianPackagesError,
  pocketsphinxModelDir,
  pocketsphinxProgram,
  thisArchitecture,
  treeAt,
} from './debian-tree.mjs';
import { takeLock } from './file-lock.mjs';

export {
  architectureOf,
  asteriskProgram,
  DebianPackagesError,
  pocketsphinxModelDir,
  pocketsphinxProgram,
  treeAt,
} from './debian-tree.mjs';

/** @typedef {import('./debian-tree.mjs').DebianTree} DebianTree */

/** What we run. Everything else that is fetched is there because one of these needs it. */
export const wantedPackages = [
  'asterisk',
  'asterisk-modules',
  'asterisk-core-sounds-en-gsm',
  'pocketsphinx',
  'libpocketsphinx5',
  'pocketsphinx-en-us',
];

const suites = ['forky', 'sid'];

/** Folders of a package that only people and other programs read. */
const unusedFolders = ['doc', 'man', 'locale', 'lintian', 'bug', 'zoneinfo', 'i18n', 'gcc', 'gdb'].map(
  (name) => `usr/share/${name}`,
);

const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<{ code: number, stdout: string, output: string }>}
 */
const run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...options,
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, output }));
  });

/** @param {string} folder */
const outOfSpace = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return new DebianPackagesError(
    `The disk is full: ${folder} has ${megabytes(bavail * bsize)} left and about 250 MB are needed for a moment. ` +
      'Make room, or set OFFHOOK_CACHE to a folder on another disk.',
  );
};

const keyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
  '/etc/apt/keyrings/debian-archive-keyring.gpg',
];

const requireTools = async () => {
  for (const tool of ['apt-get', 'dpkg-deb']) {
    try {
      await run(tool, ['--version']);
    } catch {
      throw new DebianPackagesError(
        `${tool} is not here. Asterisk and PocketSphinx are taken from Debian's packages, so this needs Debian ` +
          '(or another system with apt). Elsewhere use docker compose, or point SWITCH=freeswitch at a FreeSWITCH.',
      );
    }
  }
};

const findMirror = async () => {
  const targets = await run('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
    'Component: main',
  ]);
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const mirror = chooseMirror({
    fromEnvironment: process.env['DEBIAN_MIRROR'],
    aptTargets: targets.stdout,
    osId: /^ID=["']?(\w+)/m.exec(release)?.[1] ?? '',
  });
  if (mirror === null)
    throw new DebianPackagesError(
      "apt's sources name no Debian mirror. Set DEBIAN_MIRROR to one (and install debian-archive-keyring when this is not Debian).",
    );
  return mirror;
};

/**
 * Reports what has arrived in `folder` every two seconds while `work` runs.
 * @template T
 * @param {string} folder
 * @param {number} total
 * @param {(line: string) => void} log
 * @param {Promise<T>} work
 */
const withProgress = async (folder, total, log, work) => {
  const report = async () => {
    let bytes = 0;
    // apt downloads into partial/ and moves what is complete
    for (const entry of await readdir(folder, { recursive: true }).catch(() => []))
      bytes += await stat(join(folder, entry))
        .then((found) => (found.isFile() ? found.size : 0))
        .catch(() => 0);
    log(`  ${megabytes(Math.min(bytes, total))} of ${megabytes(total)}`);
  };
  const timer = setInterval(() => void report(), 2000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
};

/**
 * Makes the tree in `part` from one suite. Resolves with a reason when this suite cannot give it.
 * @param {{ part: string, suite: string, mirror: string, log: (line: string) => void }} options
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
const makeTree = async ({ part, suite, mirror, log }) => {
  const architecture = thisArchitecture();
  const folder = join(part, 'apt');
  const debs = join(folder, 'debs');
  const root = join(part, 'tree');
  for (const needed of [join(folder, 'lists/partial'), join(folder, 'cache/archives/partial'), debs, root])
    await mkdir(needed, { recursive: true });
  const keyring = keyrings.find((path) => existsSync(path)) ?? null;
  await writeFile(
    join(folder, 'debian.sources'),
    aptSources({ mirror, suite, architecture: architecture.debian, keyring }),
  );
  await writeFile(join(folder, 'apt.conf'), aptConfiguration({ folder }));
  const apt = (/** @type {string[]} */ args, cwd = folder) =>
    run('apt-get', ['-q', '-c', join(folder, 'apt.conf'), ...args], { cwd });
  const fail = async (/** @type {string} */ step, /** @type {string} */ output) => {
    if (isOutOfSpace(output)) throw await outOfSpace(part);
    return /** @type {const} */ ({ ok: false, reason: `${suite}: ${step} failed\n${complaints(output)}` });
  };

  log(`Reading Debian's package list (${suite}, about 10 MB)`);
  const update = await apt(['update']);
  if (update.code !== 0) return fail('reading the package list', update.output);
  // A mirror in the middle of a transition can make the dependencies unsolvable: the next suite may do.
  const simulation = await apt(['-s', 'install', ...wantedPackages]);
  if (simulation.code !== 0) return fail('solving the dependencies', simulation.output);
  const names = packagesToFetch(simulation.stdout);
  const total = bytesToFetch((await apt(['--print-uris', 'download', ...names], debs)).stdout);
  log(`Fetching ${names.length} packages, ${megabytes(total)}`);
  const download = await withProgress(debs, total, log, apt(['download', ...names], debs));
  if (download.code !== 0) return fail('fetching the packages', download.output);

  log(`Unpacking ${names.length} packages`);
  const files = (await readdir(debs)).filter((name) => name.endsWith('.deb')).sort();
  for (const file of files) {
    const unpack = await run('dpkg-deb', ['-x', join(debs, file), root]);
    if (unpack.code !== 0) return fail(`unpacking ${file}`, unpack.output);
  }
  for (const unused of unusedFolders) await rm(join(root, unused), { recursive: true, force: true });
  // update-alternatives does this in a real installation
  const sounds = join(root, 'usr/share/asterisk/sounds');
  if (!(await lstat(join(sounds, 'en')).catch(() => null)))
    await symlink('en_US_f_Allison', join(sounds, 'en'));

  const tree = treeAt(root);
  for (const [program, args] of /** @type {const} */ ([
    [asteriskProgram(root), ['-V']],
    [pocketsphinxProgram(root), ['-hmm', join(pocketsphinxModelDir(root), 'en-us'), 'config']],
  ])) {
    const { command, args: all } = tree.loader(program, args);
    const trial = await run(command, all);
    if (trial.code !== 0) return fail(`a first run of ${basename(program)}`, trial.output);
  }
  await writeFile(join(root, 'PACKAGES'), `${files.join('\n')}\n`);
  await writeFile(join(root, 'SUITE'), `${suite}\n`);
  return { ok: true };
};

/** Where the tree goes: another list of packages or another processor gets another folder. */
export const treeFolder = (
  cacheFolder = process.env['OFFHOOK_CACHE'] || join(homedir(), '.cache/offhook'),
) => {
  const key = JSON.stringify([wantedPackages, unneeded.source, thisArchitecture().debian]);
  return join(cacheFolder, `debian-tree-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`);
};

/**
 * Makes the folder when it is not there yet. Any number of processes may ask at once; one of them works.
 * @param {{ log?: (line: string) => void, cacheFolder?: string }} [options]
 * @returns {Promise<DebianTree>}
 */
export const ensureDebianTree = async ({ log = () => undefined, cacheFolder } = {}) => {
  const root = treeFolder(cacheFolder);
  const isDone = () => existsSync(join(root, 'PACKAGES'));
  if (isDone()) return treeAt(root);
  await requireTools();
  const parent = dirname(root);
  try {
    await mkdir(parent, { recursive: true });
    const release = await takeLock(`${root}.lock`, isDone, () =>
      log("Waiting: another process is fetching Debian's packages"),
    );
    if (release === null) return treeAt(root);
    try {
      await makeTreeInPlace(root, log);
    } finally {
      await release();
    }
  } catch (thrown) {
    if (thrown instanceof DebianPackagesError) throw thrown;
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (thrown);
    if (code === 'ENOSPC' || code === 'EDQUOT') throw await outOfSpace(parent);
    if (code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR')
      throw new DebianPackagesError(
        `${parent} cannot be written (${message}). Set OFFHOOK_CACHE to a folder that can.`,
      );
    throw thrown;
  }
  return treeAt(root);
};

/**
 * @param {string} root
 * @param {(line: string) => void} log
 */
const makeTreeInPlace = async (root, log) => {
  const parent = dirname(root);
  const began = Date.now();
  // We hold the lock, so any part is the remains of a killed process.
  for (const name of await readdir(parent))
    if (name.startsWith(`${basename(root)}.part-`))
      await rm(join(parent, name), { recursive: true, force: true });
  const mirror = await findMirror();
  const part = `${root}.part-${process.pid}`;
  const reasons = [];
  try {
    for (const suite of suites) {
      await rm(part, { recursive: true, force: true });
      const made = await makeTree({ part, suite, mirror, log });
      if (!made.ok) {
        reasons.push(made.reason);
        log(made.reason);
        if (isSilence(made.reason)) break;
        continue;
      }
      await rm(root, { recursive: true, force: true });
      await rename(join(part, 'tree'), root);
      log(`Debian's packages are in ${root} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
      return;
    }
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  const silent = reasons.every(isSilence);
  throw new DebianPackagesError(
    `${silent ? `The Debian mirror ${mirror} does not answer` : `The Debian mirror ${mirror} did not give what is needed`}. ` +
      `Check the network, or set DEBIAN_MIRROR to another mirror.\n${reasons.join('\n')}`,
  );
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const tree = await ensureDebianTree({ log: (line) => process.stderr.write(`${line}\n`) });
    process.stdout.write(`${tree.root}\n`);
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof DebianPackagesError ? thrown.message : String(thrown)}\n`);
    process.exitCode = 1;
  }
}
