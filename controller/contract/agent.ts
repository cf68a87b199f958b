/** Agents: who answers. */
import { z } from 'zod';
import { AgentConnection, type AgentConnectionView } from './agent-connection.ts';
import { fieldFault } from './texts/field.ts';
import { say } from './texts/sentence.ts';
import { ExtensionNumber, plainText } from './trunk.ts';

/**
 * receptionist: the built-in one. echo: plays the caller back to himself, for testing a trunk. The others are bots that
 * are reached over a WebSocket in the protocol of that name; they have a `connection`.
 */
export const AgentKind = z.enum(['receptionist', 'echo', 'twilio', 'openai-realtime', 'jambonz', 'offhook']);
export type AgentKind = z.infer<typeof AgentKind>;

/** What an agent may do with its call. transfer_call dials outside numbers, so it has to be allowed. */
export const AgentTool = z.enum(['transfer_to_pbx', 'transfer_call', 'hang_up', 'send_dtmf']);
export type AgentTool = z.infer<typeof AgentTool>;

export const RecordingSettings = z.strictObject({
  enabled: z.boolean().default(false),
  notice: z.boolean().default(true),
  /** blank = "This call is recorded." */
  noticeText: plainText(300).default(''),
});
export type RecordingSettings = z.infer<typeof RecordingSettings>;

export const AgentSettings = z.strictObject({
  /** does the receptionist ask "Sarah in billing, is that right?" before it transfers */
  confirm: z.enum(['when unsure', 'always', 'never']).default('when unsure'),
  /** where callers go whom the agent cannot help, or when it fails; null = it says goodbye */
  fallbackExtension: ExtensionNumber.nullable().default(null),
  /** said before a failed agent's caller is transferred or hung up; blank = a sentence of our own, or 480 before the answer */
  fallbackMessage: plainText(500).default(''),
  /** the receptionist asks again after so much silence */
  silenceSeconds: z.int().min(2).max(120).default(8),
  /** after so long without a sound from either side a bot's caller is asked, and after as long again hung up; 0 = never */
  silenceTimeoutSeconds: z.int().min(0).max(3600).default(60),
  /** that question; blank = "Are you still there?" */
  silencePrompt: plainText(500).default(''),
  /**
   * a bot that has said nothing so long after the answer has failed; 0 = it may wait for the caller. A caller who spoke
   * and waits so long for the answer (0: `silenceTimeoutSeconds`) is asked for patience, the second time the bot has failed
   */
  firstWordSeconds: z.int().min(0).max(300).default(20),
  /** after this the caller hears the closing message and is hung up */
  maxDurationSeconds: z.int().min(10).max(14_400).default(1800),
  /** blank = a sentence of our own */
  closingMessage: plainText(500).default(''),
  /** may the caller interrupt a bot; if not, the bot hears nothing while it speaks */
  bargeIn: z.boolean().default(true),
  /** what is spoken, BCP 47; a hint to the bot */
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, fieldFault.language)
    .default('en'),
  /** stereo, caller left and agent right; the notice is spoken first, unless the PBX tells callers already */
  recording: RecordingSettings.prefault({}),
  /** what a bot may do with the call */
  tools: z
    .array(AgentTool)
    .refine((tools) => new Set(tools).size === tools.length, fieldFault.toolsOnce)
    .default(['transfer_to_pbx', 'hang_up', 'send_dtmf']),
});
export type AgentSettings = z.infer<typeof AgentSettings>;

export const AgentInput = z
  .strictObject({
    name: plainText(80).min(1),
    kind: AgentKind.default('receptionist'),
    /** what the caller hears first; blank = the kind's own greeting */
    firstMessage: plainText(1000).default(''),
    settings: AgentSettings.prefault({}),
    /** how the bot is reached; null for the kinds that are built in */
    connection: AgentConnection.nullable().default(null),
  })
  .superRefine(({ kind, connection }, context) => {
    const problem = connectionProblem(kind, connection?.kind ?? null);
    if (problem !== null) context.addIssue({ code: 'custom', path: ['connection'], message: problem });
  });
export type AgentInput = z.infer<typeof AgentInput>;

/** Why a connection does not go with a kind; null when it does. */
export const connectionProblem = (kind: AgentKind, connection: AgentKind | null): string | null => {
  const needed = kind === 'receptionist' || kind === 'echo' ? null : kind;
  if (needed === connection) return null;
  return needed === null
    ? say(fieldFault.noConnection, { kind })
    : say(fieldFault.connectionKind, { kind: needed });
};

/**
 * A change of an agent: what is left out stays, in the settings too. A new connection replaces the old one as a whole,
 * except that a secret which it leaves out or gives as `set`, as the answers do, stays when the kind is the same. Blank
 * removes a secret.
 */
export const AgentPatch = z.strictObject({
  name: plainText(80).min(1).optional(),
  kind: AgentKind.optional(),
  firstMessage: plainText(1000).optional(),
  settings: z
    .strictObject({
      confirm: AgentSettings.shape.confirm.unwrap().optional(),
      fallbackExtension: ExtensionNumber.nullable().optional(),
      fallbackMessage: AgentSettings.shape.fallbackMessage.unwrap().optional(),
      silenceSeconds: AgentSettings.shape.silenceSeconds.unwrap().optional(),
      silenceTimeoutSeconds: AgentSettings.shape.silenceTimeoutSeconds.unwrap().optional(),
      silencePrompt: AgentSettings.shape.silencePrompt.unwrap().optional(),
      firstWordSeconds: AgentSettings.shape.firstWordSeconds.unwrap().optional(),
      maxDurationSeconds: AgentSettings.shape.maxDurationSeconds.unwrap().optional(),
      closingMessage: AgentSettings.shape.closingMessage.unwrap().optional(),
      bargeIn: z.boolean().optional(),
      language: AgentSettings.shape.language.unwrap().optional(),
      /** as a whole */
      recording: RecordingSettings.optional(),
      tools: AgentSettings.shape.tools.unwrap().optional(),
    })
    .optional(),
  connection: AgentConnection.nullable().optional(),
});
export type AgentPatch = z.infer<typeof AgentPatch>;

/** An agent as the API answers it: never with its secrets. */
export type Agent = Omit<AgentInput, 'connection'> & {
  id: string;
  createdAt: string;
  connection: AgentConnectionView | null;
};
