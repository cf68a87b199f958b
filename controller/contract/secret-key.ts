/** The key that stored secrets are encrypted with, as far as anybody may know it. */
import { z } from 'zod';

export const SecretKeyState = z
  .object({
    /** of the key in use; tells keys apart and gives nothing away */
    keyId: z.string(),
    source: z.enum(['file', 'environment']),
    /** secrets are being encrypted anew */
    rotating: z.boolean(),
    /** keys before it that are still needed for reading */
    previousKeys: z.int(),
    /** rows that were encrypted anew by the last rotation */
    resealed: z.int(),
    /** rows whose secret no key reads: it has to be entered again */
    unreadable: z.int(),
    /** why a rotation does not get on; it is tried again by itself */
    problem: z.string().nullable(),
  })
  .meta({ id: 'SecretKey' });
export type SecretKeyState = z.infer<typeof SecretKeyState>;
