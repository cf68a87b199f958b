/**
 * What a caller said → the extension that is meant: one, several that fit equally well, or none. Never a guess: what
 * is not clearly in the directory is `none`. Pure; `prepareDirectory` does the work that is done once a directory.
 */
import type { DirectoryEntry } from '../contract/extension.ts';
import { fillers } from './filler-words.ts';
import { foldKeys } from './fold.ts';
import { germanPlaces } from './german-places.ts';
import { type Form, type Hit, leftOverFactor, type Query } from './left-over-words.ts';
import { NearWords } from './near-words.ts';
import { isNumberWord, numberRuns } from './number-words.ts';
import { subjectFrom, withoutIntroduction } from './request-parts.ts';
import {
  type FormKind,
  genericWords,
  nameParticles,
  receptionForms,
  spokenForms,
  titles,
} from './spoken-forms.ts';

export type Resolution =
  /** `certain` is false when only a near spelling, a near sound or a part of what was said led there: ask first */
  | { result: 'match'; entry: DirectoryEntry; score: number; certain: boolean }
  | { result: 'ambiguous'; candidates: DirectoryEntry[]; score: number }
  | { result: 'none' };

export type PreparedDirectory = {
  readonly entries: readonly DirectoryEntry[];
  readonly byExt: ReadonlyMap<string, number>;
  readonly formsByWord: ReadonlyMap<string, readonly Form[]>;
  /** `alsayed` → al, sayed: neighbours in a form, written as one */
  readonly joined: ReadonlyMap<string, readonly [string, string]>;
  readonly near: NearWords;
};

const strengths: Readonly<Record<FormKind, number>> = { called: 1, part: 0.97, department: 0.85 };
/** Less than this is `none`: picked on the table in resolver.test.ts. */
const leastScore = 0.62;
/** Two entries this close fit equally well. */
const equalWithin = 0.05;
const certainScore = 0.9;
/** "records of students" for "Student Records", where another entry has "Students" */
const otherNumber = 0.9;
/** A form of more entries than this tells nobody apart, so it is not spread out when a narrower one fits. */
const narrowForm = 300;

const weightOf = (word: string): number => (genericWords.has(word) || nameParticles.has(word) ? 0.25 : 1);

/** Indexes a directory. Disabled entries are left out: they cannot be asked for. */
export const prepareDirectory = (all: readonly DirectoryEntry[]): PreparedDirectory => {
  const entries = all.filter((entry) => entry.enabled);
  const byExt = new Map<string, number>();
  const forms = new Map<string, Form>();
  const add = (position: number, kind: FormKind, words: readonly string[]): void => {
    const key = `${kind} ${words.join(' ')}`;
    const form = forms.get(key);
    if (form !== undefined) form.entries.add(position);
    else {
      const weights = words.map(weightOf);
      const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
      forms.set(key, { words, weights, totalWeight, kind, entries: new Set([position]) });
    }
  };
  const names = entries.map((entry) => foldKeys(entry.name));
  const people = new Set(names.map((words) => words.join(' ')));
  const groups = new Map<string, number[]>();
  for (const [position, entry] of entries.entries()) {
    byExt.set(entry.ext, position);
    // who owns a place and has an extension of his own is called there
    const hasOwn = people.has(foldKeys(entry.owner).join(' '));
    for (const { kind, words } of spokenForms(hasOwn ? { ...entry, owner: '' } : entry))
      add(
        position,
        kind,
        words.map((word) => word.key),
      );
    const group = names[position]?.slice(0, -1).join(' ') ?? '';
    if (group.includes(' ')) groups.set(group, [...(groups.get(group) ?? []), position]);
  }
  // "meeting room" means any of "Meeting Room Fuji" and "Meeting Room Matterhorn"
  for (const [group, positions] of groups)
    if (positions.length > 1) for (const position of positions) add(position, 'department', group.split(' '));
  const formsByWord = new Map<string, Form[]>();
  const joined = new Map<string, readonly [string, string]>();
  for (const form of forms.values()) {
    for (const [index, word] of form.words.entries()) {
      const next = form.words[index + 1];
      if (next !== undefined && word.length + next.length >= 4) joined.set(word + next, [word, next]);
    }
    for (const word of new Set(form.words)) {
      const there = formsByWord.get(word);
      if (there === undefined) formsByWord.set(word, [form]);
      else there.push(form);
    }
  }
  const near = new NearWords({ words: [...formsByWord.keys(), ...joined.keys()] });
  return { entries, byExt, formsByWord, joined, near };
};

