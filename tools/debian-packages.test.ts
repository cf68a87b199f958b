import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aptConfiguration, aptSources, bytesToFetch, chooseMirror, packagesToFetch } from './debian-apt.mjs';
import { architectureOf, treeAt, treeFolder } from './debian-packages.mjs';

const script = fileURLToPath(new URL('debian-packages.mjs', import.meta.url));

const run = (env: Record<string, string>) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [script], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
  });

let cache = '';
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'oh-cache-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

describe('the mirror', () => {
  const choose = (aptTargets: string, osId = 'debian', fromEnvironment?: string) =>
    chooseMirror({ fromEnvironment, aptTargets, osId });

  it('is the one that DEBIAN_MIRROR names, else the one that apt uses', () => {
    expect(choose('http://a/debian/\n', 'debian', 'http://b/debian/')).toBe('http://b/debian');
    expect(choose('http://a/debian-security/\nhttp://a/debian/\n')).toBe('http://a/debian');
    expect(choose('https://third.party/repo\nhttp://a/debian/\n')).toBe('http://a/debian');
    expect(choose('http://mirror.local/os/\n')).toBe('http://mirror.local/os');
  });

  it('is none when nothing says that there is Debian behind it', () => {
    expect(choose('http://a/ubuntu/\n', 'ubuntu')).toBeNull();
    expect(choose('cdrom:[Debian 12]/\nhttp://a/debian-security\n')).toBeNull();
    expect(choose('')).toBeNull();
  });
});

describe('what is asked of apt', () => {
  it('touches nothing of the host', () => {
    const text = aptConfiguration({ folder: '/x' });
    for (const key of ['State::Lists', 'Cache', 'Etc::SourceList'])
      expect(text).toMatch(new RegExp(`Dir::${key} "/x/`));
    for (const key of ['State::status', 'Etc::SourceParts', 'Etc::PreferencesParts'])
      expect(text).toContain(`Dir::${key} "/dev/null";`);
  });

  it('names the keyring when there is one', () => {
    const source = { mirror: 'http://a/debian', suite: 'forky', architecture: 'arm64' };
    expect(aptSources({ ...source, keyring: '/k.gpg' })).toMatch(/Signed-By: \/k\.gpg\n$/);
    expect(aptSources({ ...source, keyring: null })).not.toContain('Signed-By');
  });

  it('leaves out what no program of ours needs, and keeps what it does not know', () => {
    const simulation = [
      'Inst libc6 (2.43-7 Debian:testing [amd64])',
      'Inst perl-base (5.40 Debian:testing [amd64])',
      'Inst libicu76 (76 Debian:testing [amd64])',
      'Inst libsomething-new1 (1 Debian:testing [amd64])',
      'Inst asterisk (1:22 Debian:testing [amd64])',
      'Conf asterisk (1:22 Debian:testing [amd64])',
    ].join('\n');
    expect(packagesToFetch(simulation)).toEqual(['libc6', 'libsomething-new1', 'asterisk']);
  });

  it('says how much there is to fetch', () => {
    expect(
      bytesToFetch("'http://a/b.deb' b_1.deb 1000 SHA256:ab\n'http://a/c.deb' c_1.deb 234 SHA256:cd\n"),
    ).toBe(1234);
    expect(bytesToFetch('')).toBe(0);
  });
});

describe('the tree', () => {
  it('runs programs by its own linker and libraries', () => {
    const { triplet, linker } = architectureOf(process.arch) ?? { triplet: '', linker: '' };
    const libraries = `/tree/usr/lib/${triplet}`;
    expect(treeAt('/tree').loader('/tree/usr/bin/program', ['-x'])).toEqual({
      command: `${libraries}/${linker}`,
      args: ['--library-path', libraries, '--argv0', 'program', '/tree/usr/bin/program', '-x'],
    });
    expect(architectureOf('arm64')?.triplet).toBe('aarch64-linux-gnu');
    expect(architectureOf('riscv64')).toBeNull();
  });

  it('that is there already is given back without asking anybody', async () => {
    const root = treeFolder(cache);
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'PACKAGES'), '');
    const result = await run({ PATH: '/nowhere', OFFHOOK_CACHE: cache });
    expect(result).toMatchObject({ code: 0, stdout: `${root}\n` });
  });
});

describe('what goes wrong is said in words, and nothing is left behind', () => {
  const path = `${dirname(process.execPath)}:/usr/bin:/bin`;

  it('without apt', async () => {
    const result = await run({ PATH: '/nowhere', OFFHOOK_CACHE: cache });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^apt-get is not here\./);
    expect(await readdir(cache)).toEqual([]);
  });

  it('with a mirror that does not answer', async () => {
    // port 9 of this machine: discard (RFC 863), which nobody runs
    const result = await run({
      PATH: path,
      OFFHOOK_CACHE: cache,
      DEBIAN_MIRROR: 'http://127.0.0.1:9/debian',
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('The Debian mirror http://127.0.0.1:9/debian does not answer');
    expect(result.stderr).toContain('DEBIAN_MIRROR');
    expect(await readdir(cache)).toEqual([]);
  });

  it('with a folder that is a file', async () => {
    const file = join(cache, 'file');
    await writeFile(file, '');
    const result = await run({ PATH: path, OFFHOOK_CACHE: join(file, 'x') });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/cannot be written .*OFFHOOK_CACHE/);
  });

  it('with a full disk', async () => {
    // an apt whose disk is full, in its own words
    const bin = join(cache, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'dpkg-deb'), '#!/bin/sh\n');
    await writeFile(
      join(bin, 'apt-get'),
      `#!/bin/sh\ncase "$*" in *update*) echo 'E: write, still have 100 to write but couldn'"'"'t - write (28: No space left on device)'; exit 100;; esac\n`,
    );
    for (const name of ['dpkg-deb', 'apt-get']) await chmod(join(bin, name), 0o755);
    const result = await run({
      PATH: `${bin}:${path}`,
      OFFHOOK_CACHE: cache,
      DEBIAN_MIRROR: 'http://127.0.0.1:9/debian',
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^The disk is full: .*OFFHOOK_CACHE/m);
    expect(await readdir(cache)).toEqual(['bin']);
  });

  it('a lock of a process that has gone is no obstacle', async () => {
    await mkdir(cache, { recursive: true });
    await writeFile(`${treeFolder(cache)}.lock`, JSON.stringify({ pid: 2 ** 22 - 3, host: hostname() }));
    const result = await run({
      PATH: path,
      OFFHOOK_CACHE: cache,
      DEBIAN_MIRROR: 'http://127.0.0.1:9/debian',
    });
    expect(result.stderr).not.toContain('Waiting');
    expect(result.stderr).toContain('does not answer');
  });
});
