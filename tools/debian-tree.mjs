/** A folder of unpacked Debian packages: where its programs are and how to run them. It does not make the folder. */
import { basename, join } from 'node:path';

/**
 * @typedef {{ command: string, args: string[] }} Invocation
 * @typedef {{ root: string, loader: (program: string, args?: readonly string[]) => Invocation }} DebianTree
 */

/** Debian's names for this machine's processor; null where we have no packages for it. */
export const architectureOf = (/** @type {string} */ nodeArch) =>
  ({
    x64: { debian: 'amd64', triplet: 'x86_64-linux-gnu', linker: 'ld-linux-x86-64.so.2' },
    arm64: { debian: 'arm64', triplet: 'aarch64-linux-gnu', linker: 'ld-linux-aarch64.so.1' },
  })[nodeArch] ?? null;

export const thisArchitecture = () => {
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
