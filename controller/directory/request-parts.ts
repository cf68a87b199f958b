/**
 * What of a caller's words is the request itself: not who is calling, and less so what it is about. Works on the text with
 * its punctuation, which a written request and a good recogniser have; without any it changes nothing. Knows no directory.
 */

/**
 * "my name is Anne Walker,", "hier ist Meier," and what belongs to it, up to the next sign. `this is` and `ich bin` only so: they
 * may well be the end of something else.
 */
const introduction =
  /\b(?:my name is|my name's|mein name ist|this is|hier (?:ist|spricht)|ich (?:bin|hei(?:ß|ss)e))\s[^,.;:!?]{1,60}[,.;:!?]/giu;

/** Without the caller's own name, as long as something is left that may be a request. */
export const withoutIntroduction = (text: string): string => {
  const rest = text.replaceAll(introduction, ' ');
  return /\p{L}{2}|[0-9]/u.test(rest) ? rest : text;
};

const subjectWords: ReadonlySet<string> = new Set(
  'about regarding concerning wegen bezuglich betreffend betreffs'.split(' '),
);

/** Where "… about an overdue invoice" begins in the words of a request; its length when there is none. */
export const subjectFrom = (words: readonly string[]): number => {
  const at = words.findIndex((word, index) => index > 0 && subjectWords.has(word));
  return at < 0 ? words.length : at;
};
