/** Prepaid credit of a workspace. Amounts are decimal numbers as text, because no binary fraction is a cent. */
import { z } from 'zod';
import { fieldFault } from './texts/field.ts';
import { plainText } from './trunk.ts';

/** Up to nine digits before the point and six behind it. */
const amount = (sign: '' | '-?') =>
  z.string().regex(new RegExp(`^${sign}[0-9]{1,9}(\\.[0-9]{1,6})?$`), fieldFault.amount);

export const Wallet = z.strictObject({
  /** off: calls cost nothing and nobody is refused */
  enabled: z.boolean(),
  /** ISO 4217 */
  currency: z.string(),
  /** of an answered call; counted by the second, each begun one whole */
  pricePerMinute: z.string(),
  balance: z.string(),
  /** below this the wallet is `low` */
  lowBalance: z.string(),
  /** `empty`: new calls are refused and say so; those that run go on */
  state: z.enum(['off', 'filled', 'low', 'empty']),
});
export type Wallet = z.infer<typeof Wallet>;

/** What is left out stays. */
export const WalletPatch = z.strictObject({
  enabled: z.boolean().optional(),
  currency: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{3}$/, fieldFault.currency)
    .optional(),
  pricePerMinute: amount('').optional(),
  lowBalance: amount('').optional(),
});
export type WalletPatch = z.infer<typeof WalletPatch>;

/** Money that came in, or a correction (negative). */
export const WalletTopUp = z.strictObject({
  amount: amount('-?').refine((text) => Number(text) !== 0, fieldFault.notNothing),
  note: plainText(200).default(''),
});
export type WalletTopUp = z.infer<typeof WalletTopUp>;

export const WalletEntry = z.strictObject({
  id: z.uuid(),
  at: z.iso.datetime(),
  kind: z.enum(['top-up', 'call']),
  /** negative for what was spent */
  amount: z.string(),
  /** of a call; null for money that came in */
  callId: z.string().nullable(),
  seconds: z.int().nullable(),
  note: z.string(),
});
export type WalletEntry = z.infer<typeof WalletEntry>;