/** "Einkauf" for "Purchasing", unless the directory has the word as it is. */
const placeIn = (word: string, directory: PreparedDirectory): readonly string[] => {
  const other = Object.hasOwn(germanPlaces, word) ? germanPlaces[word] : undefined;
  const isMeant =
    other !== undefined &&
    !directory.formsByWord.has(word) &&
    other.every((one) => directory.formsByWord.has(one));
  return isMeant ? other : [word];
};

const readQuery = (text: string, directory: PreparedDirectory): Query => {
  const words = foldKeys(withoutIntroduction(text))
    // "x215", "ext215"
    .map((word) => word.replace(/^(?:x|ext|extension)(?=[0-9]+$)/, ''))
    .flatMap((word) => placeIn(word, directory))
    .slice(0, 40);
  const core = words.map((word, at) => {
    // "can you help me" asks for nobody; "the help desk" does
    const isAsking = word === 'help' && ['me', 'us', 'with'].includes(words[at + 1] ?? '');
    return !fillers.has(word) && !titles.has(word) && !isAsking;
  });
  // "someone in IT": nothing but fillers, unless the directory has one of them
  const subject = subjectFrom(words);
  return core.includes(true)
    ? { words, core, fillersOnly: false, subjectFrom: subject }
    : {
        words,
        subjectFrom: subject,
        core: words.map((word) => word !== 'help' && directory.formsByWord.has(word)),
        fillersOnly: true,
      };
};

/** How a German writes it without the dots: Mueller, Schroeder. */
const withoutUmlauts = (word: string): string => word.replaceAll(/(?<=[aou])e/g, '');

/**
 * How words of the directory are met. `as said`: by themselves alone; `near`: what is no word of it also by what looks or
 * sounds alike; `wide`: every word so, for "Joan Smith" where there is a John Smith and a Joan Smyth.
 */
type Net = 'as said' | 'near' | 'wide';

const hitsOf = (query: Query, directory: PreparedDirectory, net: Net): Hit[] => {
  /** directory word → the best asked word for it */
  const met = new Map<string, { at: number[]; similarity: number }>();
  const meet = (word: string, at: number[], similarity: number): void => {
    const known = met.get(word);
    if (known === undefined || known.similarity < similarity) met.set(word, { at, similarity });
  };
  const meetNear = (word: string, at: number): void => {
    for (const found of directory.near.find(word))
      for (const part of directory.joined.get(found.word) ?? [found.word]) meet(part, [at], found.similarity);
  };
  for (const [at, word] of query.words.entries()) {
    const parts = directory.joined.get(word);
    const plain = withoutUmlauts(word);
    const isKnown = directory.formsByWord.has(word);
    const isSpread = query.core[at] === true;
    if (isKnown) {
      meet(word, [at], 1);
      const other = word.endsWith('s') ? word.slice(0, -1) : `${word}s`;
      if (net !== 'as said' && other.length > 3 && directory.formsByWord.has(other))
        meet(other, [at], otherNumber);
    } else if (parts !== undefined) for (const part of parts) meet(part, [at], 0.99);
    else if (isSpread && directory.formsByWord.has(plain)) meet(plain, [at], 0.98);
    else if (net !== 'as said' && isSpread) meetNear(word, at);
    if (net === 'wide' && isKnown && isSpread) meetNear(word, at);
    // "al sayed" for "alsayed"
    const next = query.words[at + 1];
    if (next !== undefined && directory.formsByWord.has(word + next)) meet(word + next, [at, at + 1], 0.98);
  }
  // "studio five" for "Studio 5"
  for (const { digits, from, to } of numberRuns(query.words))
    if (directory.formsByWord.has(digits))
      meet(
        digits,
        Array.from({ length: to - from }, (_, index) => from + index),
        1,
      );
  const forms = new Set<Form>();
  for (const word of met.keys()) for (const form of directory.formsByWord.get(word) ?? []) forms.add(form);
  const hits: Hit[] = [];
  for (const form of forms) {
    let covered = 0;
    let exact = true;
    const mask = new Set<number>();
    const nearly = new Set<number>();
    for (const [index, word] of form.words.entries()) {
      const by = met.get(word);
      if (by === undefined) continue;
      covered += (form.weights[index] ?? 0) * by.similarity;
      if (by.similarity < 0.97) exact = false;
      for (const at of by.at) {
        mask.add(at);
        if (by.similarity < 0.97) nearly.add(at);
      }
    }
    const coverage = covered / form.totalWeight;
    if (coverage < 0.6) continue;
    // "the" alone is no hit on "the boardroom", but "in IT" tells two people apart
    const supportsOnly = ![...mask].some((at) => query.core[at] === true);
    hits.push({
      supportsOnly,
      form,
      mask,
      nearly,
      score: strengths[form.kind] * coverage,
      exact: exact && coverage > 0.97,
    });
  }
  return hits.sort((a, b) => b.score - a.score).slice(0, 64);
};

