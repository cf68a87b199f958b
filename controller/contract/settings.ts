/** What an operator sets for a whole workspace. */
import { z } from 'zod';

export type Settings = {
  /** ISO 3166 alpha-2: whose national numbers (`087 250 0100`) are meant; null = they are refused */
  defaultCountry: string | null;
};

/** What is left out stays. */
export const SettingsPatch = z.strictObject({
  defaultCountry: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{2}$/, 'a country by its two letters (ISO 3166), such as ZA')
    .nullable()
    .optional(),
});
export type SettingsPatch = z.infer<typeof SettingsPatch>;
