/**
 * Sentences with places for values: `Registered as ext {extension}`. A place that is itself one of a list of sentences
 * names the list: `Failed — {reason:failureReason}`. Whoever says one takes it from this folder, so that a translation
 * can be made of all of them (`translate.ts`); the English of the API is exactly what is written there.
 */
type NameOf<Place> = Place extends `${infer Name}:${string}` ? Name : Place;
type PlacesOf<Sentence> = Sentence extends `${string}{${infer Place}}${infer Rest}`
  ? NameOf<Place> | PlacesOf<Rest>
  : never;
type ValuesOf<Sentence> = Readonly<Record<PlacesOf<Sentence> & string, string | number>>;

/** `{name}` or `{name:list}` */
export const place = /\{(\w+)(?::(\w+))?\}/g;

/** The sentence in English. The compiler asks for each of its values. */
export const say = <const Sentence extends string>(sentence: Sentence, values: ValuesOf<Sentence>): string =>
  fill(sentence, values);

/** In any language: a place that has no value stays as it is written. */
export const fill = (sentence: string, values: Readonly<Record<string, string | number>>): string =>
  sentence.replace(place, (whole, name: string) => String(values[name] ?? whole));
