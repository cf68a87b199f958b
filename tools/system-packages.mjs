/**
 * The real phones that the tests dial with, sipp and baresip, and the browser that they look with, Chromium: from
 * Debian's packages. Knows nothing of the switches.
 * Plain JavaScript without dependencies, because it runs before anything is installed.
 */
import { execFile, spawn } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** program that must be on PATH → Debian package that has it */
const wanted = [
  { program: 'sipp', debianPackage: 'sip-tester' },
  { program: 'baresip', debianPackage: 'baresip-core' },
  { program: 'chromium', debianPackage: 'chromium' },
];

const isOnPath = async (program) => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      await access(join(folder, program), constants.X_OK);
      return true;
    } catch {}
  }
  return false;
};

const missingPackages = async () => {
  const missing = [];
  for (const { program, debianPackage } of wanted) {
    if (!(await isOnPath(program))) missing.push(debianPackage);
  }
  return missing;
};

/** apt-get, its lines to `log` as they come; dpkg's own lock is waited for, since another run may install too. */
const aptGet = (arguments_, log) =>
  new Promise((resolve, reject) => {
    const child = spawn('apt-get', ['-y', '-q', '-o', 'DPkg::Lock::Timeout=120', ...arguments_], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let tail = '';
    const take = (chunk) => {
      tail = (tail + chunk).slice(-4000);
      for (const line of String(chunk).split('\n')) {
        if (/^(Get:|Unpacking|Setting up|Need to get)/.test(line)) log(`  ${line.trim()}`);
      }
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`apt-get ${arguments_.join(' ')} ended with ${code}:\n${tail}`)),
    );
  });

const listsAreEmpty = async () => {
  const files = await readdir('/var/lib/apt/lists').catch(() => []);
  return !files.some((name) => name.includes('_Packages'));
};

/**
 * Makes sure that test phones and browser are there: as root with apt-get, else it says what to install.
 * @param {{ log: (line: string) => void }} options
 */
export const ensureSystemPackages = async ({ log }) => {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  const hasApt = await isOnPath('apt-get');
  if (!hasApt || process.getuid?.() !== 0) {
    throw new Error(
      `the tests need real phones and a browser: ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing. ` +
        (hasApt
          ? `Run: sudo ${command}`
          : 'They are Debian packages; install sipp, baresip and chromium with your own system.'),
    );
  }
  log(`Installing test phones and browser from Debian's packages: ${missing.join(', ')}`);
  if (await listsAreEmpty()) await aptGet(['update'], log);
  try {
    await aptGet(['install', '--no-install-recommends', ...missing], log);
  } catch {
    // lists older than the mirror name files that are gone
    log('  the package lists may be old: reading them again');
    await aptGet(['update'], log);
    await aptGet(['install', '--no-install-recommends', ...missing], log);
  }
  const still = await missingPackages();
  if (still.length > 0)
    throw new Error(`apt-get installed ${still.join(', ')} but their programs are not on PATH`);
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${Package} ${Version}\n', ...missing]);
  for (const line of stdout.trim().split('\n')) log(`  ${line}`);
};
