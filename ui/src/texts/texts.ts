/**
 * Every text of the UI. A language is a folder beside `en` with the same shape: the type of `en` holds it complete.
 * Texts with figures in them are functions, so that each language has its own plurals and word order.
 */
import { en } from './en.ts';

export type Texts = typeof en;

const catalogues: Readonly<Record<string, Texts>> = { en };

/** In the browser's language where there is one, else English. */
export const t: Texts =
  ((globalThis.navigator as Navigator | undefined)?.languages ?? [])
    .map((language) => catalogues[language.slice(0, 2)])
    .find((found) => found !== undefined) ?? en;
