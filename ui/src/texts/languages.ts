/**
 * The languages that there are. Another one is a file beside `en.ts` and a line here:
 * `export const de: Language = { texts: { … }, said: translator({ … }) }`, both held complete by the compiler.
 */
import type { Translate } from '../../../controller/contract/texts/translate.ts';
import { en } from './en.ts';

export type Texts = typeof en;
export type Language = {
  /** the UI's own words */
  texts: Texts;
  /** what the controller says, which it says in English */
  said: Translate;
};

export const languages: Record<string, Language> = { en: { texts: en, said: (text) => text } };