/** `matched`: how much of what was said it meets, first of the words that matter, then of all. */
type Candidate = { position: number; score: number; exact: boolean; matched: readonly [number, number] };

const candidatesOf = (query: Query, hits: readonly Hit[]): Candidate[] => {
  const meant = hits.filter((hit) => !hit.supportsOnly);
  const narrow = meant.filter((hit) => hit.form.entries.size <= narrowForm);
  const spread = narrow.length > 0 ? narrow : meant.slice(0, 1);
  const coreCount = query.core.filter(Boolean).length;
  const best = new Map<number, Candidate>();
  for (const own of spread)
    for (const position of own.form.entries) {
      if (best.has(position)) continue;
      // hits are sorted: the first one that has the entry is its best
      const asked = new Set<number>();
      const nearly = new Set<number>();
      for (const hit of hits) {
        if (!hit.form.entries.has(position)) continue;
        for (const at of hit.mask) asked.add(at);
        for (const at of hit.nearly) nearly.add(at);
      }
      let matched = 0;
      for (const at of asked) if (query.core[at] === true) matched += 1;
      const score = own.score * leftOverFactor(query, own, asked);
      best.set(position, {
        position,
        score,
        exact: own.exact && matched === coreCount && nearly.size === 0 && !query.fillersOnly,
        matched: [matched, asked.size],
      });
    }
  return [...best.values()].sort((a, b) => b.score - a.score);
};

const pick = (candidates: readonly Candidate[], directory: PreparedDirectory): Resolution => {
  const [first] = candidates;
  if (first === undefined || first.score < leastScore) return { result: 'none' };
  // of those that fit equally well, the ones that meet most of what was said: "Patel in sales", "John Smith in IT"
  const close = candidates.filter((other) => other.score >= first.score - equalWithin);
  const mostCore = Math.max(...close.map(({ matched }) => matched[0]));
  const mostWords = Math.max(...close.map(({ matched }) => (matched[0] === mostCore ? matched[1] : 0)));
  const equal = close.filter(({ matched }) => matched[0] === mostCore && matched[1] === mostWords);
  const entries = equal.flatMap((candidate) => directory.entries[candidate.position] ?? []);
  const [only] = entries;
  if (only === undefined) return { result: 'none' };
  return entries.length === 1
    ? {
        result: 'match',
        entry: only,
        score: first.score,
        certain: first.exact && first.score >= certainScore,
      }
    : { result: 'ambiguous', candidates: entries, score: first.score };
};

/** Digits alone are an extension or nothing; digits with a name must agree with the name. */
const resolveDigits = (query: Query, directory: PreparedDirectory): Resolution | null => {
  const runs = numberRuns(query.words);
  const rest = query.words.filter(
    (word, at) => query.core[at] === true && !isNumberWord(word) && word !== 'and',
  );
  if (runs.length === 0 || rest.length > 0) return null;
  // "one" is a filler ("the one in sales") until it stands among digits; the longest run is the extension
  const longest = runs.reduce((a, b) => (b.digits.length > a.digits.length ? b : a));
  const position = directory.byExt.get(longest.digits);
  const entry = position === undefined ? undefined : directory.entries[position];
  return entry === undefined ? null : { result: 'match', entry, score: 1, certain: true };
};

const resolveText = (text: string, directory: PreparedDirectory, net: Net): Resolution => {
  const query = readQuery(text, directory);
  if (query.words.length === 0) return { result: 'none' };
  const digits = resolveDigits(query, directory);
  if (digits !== null) return digits;
  return pick(candidatesOf(query, hitsOf(query, directory, net)), directory);
};

/**
 * `near: false` takes words as they are: for a recogniser that knows the directory's own spelling, where a word that
 * merely looks alike is another word.
 */
export const resolve = (
  words: string,
  directory: PreparedDirectory,
  options: { near: boolean } = { near: true },
): Resolution => {
  const nets: readonly Net[] = options.near ? ['near', 'wide'] : ['as said'];
  let found: Resolution = { result: 'none' };
  for (const net of nets) {
    found = resolveText(words, directory, net);
    if (found.result !== 'none') return found;
  }
  if (!asksForReception(words)) return found;
  for (const form of receptionForms) {
    const other = resolveText(form, directory, 'as said');
    if (other.result !== 'none') return other;
  }
  return found;
};

/** The caller wants the person who knows, whatever the directory calls that person. */
export const asksForReception = (words: string): boolean => {
  const said = ` ${foldKeys(words).join(' ')} `;
  const asked = foldKeys(words).filter((word) => !fillers.has(word));
  return (
    receptionForms.some((form) => asked.join(' ') === form) ||
    / (?:front desk|real person|human being|a human|an operator) /.test(said)
  );
};
