/** What is kept of recordings, and how long. How long a workspace keeps them is one of its settings. */
import { z } from 'zod';

export const RecordingRoom = z
  .object({
    /** those of the workspace */
    recordings: z.int(),
    bytes: z.int(),
    seconds: z.number(),
    /** when the oldest of them was made */
    oldestAt: z.iso.datetime().nullable(),
    /** of the whole installation: whatever a workspace sets, nothing is kept longer, and together they take no more room */
    installation: z.object({
      /** null: for ever */
      days: z.number().nullable(),
      bytes: z.number(),
      usedBytes: z.int(),
    }),
    /** why nothing is recorded at the moment, in words; null when all is well */
    problem: z.string().nullable(),
  })
  .meta({ id: 'RecordingRoom' });
export type RecordingRoom = z.infer<typeof RecordingRoom>;
