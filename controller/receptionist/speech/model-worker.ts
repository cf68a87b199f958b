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
import { renderLanguageModel } from './language-model.ts';
import { loadDecoys, makeModel } from './make-model.ts';
import { parseDictionary } from './pronunciation.ts';

export type ModelRequest = { directory: string };
/** The folder that has `words.dict`, `request.lm` and `answer.lm`. */
export type ModelReply = { folder: string };

/** To be raised when phrases or sounds of the same directory come out otherwise than before. */
const modelVersion = 2;
const mostKept = 100;

const { dictionaryFile, modelsDir } = z
  .object({ dictionaryFile: z.string(), modelsDir: z.string() })
  .parse(workerSettings());

/** Guessed sounds are kept: one new entry among 10,000 is not to cost the guesses of all. */
const guessesFile = join(modelsDir, '..', 'guessed-sounds.json');
const mostGuesses = 50_000;
const Guesses = z.record(z.string(), z.string());

const load = async () => ({
  dictionary: parseDictionary(await readFile(dictionaryFile, 'utf8')),
  decoys: await loadDecoys(),
  flite: await loadFlite(),
  // no file yet, or a broken one: guessed again
  guesses: new Map(
    await readFile(guessesFile, 'utf8')
      .then((text) => Object.entries(Guesses.parse(JSON.parse(text))))
      .catch(() => []),
  ),
});
type Loaded = Awaited<ReturnType<typeof load>>;
let loaded: Promise<Loaded> | null = null;

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

const writeWhole = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text);
  await rename(draft, path);
};

const guess = async (
  { flite, guesses }: Loaded,
  words: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const missing = words.filter((word) => !guesses.has(word));
  if (missing.length === 0) return guesses;
  if (guesses.size > mostGuesses) guesses.clear();
  for (const [word, phones] of await phonesOf(flite, missing)) guesses.set(word, phones);
  await writeWhole(guessesFile, JSON.stringify(Object.fromEntries(guesses)));
  return guesses;
};

/** Other decoys, sentences or weights make other models: what they give for nobody stands for them. */
const recipeHash = async (): Promise<string> => {
  const nobody = { names: [], extensions: [], decoys: await loadDecoys() };
  const models = (['request', 'answer'] as const).map((expectation) =>
    renderLanguageModel({ ...nobody, expectation }),
  );
  return hashOf([modelVersion, ...models].join('\n'));
};
let recipe: Promise<string> | null = null;

const ensureModel = async (directory: string): Promise<string> => {
  recipe ??= recipeHash();
  const folder = join(modelsDir, hashOf(`${await recipe}\n${dictionaryFile}\n${directory}`));
  if (await exists(join(folder, 'answer.lm'))) {
    const now = new Date();
    await utimes(folder, now, now);
    return folder;
  }
  await mkdir(modelsDir, { recursive: true });
  loaded ??= load();
  const parts = await loaded;
  const model = await makeModel({
    entries: readDirectory(directory),
    dictionary: parts.dictionary,
    decoys: parts.decoys,
    guess: (words) => guess(parts, words),
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
