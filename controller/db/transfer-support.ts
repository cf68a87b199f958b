/** What a PBX turned out to do with transfers, as a trunk's row keeps it. Reads strictly what another version may have written. */
import { z } from 'zod';
import type { TransferSupport } from '../contract/trunk.ts';

const Finding = z
  .object({ supported: z.boolean(), sipStatus: z.int().nullable(), at: z.iso.datetime() })
  .nullable()
  .catch(null);
const Support = z.object({ refer: Finding, replaces: Finding });

/** Nothing that can be read is nothing known. */
export const toTransferSupport = (stored: unknown): TransferSupport => {
  const parsed = Support.safeParse(stored);
  return parsed.success ? parsed.data : { refer: null, replaces: null };
};
