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
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ command: string, args: string[] }} Invocation
 * @typedef {{ root: string, loader: (program: string, args?: readonly string[]) => Invocation }} DebianTree
 */

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

/**
 * Dependencies that none of the programs and modules that we load needs (calendars, SNMP, databases, Perl tools…).
 * What is not named here is fetched, so a package that is split or renamed costs some megabytes and breaks nothing.
 */
const unneeded = new RegExp(
  `^(?:${[
    'adduser|passwd|login\\.defs|perl.*|libperl.*|gnupg.*|gpg.*|dirmngr|pinentry.*|debconf|base-passwd|tzdata',
    'libicu.*|libcodec2.*|libsnmp.*|libgmime.*|libgpgme.*|libglib2.*|libgnutls.*|libunbound.*|libldap2|libpq5',
    'libcurl4.*|libneon.*|libical.*|libjack.*|libsamplerate0|libasound.*|libportaudio2|libspandsp.*|libtiff6',
    'libwebp.*|libsharpyuv0|libjpeg.*|libdb5.*|libgdbm.*|libgcrypt20|libgpg-error0|libassuan.*|libksba8|libnpth0.*',
    'libunistring.*|libp11.*|libnettle.*|libhogweed.*|libgmp10|libkrb5.*|libgssapi.*|libk5crypto.*|libkeyutils.*',
    'libcom-err.*|libsasl2.*|libssh2.*|libbrotli.*|libng.*|libpsl.*|librtmp.*|libidn2.*|libtasn1.*|libffi.*',
    'libmount1|libblkid1|libselinux1|libsemanage.*|libsepol.*|libpcre2.*|libaudit.*|libcap-ng0|libpam.*|libacl1|libattr1',
    'libsybdb5|freetds.*|libodbc.*|libltdl7|libradcli.*|libiksemel.*|liblua.*|libjwt.*|libb64.*|libopencore.*|libvo-amr.*',
    'libogg0|libvorbis.*|libopusenc.*|libopusfile.*|libnl-.*|libpci3|pci\\.ids|libsensors.*|libwrap0|libudev1|libevent.*',
    'libdeflate0|libjbig0|liblerc4|liblzma5|libntlm0|libbz2.*|libreadline.*|readline-common|libncursesw6|libatomic1',
    'libc-gconv-modules-extra|openssl-provider-legacy|libdebconfclient0|asterisk-config',
  ].join('|')})$`,
);

/** Folders of a package that only people and other programs read. */
const unusedFolders = ['doc', 'man', 'locale', 'lintian', 'bug', 'zoneinfo', 'i18n', 'gcc', 'gdb'].map(
  (name) => `usr/share/${name}`,
);

/** Debian's names for this machine's processor; null where we have no packages for it. */
export const architectureOf = (/** @type {string} */ nodeArch) =>
  ({
    x64: { debian: 'amd64', triplet: 'x86_64-linux-gnu', linker: 'ld-linux-x86-64.so.2' },
    arm64: { debian: 'arm64', triplet: 'aarch64-linux-gnu', linker: 'ld-linux-aarch64.so.1' },
  })[nodeArch] ?? null;

const thisArchitecture = () => {
  const architecture = architectureOf(process.arch);
  if (process.platform !== 'linux' || architecture === null)
    throw new DebianPackagesError(
      `Debian's packages run on Linux on amd64 and arm64, and this is ${process.platform} on ${process.arch}.`,
    );
  return architecture;
};

/** Why the folder could not be made, in words for whoever ran the command. */
export class DebianPackagesError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'DebianPackagesError';
  }
}

/** Programs and data of the tree, relative to nothing: `root` is what `ensureDebianTree` gave. */
export const asteriskProgram = (/** @type {string} */ root) => join(root, 'usr/sbin/asterisk');
export const pocketsphinxProgram = (/** @type {string} */ root) => join(root, 'usr/bin/pocketsphinx');
/** Holds the acoustic model `en-us/`, the dictionary `cmudict-en-us.dict` and `en-us.lm.bin`. */
export const pocketsphinxModelDir = (/** @type {string} */ root) =>
  join(root, 'usr/share/pocketsphinx/model/en-us');

/**
 * How to run a program of the tree. `--library-path` counts for this process only, where LD_LIBRARY_PATH would be
 * inherited by the host's /bin/sh that a program may start.
 * @param {string} root
 * @returns {DebianTree}
 */
export const treeAt = (root) => {
  const { triplet, linker } = thisArchitecture();
  const libraries = join(root, 'usr/lib', triplet);
  return {
    root,
    loader: (program, args = []) => ({
      command: join(libraries, linker),
      args: ['--library-path', libraries, '--argv0', basename(program), program, ...args],
    }),
  };
};

