/** Phone numbers of a trunk, and who answers them. */
import { z } from 'zod';
import { fieldFault } from './texts/field.ts';
import { plainText } from './trunk.ts';

/**
 * A phone number as people write it. `27872500100`, `+27 87 250-0100` and, where the workspace's default country is South
 * Africa, `087 250 0100` are one number (controller/numbers/normalise.ts).
 */
const PhoneNumber = z
  .string()
  .trim()
  .max(40)
  .regex(/^\+?[0-9 ()./-]+$/, fieldFault.phoneNumber);

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

/** `number` is stored and answered as E.164 digits, without plus sign. */
export type PhoneNumberBinding = NumberInput & { id: string; createdAt: string };
