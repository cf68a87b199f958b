/** Agents: who talks to the caller. */
import { z } from 'zod';
import { ExtensionNumber } from './trunk.ts';

export const agentKinds = ['receptionist', 'echo'] as const;
export type AgentKind = (typeof agentKinds)[number];

/** What the caller hears is synthesised: plain words, no markup and no control characters. */
const Spoken = z
  .string()
  .trim()
  .max(500)
  .regex(/^[^\p{Cc}<>]*$/u, 'plain text');

const shape = {
  name: z.string().trim().min(1).max(80),
  /** receptionist: built in, works offline; echo: gives the caller's voice back, the line test of every PBX admin */
  kind: z.enum(agentKinds),
  /** blank = the receptionist's own greeting */
  firstMessage: Spoken,
  /** callers are put through here when the agent gives up, does not come up or dies */
  fallbackExtension: ExtensionNumber.nullable(),
  /** whether every look-up is confirmed by voice, or only an unsure one */
  confirm: z.enum(['always', 'when unsure']),
  /** how long a silent caller is waited for before being asked again */
  silenceSeconds: z.int().min(3).max(60),
  /** unanswered or not understood questions before giving up */
  maxMisses: z.int().min(1).max(10),
  maxDurationSeconds: z.int().min(30).max(14_400),
  language: z.literal('en-US'),
};

export const AgentInput = z.strictObject({
  name: shape.name,
  kind: shape.kind.default('receptionist'),
  firstMessage: shape.firstMessage.default(''),
  fallbackExtension: shape.fallbackExtension.default(null),
  confirm: shape.confirm.default('when unsure'),
  silenceSeconds: shape.silenceSeconds.default(6),
  maxMisses: shape.maxMisses.default(3),
  maxDurationSeconds: shape.maxDurationSeconds.default(3600),
  language: shape.language.default('en-US'),
});
export type AgentInput = z.infer<typeof AgentInput>;

/** A change of an agent: what is left out stays. It takes effect on the next call. */
export const AgentPatch = z.strictObject(shape).partial();
export type AgentPatch = z.infer<typeof AgentPatch>;

export type Agent = AgentInput & { id: string };