/**
 * The mirror that this machine's own apt uses.
 * @param {{ fromEnvironment: string | undefined, aptTargets: string, osId: string }} found `aptTargets`: one URI a line
 * @returns {string | null}
 */
export const chooseMirror = ({ fromEnvironment, aptTargets, osId }) => {
  if (fromEnvironment) return fromEnvironment.replace(/\/+$/, '');
  const uris = aptTargets
    .split('\n')
    .map((line) => line.trim().replace(/\/+$/, ''))
    .filter((uri) => /^(?:https?|file|copy|mirror(?:\+\w+)?):/.test(uri) && !/security/.test(uri));
  // A third party's repository also has a component `main`; only on Debian itself may an unnamed URI be a mirror.
  return uris.find((uri) => /debian(?:$|\/)/.test(uri)) ?? (osId === 'debian' ? (uris[0] ?? null) : null);
};

/** @param {{ folder: string }} where */
export const aptConfiguration = ({ folder }) => `Dir::State::Lists "${folder}/lists";
Dir::State::status "/dev/null";
Dir::State::extended_states "${folder}/extended_states";
Dir::Cache "${folder}/cache";
Dir::Etc::SourceList "${folder}/debian.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Check-Date "false";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
APT::Update::Error-Mode "any";
APT::Install-Recommends "false";
APT::Sandbox::User "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
`;

/** @param {{ mirror: string, suite: string, architecture: string, keyring: string | null }} source */
export const aptSources = ({ mirror, suite, architecture, keyring }) => `Types: deb
URIs: ${mirror}
Suites: ${suite}
Components: main
Architectures: ${architecture}
${keyring === null ? '' : `Signed-By: ${keyring}\n`}`;

/**
 * The packages of `apt-get -s install` that we take.
 * @param {string} simulation
 */
export const packagesToFetch = (simulation) =>
  [...simulation.matchAll(/^Inst (\S+) /gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => !unneeded.test(name));

/**
 * Bytes to fetch, from `apt-get --print-uris download`: `'uri' file size hash` a line.
 * @param {string} uris
 */
export const bytesToFetch = (uris) =>
  [...uris.matchAll(/^'[^']*' \S+ (\d+) /gm)].reduce((sum, match) => sum + Number(match[1]), 0);

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

/** The lines of apt's output that say what went wrong. */
const complaints = (/** @type {string} */ output) => {
  const lines = output.split('\n').filter((line) => /^(?:E:|W: Failed|Err:|dpkg-deb: error)/.test(line));
  return (lines.length > 0 ? lines : output.trim().split('\n')).slice(-4).join('\n');
};

const isOutOfSpace = (/** @type {string} */ text) =>
  /No space left on device|ENOSPC|enough free space|Disk quota exceeded/.test(text);

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

/** Whether the process that wrote `lock` has gone: it touches the file every few seconds while it works. */
const isStale = async (/** @type {string} */ lock) => {
  const found = await stat(lock).catch(() => null);
  if (found === null) return false;
  if (Date.now() - found.mtimeMs > 30_000) return true;
  try {
    const holder = JSON.parse(await readFile(lock, 'utf8'));
    if (holder.host !== hostname() || !Number.isInteger(holder.pid)) return false;
    process.kill(holder.pid, 0);
    return false;
  } catch (thrown) {
    return /** @type {NodeJS.ErrnoException} */ (thrown).code === 'ESRCH';
  }
};

/**
 * Waits until this process holds `lock`, or until `isDone` says that another one did the work.
 * @param {string} lock
 * @param {() => boolean} isDone
 * @param {(line: string) => void} log
 * @returns {Promise<(() => Promise<void>) | null>} releases the lock; null when the work is done
 */
const takeLock = async (lock, isDone, log) => {
  for (let waited = 0; ; waited += 1) {
    if (isDone()) return null;
    try {
      const handle = await open(lock, 'wx');
      await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }));
      await handle.close();
      const heartbeat = setInterval(
        () => void utimes(lock, new Date(), new Date()).catch(() => undefined),
        5000,
      );
      return async () => {
        clearInterval(heartbeat);
        await rm(lock, { force: true });
      };
    } catch (thrown) {
      if (/** @type {NodeJS.ErrnoException} */ (thrown).code !== 'EEXIST') throw thrown;
    }
    if (await isStale(lock)) await rm(lock, { force: true });
    else {
      if (waited === 0) log("Waiting: another process is fetching Debian's packages");
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
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
    const release = await takeLock(`${root}.lock`, isDone, log);
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
  const silent = reasons.every((reason) =>
    /Could not connect|Could not resolve|timed out|Connection refused|Temporary failure/i.test(reason),
  );
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
