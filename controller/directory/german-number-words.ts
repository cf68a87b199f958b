/**
 * German spoken numbers → digits. Their numbers are written as one word (`zweihundertfünfzehn`), and heard as one or as
 * several (`zwei hundert fünfzehn`). Words as `foldKeys` makes them, so `fünf` is `funf`. Knows nothing of extensions.
 */

const unitNames = 'null ein zwei drei vier funf sechs sieben acht neun'.split(' ');
const units = new Map<string, number>([
  ...unitNames.map((name, value): [string, number] => [name, value]),
  ['eins', 1],
  // how `zwei` is said where it might be taken for `drei`
  ['zwo', 2],
]);
const teens = new Map<string, number>(
  'zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn'
    .split(' ')
    .map((name, index) => [name, 10 + index]),
);
const tens = new Map<string, number>(
  'zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig'
    .split(' ')
    .map((name, index) => [name, 20 + 10 * index]),
);

/** Words by which a number goes on when it is heard as several. */
const joints: ReadonlySet<string> = new Set(['hundert', 'tausend', 'und']);
/** `ein tausend zwei hundert ein und zwanzig` */
const mostParts = 8;

/** `fuenf`, `zwoelf`: as who has no dots writes them. No number word has these letters otherwise. */
const withoutUmlauts = (word: string): string => word.replaceAll('ue', 'u').replaceAll('oe', 'o');

const belowHundred = (word: string): number | null => {
  const known = units.get(word) ?? teens.get(word) ?? tens.get(word);
  if (known !== undefined) return known;
  for (const [name, ten] of tens) {
    if (!word.endsWith(`und${name}`)) continue;
    const unit = units.get(word.slice(0, -3 - name.length));
    return unit === undefined || unit === 0 ? null : ten + unit;
  }
  return null;
};

/** What stands behind `hundert` or `tausend`: nothing, or a number that may begin with `und`. */
const remainder = (word: string, read: (word: string) => number | null): number | null => {
  if (word === '') return 0;
  const value = read(word.replace(/^und(?=.)/, ''));
  return value === 0 ? null : value;
};

const readBefore = (word: string, mark: string): [before: string, after: string] | null => {
  const at = word.indexOf(mark);
  return at < 0 ? null : [word.slice(0, at), word.slice(at + mark.length)];
};

/** `zwölfhundert` is 1200, as years and extensions are said. */
const belowTenThousand = (word: string): number | null => {
  const parts = readBefore(word, 'hundert');
  if (parts === null) return belowHundred(word);
  const hundreds = parts[0] === '' ? 1 : (units.get(parts[0]) ?? teens.get(parts[0]));
  const rest = remainder(parts[1], belowHundred);
  return hundreds === undefined || hundreds === 0 || rest === null ? null : hundreds * 100 + rest;
};

const belowMillion = (word: string): number | null => {
  const parts = readBefore(word, 'tausend');
  if (parts === null) return belowTenThousand(word);
  const thousands = parts[0] === '' ? 1 : belowTenThousand(parts[0]);
  const rest = remainder(parts[1], belowTenThousand);
  return thousands === null || thousands === 0 || thousands > 999 || rest === null || rest > 999
    ? null
    : thousands * 1000 + rest;
};

/** `ein` alone is the article. */
const readWord = (word: string): string | null => {
  if (word === 'ein' || word.length > 80) return null;
  const value = belowMillion(withoutUmlauts(word));
  return value === null ? null : String(value);
};

export const isGermanNumberWord = (word: string): boolean => joints.has(word) || readWord(word) !== null;

/** One group from `at`: `zwo`, `fünfzehn`, `einundzwanzig`, `zwei hundert fünfzehn`, `doppel vier`. */
export const readGermanGroup = (
  words: readonly string[],
  at: number,
): { digits: string; next: number } | null => {
  const repeated = readRepeated(words, at);
  if (repeated !== null) return repeated;
  const most = Math.min(mostParts, words.length - at);
  for (let count = most; count > 1; count -= 1) {
    const parts = words.slice(at, at + count);
    // `zwei fünfzehn` are two groups; only a joint makes one number of several words
    if (!parts.some((part) => /hundert|tausend|^und$/.test(part)) || parts.at(-1) === 'und') continue;
    const digits = readWord(parts.join(''));
    if (digits !== null) return { digits, next: at + count };
  }
  const digits = readWord(words[at] ?? '');
  return digits === null ? null : { digits, next: at + 1 };
};

const times = new Map<string, number>([
  ['doppel', 2],
  ['doppelt', 2],
  ['zweimal', 2],
  ['dreimal', 3],
]);

/** `doppel vier`, `zweimal die vier`, `drei mal null` */
const readRepeated = (words: readonly string[], at: number): { digits: string; next: number } | null => {
  const isTwoWords = words[at + 1] === 'mal';
  const count = times.get(isTwoWords ? `${words[at]}mal` : (words[at] ?? ''));
  if (count === undefined) return null;
  let next = at + (isTwoWords ? 2 : 1);
  if (words[next] === 'die') next += 1;
  const word = words[next] ?? '';
  const digit = /^[0-9]$/.test(word) ? word : readWord(word);
  return digit === null || digit.length !== 1 ? null : { digits: digit.repeat(count), next: next + 1 };
};
