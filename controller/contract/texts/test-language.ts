/**
 * A language for tests, made of the English by putting each letter into another script, outside of the places. What is
 * English on a screen then has not come from a catalogue.
 */
import { english, type ListName } from './english.ts';
import { place } from './sentence.ts';
import type { Translation } from './translate.ts';

/** Full-width letters, of which none is in any English sentence. */
export const inPseudo = (text: string): string =>
  text
    .split(/(\{[^}]*\})/)
    .map((piece) =>
      piece.startsWith('{')
        ? piece
        : piece.replace(/[A-Za-z]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)),
    )
    .join('');

const inPseudoAll = (lists: Readonly<Record<string, Readonly<Record<string, string>>>>): unknown =>
  Object.fromEntries(
    Object.entries(lists).map(([list, sentences]) => [
      list,
      Object.fromEntries(
        // a translation names its places without their lists
        Object.entries(sentences).map(([name, sentence]) => [
          name,
          inPseudo(sentence).replace(/\{(\w+):\w+\}/g, '{$1}'),
        ]),
      ),
    ]),
  );

export const pseudo = inPseudoAll(english) as Translation;

/** A sentence with `215` in its places; where a place is one of a list, once with each of that. */
export const everyWayToSay = (sentence: string): string[] => {
  const places = [...sentence.matchAll(place)];
  return places.reduce<string[]>(
    (ways, [whole, , list]) => {
      const values =
        list === undefined ? ['215'] : Object.values(english[list as ListName]).flatMap(everyWayToSay);
      return ways.flatMap((way) => values.map((value) => way.replace(whole, () => value)));
    },
    [sentence],
  );
};
