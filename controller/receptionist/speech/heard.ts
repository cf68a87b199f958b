/** What the recogniser heard, and how sure it is. Pure; knows no directory. */

/** `token` may be a phrase of the directory, joined by `_`. `probability` is the recogniser's own, 0 to 1. */
export type HeardWord = { token: string; probability: number };

export type Heard = {
  /** as a transcript shows it */
  text: string;
  words: HeardWord[];
};

export const heardOf = (words: HeardWord[]): Heard => ({
  text: words.map((word) => word.token.replaceAll('_', ' ')).join(' '),
  words,
});
