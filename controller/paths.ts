/** Where the repository's own folders are, whatever the current directory. */
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));
/** A path inside the repository. */
export const repositoryPath = (...parts: string[]): string =>
  [repositoryRoot.replace(/\/$/, ''), ...parts].join('/');
