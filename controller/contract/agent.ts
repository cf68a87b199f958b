/** Agents: who answers. */
import { z } from 'zod';
import { ExtensionNumber, plainText } from './trunk.ts';

/** receptionist: the built-in one. echo: plays the caller back to himself, for testing a trunk. */
export const AgentKind = z.enum(['receptionist', 'echo']);
export type AgentKind = z.infer<typeof AgentKind>;

export const AgentSettings = z.strictObject({
  /** does the receptionist ask "Sarah in billing, is that right?" before it transfers */
  confirm: z.enum(['when unsure', 'always', 'never']).default('when unsure'),
  /** where callers go whom the agent cannot help, or when it fails; null = it says goodbye */
  fallbackExtension: ExtensionNumber.nullable().default(null),
  /** the agent asks again after so much silence */
  silenceSeconds: z.int().min(2).max(120).default(8),
  /** after this the agent says goodbye and hangs up */
  maxDurationSeconds: z.int().min(10).max(14_400).default(1800),
});
export type AgentSettings = z.infer<typeof AgentSettings>;

export const AgentInput = z.strictObject({
  name: plainText(80).min(1),
  kind: AgentKind.default('receptionist'),
  /** what the caller hears first; blank = the kind's own greeting */
  firstMessage: plainText(1000).default(''),
  settings: AgentSettings.prefault({}),
});
export type AgentInput = z.infer<typeof AgentInput>;

/** A change of an agent: what is left out stays, in the settings too. */
export const AgentPatch = z.strictObject({
  name: plainText(80).min(1).optional(),
  kind: AgentKind.optional(),
  firstMessage: plainText(1000).optional(),
  settings: z
    .strictObject({
      confirm: AgentSettings.shape.confirm.unwrap().optional(),
      fallbackExtension: ExtensionNumber.nullable().optional(),
      silenceSeconds: AgentSettings.shape.silenceSeconds.unwrap().optional(),
      maxDurationSeconds: AgentSettings.shape.maxDurationSeconds.unwrap().optional(),
    })
    .optional(),
});
export type AgentPatch = z.infer<typeof AgentPatch>;

export type Agent = AgentInput & { id: string; createdAt: string };
