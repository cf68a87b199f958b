/** Spoken numbers → digits, as people read out an extension. Knows nothing of which extensions exist. */
import { isGermanNumberWord, readGermanGroup } from './german-number-words.ts';

const units: Readonly<Record<string, string>> = {
  zero: '0',
  oh: '0',
  o: '0',
  nought: '0',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
};
const teens: Readonly<Record<string, string>> = {
  ten: '10',
  eleven: '11',
  twelve: '12',
  thirteen: '13',
  fourteen: '14',
  fifteen: '15',
  sixteen: '16',
  seventeen: '17',
  eighteen: '18',
  nineteen: '19',
};
const tens: Readonly<Record<string, string>> = {
  twenty: '2',
  thirty: '3',
  forty: '4',
  fifty: '5',
  sixty: '6',
  seventy: '7',
  eighty: '8',
  ninety: '9',
};
const repeats: Readonly<Record<string, number>> = { double: 2, triple: 3, treble: 3 };

/** `key in record` without the prototype: a caller may well say "constructor". */
const has = (record: Readonly<Record<string, unknown>>, key: string): boolean => Object.hasOwn(record, key);

export const isNumberWord = (word: string): boolean =>
  /^[0-9]+$/.test(word) ||
  has(units, word) ||
  has(teens, word) ||
  has(tens, word) ||
  has(repeats, word) ||
  word === 'hundred' ||
  word === 'thousand' ||
  isGermanNumberWord(word);

export type NumberRun = { digits: string; from: number; to: number };

/** One group from `at`: `twenty one`, `fifteen`, `oh`, `double five`. */
const readGroup = (words: readonly string[], at: number): { digits: string; next: number } | null => {
  const word = words[at] ?? '';
  const following = words[at + 1] ?? '';
  if (/^[0-9]+$/.test(word)) return { digits: word, next: at + 1 };
  if (has(repeats, word) && (has(units, following) || /^[0-9]$/.test(following)))
    return { digits: (units[following] ?? following).repeat(repeats[word] ?? 1), next: at + 2 };
  if (has(tens, word)) {
    const unit =
      has(units, following) && following !== 'oh' && following !== 'o' ? units[following] : undefined;
    return unit === undefined || unit === '0'
      ? { digits: `${tens[word]}0`, next: at + 1 }
      : { digits: `${tens[word]}${unit}`, next: at + 2 };
  }
  if (has(teens, word)) return { digits: teens[word] ?? '', next: at + 1 };
  if (has(units, word)) return { digits: units[word] ?? '', next: at + 1 };
  return readGermanGroup(words, at);
};

/** `two hundred and fifteen` → 215 from the group before the `hundred` on. */
const readScaled = (words: readonly string[], at: number): { digits: string; next: number } | null => {
  const group = readGroup(words, at);
  if (group === null) return null;
  const zeros = words[group.next] === 'hundred' ? 2 : words[group.next] === 'thousand' ? 3 : 0;
  if (zeros === 0) return group;
  let next = group.next + 1;
  if (words[next] === 'and') next += 1;
  const rest = readScaled(words, next);
  return rest === null || rest.digits.length > zeros
    ? { digits: group.digits + '0'.repeat(zeros), next: group.next + 1 }
    : { digits: group.digits + rest.digits.padStart(zeros, '0'), next: rest.next };
};

/** Every run of number words, joined as an extension is read out: `two fifteen` and `two one five` are both 215. */
export const numberRuns = (words: readonly string[]): NumberRun[] => {
  const runs: NumberRun[] = [];
  let at = 0;
  while (at < words.length) {
    let digits = '';
    let next = at;
    for (let group = readScaled(words, next); group !== null; group = readScaled(words, next)) {
      digits += group.digits;
      next = group.next;
    }
    if (digits !== '') runs.push({ digits, from: at, to: next });
    at = Math.max(next, at + 1);
  }
  return runs;
};

const digitNames = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const teenNames = Object.keys(teens);
const tensNames = Object.keys(tens);

const twoDigits = (pair: string): string | null => {
  const [first = '', second = ''] = pair;
  if (first === '0') return null;
  if (first === '1') return teenNames[Number(second)] ?? null;
  const ten = tensNames[Number(first) - 2] ?? '';
  return second === '0' ? ten : `${ten} ${digitNames[Number(second)]}`;
};

/** The ways in which people read out an extension; the first is how we say it. */
export const readings = (ext: string): string[] => {
  const single = ext
    .split('')
    .map((digit) => digitNames[Number(digit)] ?? '')
    .join(' ');
  const ways = new Set([single]);
  if (ext.includes('0')) ways.add(single.replaceAll('zero', 'oh'));
  if (ext.length === 2) ways.add(twoDigits(ext) ?? single);
  if (ext.length === 3) {
    const [first = '0'] = ext;
    const tail = twoDigits(ext.slice(1));
    const head = digitNames[Number(first)] ?? '';
    if (tail !== null) ways.add(`${head} ${tail}`);
    if (first !== '0' && ext.endsWith('00')) ways.add(`${head} hundred`);
    else if (first !== '0') {
      const rest = tail ?? digitNames[Number(ext[2])] ?? '';
      ways.add(`${head} hundred ${rest}`);
      ways.add(`${head} hundred and ${rest}`);
    }
  }
  if (ext.length === 4) {
    const [head, tail] = [twoDigits(ext.slice(0, 2)), twoDigits(ext.slice(2))];
    if (head !== null && tail !== null) ways.add(`${head} ${tail}`);
    if (head !== null && ext.endsWith('00')) ways.add(`${head} hundred`);
    if (ext.endsWith('000') && ext[0] !== '0') ways.add(`${digitNames[Number(ext[0])]} thousand`);
  }
  return [...ways];
};
