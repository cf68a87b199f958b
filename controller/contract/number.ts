/** Phone numbers of a trunk, and who answers them. */
import { z } from 'zod';
import { plainText } from './trunk.ts';

/**
 * `27872500100`, `+27 87 250-0100` and `0027 87 250 0100` are one number: the digits of E.164, without plus sign.
 * A national number (`087 250 0100`) does not say its country, so it is refused.
 */
export const PhoneNumber = z
  .string()
  .trim()
  .max(40)
  .regex(/^\+?[0-9 ()./-]+$/, 'a phone number in international form, such as +27 87 250 0100')
  .transform((text) => text.replace(/[^0-9+]/g, '').replace(/^(?:\+|00)/, ''))
  .pipe(z.string().regex(/^[1-9][0-9]{6,14}$/, 'a number with its country code, such as +27 87 250 0100'));

export const NumberInput = z.strictObject({
  number: PhoneNumber,
  label: plainText(80).default(''),
  trunkId: z.uuid(),
  /** null = the trunk's agent */
  agentId: z.uuid().nullable().default(null),
});
export type NumberInput = z.infer<typeof NumberInput>;

/** A change of a number: what is left out stays. */
export const NumberPatch = z.strictObject({
  number: PhoneNumber.optional(),
  label: plainText(80).optional(),
  trunkId: z.uuid().optional(),
  agentId: z.uuid().nullable().optional(),
});
export type NumberPatch = z.infer<typeof NumberPatch>;

/** `number` is stored and answered as E.164 digits. */
export type PhoneNumberBinding = NumberInput & { id: string; createdAt: string };
