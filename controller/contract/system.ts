/** What Offhook needs in order to work, as the API answers it. */
import { z } from 'zod';
import type { SystemState } from './live.ts';

const Part = z.object({ ready: z.boolean(), text: z.string() });
export const SystemAnswer = z
  .object({
    switch: Part,
    database: Part,
    speech: Part,
    disk: Part,
    agents: Part,
    certificate: Part.exactOptional(),
  } satisfies Record<keyof Required<SystemState>, z.ZodType>)
  .meta({ id: 'System' });
