/**
 * The controller's English in another language. An English sentence is its own name: what was said is found again in the
 * catalogue, with the values in its places, and said in the other language. So the API, what is stored and the log stay
 * English, and a call of last year is translated as well as one of now. What is not found stays as it is.
 */
import { english, type ListName, parts } from './english.ts';
import { fill, place } from './sentence.ts';

export type Values = Readonly<Record<string, string>>;
/** A function where a language's plurals need one. Places are those of the English sentence. */
type Said = string | ((values: Values) => string);
export type Translation = {
  readonly [List in ListName]: { readonly [Name in keyof (typeof english)[List]]: Said };
};
/** `list`: of which list the text is known to be, for a word that alone is too little to be known by. */
export type Translate = (text: string, list?: ListName) => string;

type Known = {
  list: ListName;
  name: string;
  pattern: RegExp;
  places: readonly { name: string; list: ListName | null }[];
};
/** `unknown`: how many letters are in values that no list has */
type Found = { said: string; unknown: number };

/** Longer than anything that is said, and more of it: a name may be made to look like anything. */
const longest = 1000;
const mostSentences = 12;

export const translator = (translation: Translation): Translate => {
  const known = knownSentences();
  const whole = known.filter(({ list }) => !parts.has(list));
  const found = new Map<string, string>();

  /** Of those that it can be, the one that leaves least to its values. */
  const one = (text: string, among: readonly Known[]): Found | null => {
    let best: Found | null = null;
    for (const { list, name, pattern, places } of among) {
      const match = pattern.exec(text);
      const said = (translation[list] as Readonly<Record<string, Said>>)[name];
      if (match === null || said === undefined) continue;
      const values: Record<string, string> = {};
      let unknown = 0;
      places.forEach((at, index) => {
        const value = match[index + 1] ?? '';
        const inner = at.list === null ? null : one(value, of(at.list));
        values[at.name] = inner?.said ?? value;
        unknown += inner?.unknown ?? value.length;
      });
      if (best !== null && best.unknown <= unknown) continue;
      best = { said: typeof said === 'string' ? fill(said, values) : said(values), unknown };
    }
    return best;
  };
  const of = (list: ListName): Known[] => known.filter((sentence) => sentence.list === list);

  /** Several sentences after each other, all of them known, or one. Where a rest is not known, it is not asked again. */
  const several = (text: string): string | null => {
    const ends = [...text.matchAll(/[.!?] /g)].map(({ index }) => index + 1);
    if (ends.length > mostSentences) return one(text, whole)?.said ?? null;
    const unknownFrom = new Set<number>();
    const from = (start: number): string | null => {
      if (unknownFrom.has(start)) return null;
      for (const end of ends.filter((each) => each > start)) {
        const first = one(text.slice(start, end), whole);
        const rest = first === null ? null : from(end + 1);
        if (first !== null && rest !== null) return `${first.said} ${rest}`;
      }
      const last = one(text.slice(start), whole)?.said ?? null;
      if (last === null) unknownFrom.add(start);
      return last;
    };
    return from(0);
  };

  return (text, list) => {
    if (list !== undefined) return one(text, of(list))?.said ?? text;
    if (text === '' || text.length > longest) return text;
    const before = found.get(text);
    if (before !== undefined) return before;
    const said = several(text) ?? text;
    if (found.size >= 500) found.clear();
    found.set(text, said);
    return said;
  };
};

const knownSentences = (): Known[] =>
  (Object.keys(english) as ListName[]).flatMap((list) =>
    Object.entries(english[list]).map(([name, sentence]) => ({
      list,
      name,
      pattern: new RegExp(`^${patternOf(sentence, true)}$`, 's'),
      places: [...sentence.matchAll(place)].map(([, at = '', of]) => ({
        name: at,
        list: (of as ListName | undefined) ?? null,
      })),
    })),
  );

/** A place that names a list takes only what is in it; any other takes anything. */
const patternOf = (sentence: string, captures: boolean): string => {
  let pattern = '';
  let end = 0;
  for (const match of sentence.matchAll(place)) {
    const list = match[2] as ListName | undefined;
    const inner =
      list === undefined
        ? '.*?'
        : Object.values(english[list])
            .map((each) => patternOf(each, false))
            .join('|');
    pattern += `${escaped(sentence.slice(end, match.index))}(${captures ? '' : '?:'}${inner})`;
    end = match.index + match[0].length;
  }
  return pattern + escaped(sentence.slice(end));
};

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
