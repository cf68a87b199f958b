/**
 * What an entry answers to: the phrases by which a caller may ask for it. One list for the look-up and for the
 * recogniser's language model, so that what can be heard can be found. Knows nothing of either.
 */
import type { DirectoryEntry } from '../contract/extension.ts';
import { foldWords, type Word } from './fold.ts';

/** `called`: a whole name, owner or alias; `part`: the first or last name of a person; `department`: one of several. */
export type FormKind = 'called' | 'part' | 'department';
export type SpokenForm = { kind: FormKind; words: Word[] };

/** Said with a name, never part of what tells two people apart. */
export const titles: ReadonlySet<string> = new Set(
  'mr mister mrs missus ms miss mx dr doctor prof professor sir madam rev reverend herr herrn frau fraulein doktor'.split(
    ' ',
  ),
);

/** Small words within names: of little weight, since hardly anybody says or remembers them as they are written. */
export const nameParticles: ReadonlySet<string> = new Set(
  'van von der den de la le du des del della di da do dos al el ter ten zu bin ibn y'.split(' '),
);

/** Words that say what kind of place it is; alone they name nothing. */
export const genericWords: ReadonlySet<string> = new Set(
  'department departments dept desk office team group line room section division unit people staff extension phone number the of and a an for in at'.split(
    ' ',
  ),
);

const keyOf = (words: readonly Word[]): string => words.map((word) => word.key).join(' ');

/** Without the titles that it begins with, unless nothing else is there: an alias may be `Doctor` or `company doctor`. */
const withoutTitles = (words: Word[]): Word[] => {
  const first = words.findIndex((word) => !titles.has(word.key));
  return first < 0 ? words : words.slice(first);
};

const withoutGeneric = (words: Word[]): Word[] => words.filter((word) => !genericWords.has(word.key));

/** Two to four words of which none says that it is a place. */
const looksLikePerson = (words: readonly Word[]): boolean =>
  words.length >= 2 &&
  words.length <= 4 &&
  words.every((word) => !genericWords.has(word.key) && /^\p{L}+$/u.test(word.key));

/** The place words that make `Accounts Payable` no person, beyond the generic ones. */
const placeWords: ReadonlySet<string> = new Set(
  'accounts accounting accountant billing sales support service services customer customers reception help helpdesk hr it human resources marketing finance payroll purchasing warehouse shipping orders returns technical tech main front back security maintenance legal design production quality research development management admin administration logistics workshop store shop bar kitchen lab laboratory clinic pharmacy library conference meeting hours emergency receivable payable operations engineering facilities parking gate lobby boardroom voicemail hotline switchboard operator general public relations press media dispatch delivery parts repairs repair bookings booking reservations enquiries inquiries complaints claims underwriting lending mortgage insurance branch north south east west floor first second third shift freight air sea secretary company night day press office field test raw materials goods store cold data protection school student students hall bay station ward care'.split(
    ' ',
  ),
);

const formsOfName = (name: string): SpokenForm[] => {
  const words = withoutTitles(foldWords(name));
  if (words.length === 0) return [];
  const forms: SpokenForm[] = [{ kind: 'called', words }];
  const core = withoutGeneric(words);
  if (core.length > 0 && core.length < words.length) forms.push({ kind: 'called', words: core });
  if (!looksLikePerson(words) || words.some((word) => placeWords.has(word.key))) return forms;
  for (const word of words) if (word.key.length > 1) forms.push({ kind: 'part', words: [word] });
  const [first, last] = [words[0], words.at(-1)];
  if (words.length > 2 && first !== undefined && last !== undefined)
    forms.push({ kind: 'part', words: [first, last] });
  return forms;
};

const formsOfPlace = (text: string, kind: FormKind): SpokenForm[] => {
  const words = withoutTitles(foldWords(text));
  if (words.length === 0) return [];
  const core = withoutGeneric(words);
  return core.length > 0 && core.length < words.length
    ? [
        { kind, words },
        { kind, words: core },
      ]
    : [{ kind, words }];
};

/** Every form once, the strongest kind of each. */
export const spokenForms = (entry: DirectoryEntry): SpokenForm[] => {
  const all = [
    ...formsOfName(entry.name),
    ...formsOfName(entry.owner),
    ...entry.aliases.flatMap((alias) => formsOfPlace(alias, 'called')),
    ...formsOfPlace(entry.department, 'department'),
  ];
  const strength: Record<FormKind, number> = { called: 2, part: 1, department: 0 };
  const byKey = new Map<string, SpokenForm>();
  for (const form of all) {
    const key = keyOf(form.words);
    const known = byKey.get(key);
    if (known === undefined || strength[form.kind] > strength[known.kind]) byKey.set(key, form);
  }
  return [...byKey.values()];
};

/** What callers call the person who knows: any of these means an entry called by another of them, too. */
export const receptionForms: readonly string[] = [
  'reception',
  'receptionist',
  'the receptionist',
  'operator',
  'switchboard',
  'front desk',
];
