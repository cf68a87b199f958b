/** In a worker thread, because preparing a large directory takes seconds: tries phrases on the directories it was given. */
import type { DirectoryEntry } from '../contract/extension.ts';
import type { TriedPhrase } from '../contract/try-phrase.ts';
import { type PreparedDirectory, prepareDirectory } from '../directory/resolver.ts';
import type { Settings } from './dialogue.ts';
import { answerRequests } from './speech/answer-requests.ts';
import { tryPhrase } from './tried-phrase.ts';

export type PhraseRequest = {
  directoryId: number;
  /** left out when it was sent before */
  directory?: readonly DirectoryEntry[];
  phrase: string;
  settings: Settings;
};
/** null: this thread does not know that directory, send it */
export type PhraseReply = TriedPhrase | null;

const directoriesKept = 4;
const prepared = new Map<number, PreparedDirectory>();

answerRequests(async ({ directoryId, directory, phrase, settings }: PhraseRequest): Promise<PhraseReply> => {
  const known = prepared.get(directoryId) ?? (directory && prepareDirectory(directory));
  if (known === undefined) return null;
  // the one used last is the last to go
  prepared.delete(directoryId);
  prepared.set(directoryId, known);
  for (const id of [...prepared.keys()].slice(0, -directoriesKept)) prepared.delete(id);
  return tryPhrase(phrase, known, settings);
});
