/** What an operator sets for a whole workspace. */
import { z } from 'zod';
import { fieldFault } from './texts/field.ts';

export type Settings = {
  /** ISO 3166 alpha-2: whose national numbers (`087 250 0100`) are meant; null = they are refused */
  defaultCountry: string | null;
  /** recordings are removed after so many days; null = as long as the installation keeps them */
  recordingDays: number | null;
};

/** What is left out stays. */
export const SettingsPatch = z.strictObject({
  defaultCountry: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{2}$/, fieldFault.country)
    .nullable()
    .optional(),
  recordingDays: z.int().min(1).max(36_500).nullable().optional(),
});
export type SettingsPatch = z.infer<typeof SettingsPatch>;
