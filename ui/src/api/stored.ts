/**
 * Something stored, with the version in which it was read (its ETag): who saves it says over which one, and overwrites
 * nobody without knowing. Knows no resource and no form.
 */
import { hashKey } from '@tanstack/react-query';
import { ApiFailure } from './problem.ts';
import { type Method, send } from './request.ts';

export type Stored<Thing> = {
  thing: Thing;
  /** null: the answer had none */
  tag: string | null;
};

/** What is saved was changed by somebody else since it was opened. */
export class ChangedMeanwhile<Thing> extends Error {
  readonly newer: Stored<Thing>;

  constructor(newer: Stored<Thing>) {
    super('somebody else has changed this meanwhile');
    this.name = 'ChangedMeanwhile';
    this.newer = newer;
  }
}

export const readStored = <Thing>(path: string, signal?: AbortSignal): Promise<Stored<Thing>> =>
  asked<Thing>('GET', path, signal ? { signal } : {});

export const createStored = <Thing>(path: string, body: unknown): Promise<Stored<Thing>> =>
  asked<Thing>('POST', path, { body });

/** Fails with `changed-meanwhile` when it is no longer the version of `tag`. */
export const changeStored = <Thing>(
  path: string,
  body: unknown,
  tag: string | null,
): Promise<Stored<Thing>> =>
  asked<Thing>('PATCH', path, { body, headers: tag === null ? {} : { 'If-Match': tag } });

/**
 * Saves over what was opened. When that has changed meanwhile, `ChangedMeanwhile` is thrown with what it is now; but not
 * when nothing of it changed that `shown` shows: a version counts the whole row, of which a form may be a part.
 */
export const saveOver = async <Thing>(options: {
  path: string;
  opened: Stored<Thing>;
  body: unknown;
  shown: (thing: Thing) => unknown;
}): Promise<Stored<Thing>> => {
  const { path, opened, body, shown } = options;
  try {
    return await changeStored<Thing>(path, body, opened.tag);
  } catch (error) {
    if (!(error instanceof ApiFailure && error.code === 'changed-meanwhile')) throw error;
    const newer = await readStored<Thing>(path);
    if (hashKey([shown(newer.thing)]) !== hashKey([shown(opened.thing)])) throw new ChangedMeanwhile(newer);
    return await changeStored<Thing>(path, body, newer.tag);
  }
};

const asked = async <Thing>(
  method: Method,
  path: string,
  options: Parameters<typeof send>[2],
): Promise<Stored<Thing>> => {
  const response = await send(method, path, options);
  return { thing: (await response.json()) as Thing, tag: tagOf(response.headers.get('etag')) };
};

/** Proxies that compress make a tag weak (nginx: W/"7") or add to it (Apache: "7-gzip"): ours is a number. */
export const tagOf = (header: string | null): string | null => {
  const version = /^(?:W\/)?"(\d+)/.exec(header ?? '')?.[1];
  return version === undefined ? null : `"${version}"`;
};
