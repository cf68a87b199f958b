/** What Offhook needs in order to work, and what runs, as the API answers it. */
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

/** For whoever asks for help or plans an upgrade. */
export const SystemVersions = z
  .object({
    offhook: z.string(),
    node: z.string(),
    /** null while it is away */
    switch: z.object({ kind: z.enum(['freeswitch', 'asterisk']), version: z.string() }).nullable(),
    /** of PostgreSQL; null while it is away */
    database: z.string().nullable(),
  })
  .meta({ id: 'SystemVersions' });
export type SystemVersions = z.infer<typeof SystemVersions>;
