/**
 * Every text of the UI. A language is a folder beside `en` with the same shape: the type of `en` holds it complete.
 * Texts with figures in them are functions, so that each language has its own plurals and word order. What the
 * controller says is English and is shown through `said`.
 */
import { en } from './en.ts';
import { type Language, languages } from './languages.ts';

/** In the browser's language where there is one, else English. */
const language: Language | undefined = ((globalThis.navigator as Navigator | undefined)?.languages ?? [])
  .map((tag) => languages[tag.slice(0, 2)])
  .find((found) => found !== undefined);

export const t = language?.texts ?? en;
export const said: Language['said'] = language?.said ?? ((text) => text);
