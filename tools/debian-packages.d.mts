/** Types of `debian-packages.mjs`, which is plain JavaScript because it runs before the dependencies are installed. */
export type Invocation = { command: string; args: string[] };
export type DebianTree = {
  root: string;
  /** how to run a program of the tree through the tree's own C library */
  loader: (program: string, args?: readonly string[]) => Invocation;
};
export declare const wantedPackages: readonly string[];
export declare class DebianPackagesError extends Error {
  constructor(message: string);
}
export declare const architectureOf: (
  nodeArch: string,
) => { debian: string; triplet: string; linker: string } | null;
export declare const asteriskProgram: (root: string) => string;
export declare const pocketsphinxProgram: (root: string) => string;
/** Holds the acoustic model `en-us/`, the dictionary `cmudict-en-us.dict` and `en-us.lm.bin`. */
export declare const pocketsphinxModelDir: (root: string) => string;
export declare const treeAt: (root: string) => DebianTree;
export declare const treeFolder: (cacheFolder?: string) => string;
export declare const ensureDebianTree: (options?: {
  log?: (line: string) => void;
  cacheFolder?: string;
}) => Promise<DebianTree>;
