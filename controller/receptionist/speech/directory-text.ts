/**
 * A directory as one text: cheap to make, to hash and to hand to a worker thread, where 10,000 objects would hold up
 * the main thread. Only what can be spoken is in it.
 */
import { createHash } from 'node:crypto';
import type { DirectoryEntry } from '../../contract/extension.ts';

const fieldEnd = '\t';
const entryEnd = '\n';

export const writeDirectory = (entries: readonly DirectoryEntry[]): string => {
  let text = '';
  for (const entry of entries) {
    if (!entry.enabled) continue;
    const fields = [entry.ext, entry.name, entry.owner, entry.department, ...entry.aliases];
    text += fields.map((field) => field.replaceAll(/[\t\n]/g, ' ')).join(fieldEnd) + entryEnd;
  }
  return text;
};

export const readDirectory = (text: string): DirectoryEntry[] =>
  text
    .split(entryEnd)
    .filter((line) => line !== '')
    .map((line) => {
      const [ext = '', name = '', owner = '', department = '', ...aliases] = line.split(fieldEnd);
      return { ext, name, owner, department, aliases, enabled: true };
    });

export const hashOf = (text: string): string => createHash('sha1').update(text).digest('hex');
