/**
 * The thread that makes recognition models and keeps them under the data folder, one folder a directory, named by
 * its content: the same directory is never worked out twice, also not after a restart.
 */
import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { answerRequests, workerSettings } from './answer-requests.ts';
import { hashOf, readDirectory } from './directory-text.ts';
import { loadFlite, phonesOf } from './flite.ts';
import { loadDecoys, makeModel } from './make-model.ts';
import { parseDictionary } from './pronunciation.ts';

export type ModelRequest = { directory: string };
/** The folder that has `words.dict`, `request.lm` and `answer.lm`. */
export type ModelReply = { folder: string };

/** Changes when the same directory has to give other files than before. */
const modelVersion = 1;
const mostKept = 100;

const { dictionaryFile, modelsDir } = z
  .object({ dictionaryFile: z.string(), modelsDir: z.string() })
  .parse(workerSettings());

const load = async () => ({
  dictionary: parseDictionary(await readFile(dictionaryFile, 'utf8')),
  decoys: await loadDecoys(),
  flite: await loadFlite(),
});
let loaded: ReturnType<typeof load> | null = null;

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The oldest go when there are many; a model in use is touched at each use. */
const prune = async (): Promise<void> => {
  const names = await readdir(modelsDir);
  if (names.length <= mostKept) return;
  const ages = await Promise.all(
    names.map(async (name) => ({
      name,
      usedAt: (await stat(join(modelsDir, name)).catch(() => null))?.mtimeMs ?? 0,
    })),
  );
  ages.sort((a, b) => b.usedAt - a.usedAt);
  for (const { name } of ages.slice(mostKept))
    await rm(join(modelsDir, name), { recursive: true, force: true });
};

const ensureModel = async (directory: string): Promise<string> => {
  const folder = join(modelsDir, hashOf(`${modelVersion}\n${dictionaryFile}\n${directory}`));
  if (await exists(join(folder, 'answer.lm'))) {
    const now = new Date();
    await utimes(folder, now, now);
    return folder;
  }
  loaded ??= load();
  const { dictionary, decoys, flite } = await loaded;
  const model = await makeModel({
    entries: readDirectory(directory),
    dictionary,
    decoys,
    guess: (word) => phonesOf(flite, word),
  });
  const draft = `${folder}.${randomUUID()}`;
  await mkdir(draft, { recursive: true });
  await writeFile(join(draft, 'words.dict'), model.dictionary);
  await writeFile(join(draft, 'request.lm'), model.languageModels.request);
  await writeFile(join(draft, 'answer.lm'), model.languageModels.answer);
  // somebody else's half-made or older copy gives way
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
  await prune();
  return folder;
};

let last: Promise<unknown> = Promise.resolve();
answerRequests(async ({ directory }: ModelRequest): Promise<ModelReply> => {
  const made = last.then(() => ensureModel(directory));
  last = made.catch(() => {});
  return { folder: await made };
});
