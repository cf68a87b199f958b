/**
 * Words as people write them → words that can be compared: no accents, no case, no punctuation. Knows nothing of
 * directories or of speech.
 */

/** `key` is what is compared; `said` is how a pronouncing dictionary would spell it. */
export type Word = { key: string; said: string; upperCase: boolean };

/** More than anybody says in one breath; what follows is dropped, so that a hostile text costs nothing. */
const longestText = 400;

/** Letters that Unicode's decomposition leaves whole. */
const wholeLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** `O’Brien-Łukasz & Søn` → obrien lukasz and son. */
export const foldWords = (text: string): Word[] => {
  const plain = text
    .slice(0, longestText)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[’‘ʼ`´]/g, "'")
    .replaceAll('&', ' and ')
    .replaceAll(/(?<=\p{L})\.(?=\p{L}(?:\.|\b))/gu, '');
  const words: Word[] = [];
  for (const part of plain.split(/[^\p{L}\p{N}']+/u)) {
    const trimmed = part.replaceAll(/^'+|'+$/g, '');
    if (trimmed === '') continue;
    const lower = trimmed
      .toLowerCase()
      .replaceAll(/[ßæœøłđðþı]/g, (letter) => wholeLetters[letter] ?? letter);
    // "sarah's line" means Sarah; "o'brien" keeps its letters
    const said = lower.replace(/'s$/, '');
    const key = said.replaceAll("'", '');
    if (key !== '') words.push({ key, said, upperCase: /^\p{Lu}{2,4}$/u.test(trimmed) });
  }
  return words;
};

/** Only the keys. */
export const foldKeys = (text: string): string[] => foldWords(text).map((word) => word.key);
