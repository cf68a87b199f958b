/** The demo PBX: a real Asterisk with phones and a caller, for people who have no PBX at hand. */
import { z } from 'zod';

export const DemoPbxState = z
  .object({
    /** whether this installation can start one */
    available: z.boolean(),
    running: z.boolean(),
    /** why it is not available, or why it ended; empty when there is nothing to say */
    text: z.string(),
    /** what a trunk needs to register on it; null while it does not run */
    connection: z
      .object({ domain: z.string(), port: z.int(), extension: z.string(), password: z.string() })
      .nullable(),
  })
  .meta({ id: 'DemoPbxState' });
export type DemoPbxState = z.infer<typeof DemoPbxState>;
