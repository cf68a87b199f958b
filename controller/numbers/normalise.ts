/**
 * The one form of a phone number: the digits of E.164, without plus sign. `27872500100`, `+27 87 250 0100`,
 * `0027 87 250 0100` and, where the default country is South Africa, `087 250 0100` are one number. Pure.
 */
import {
  type CountryCode,
  getCountries,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js';

const countries: ReadonlySet<string> = new Set(getCountries());
/** ISO 3166 alpha-2, of a country whose numbers we know. */
export const isCountry = (text: string): text is CountryCode => countries.has(text);

/** null: not a number, or a national one and nobody said of which country. `text` may come from a stranger. */
export function normaliseNumber(text: string, defaultCountry: string | null): string | null {
  const trimmed = text.trim();
  if (!/^\+?[0-9 ()./-]{1,40}$/.test(trimmed)) return null;
  const digits = trimmed.replace(/[^0-9]/g, '');
  const country = defaultCountry !== null && isCountry(defaultCountry) ? defaultCountry : null;
  const number = trimmed.startsWith('+') ? international(digits) : withoutPlus(digits, country);
  return number === null ? null : settled(number.number.slice(1));
}

const parse = (text: string, country?: CountryCode): PhoneNumber | null => {
  const number = parsePhoneNumberFromString(text, {
    extract: false,
    ...(country === undefined ? {} : { defaultCountry: country }),
  });
  // E.164 has 15 digits at most; in Japan there are longer ones
  return number?.isPossible() === true && /^\+[1-9][0-9]{6,14}$/.test(number.number) ? number : null;
};
const international = (digits: string): PhoneNumber | null => parse(`+${digits}`);

/** A national number may keep a 0 that the same number with its country code loses: until it stays as it is. */
function settled(digits: string, tries = 5): string | null {
  const again = international(digits)?.number.slice(1) ?? null;
  if (again === null || again === digits) return again;
  return tries === 0 ? null : settled(again, tries - 1);
}

/** Where it can be read in two ways: as people of that country write it, then as international without its plus sign. */
function withoutPlus(digits: string, country: CountryCode | null): PhoneNumber | null {
  const local = country === null ? null : parse(digits, country);
  if (digits.startsWith('0')) {
    if (local?.isValid() === true) return local;
    return (digits.startsWith('00') ? international(digits.slice(2)) : null) ?? local;
  }
  const global = international(digits);
  // in North America or Spain `2125551234` is a whole number; in South Africa one without its 0 is none
  const isAsWritten = local !== null && local.formatNational().replace(/[^0-9]/g, '') === digits;
  if (isAsWritten && local.isValid()) return local;
  if (global?.isValid() === true) return global;
  if (local?.isValid() === true) return local;
  // a number out of a range that nobody uses yet; a shorter one is more likely an extension
  return isAsWritten && digits.length >= 7 ? local : global;
}
