/**
 * What a caller said besides what fits an entry, and how far it speaks against that entry: "Jones" beside "Sarah" says that another
 * Sarah is meant, "about an overdue invoice" behind a whole name says nothing. Pure.
 */
import type { FormKind } from './spoken-forms.ts';

export type Form = {
  words: readonly string[];
  weights: readonly number[];
  totalWeight: number;
  kind: FormKind;
  /** positions in `entries` */
  entries: Set<number>;
};

/** `subjectFrom`: where what it is about begins, behind whom it is for. */
export type Query = { words: string[]; core: boolean[]; fillersOnly: boolean; subjectFrom: number };

/** `mask`: the asked words that a form's words are met by; `nearly`: those of them that only look or sound alike. */
export type Hit = {
  form: Form;
  mask: Set<number>;
  nearly: Set<number>;
  score: number;
  exact: boolean;
  /** meets no word that says who is meant */
  supportsOnly: boolean;
};

/** "The head of marketing" is a person, not Marketing. */
const roles: ReadonlySet<string> = new Set(
  'head chief boss director manager leader lead supervisor assistant secretary chef chefin leiter leiterin'.split(
    ' ',
  ),
);

/** What was asked beside what fits: "Jones" beside "Sarah" says that another Sarah is meant. */
export const leftOverFactor = (query: Query, hit: Hit, asked: ReadonlySet<number>): number => {
  const left = query.words.flatMap((_, at) => (query.core[at] === true && !asked.has(at) ? [at] : []));
  const matched = query.core.filter(Boolean).length - left.length;
  const leftOver = left.length - subjectWordsLeft(query, hit, asked);
  if (leftOver === 0) return 1;
  if (left.some((at) => roles.has(query.words[at] ?? ''))) return 0.5;
  if (standsApart(query, hit, asked)) return Math.max(0.93 ** leftOver, 0.66);
  if (!hit.exact || leftOver > matched) return 0.7 ** leftOver;
  return hit.form.kind === 'called' && hit.form.words.length > 1
    ? Math.max(0.93 ** leftOver, 0.66)
    : hit.form.kind === 'called'
      ? Math.max(0.85 ** leftOver, 0.63)
      : 0.63 ** leftOver;
};

/**
 * A whole name in the midst of much else: "sorry, I was cut off, I was talking to Sarah Jones". With a word of weight right
 * beside it, it may be another name: "Sarah Jones Miller".
 */
const standsApart = (query: Query, own: Hit, asked: ReadonlySet<number>): boolean => {
  if (!own.exact || own.form.kind !== 'called' || own.form.words.length < 2) return false;
  const places = [...own.mask];
  const [from, to] = [Math.min(...places), Math.max(...places)];
  const isOther = (at: number): boolean => query.core[at] === true && !asked.has(at);
  return to - from < own.form.words.length && !isOther(from - 1) && !isOther(to + 1);
};

/** "Owen Pritchard about an overdue invoice": behind a whole name, what it is about speaks for and against nobody. */
const subjectWordsLeft = (query: Query, own: Hit, asked: ReadonlySet<number>): number => {
  const isWholeName =
    own.exact &&
    own.form.kind === 'called' &&
    own.form.words.length > 1 &&
    [...own.mask].every((at) => at < query.subjectFrom);
  return isWholeName
    ? query.core.filter((isCore, at) => isCore && at >= query.subjectFrom && !asked.has(at)).length
    : 0;
};
