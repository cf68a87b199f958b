/** What a browser may say on its audio socket, read strictly. */
import { z } from 'zod';
import type { AudioClientMessage } from '../contract/browser-audio.ts';

const workspaceId = z.string().max(64).optional();
const callId = z.string().regex(/^[0-9a-zA-Z-]{1,64}$/);

const ClientMessage = z.union([
  z.strictObject({ type: z.literal('start'), intent: z.enum(['listen', 'take over']), callId, workspaceId }),
  z.strictObject({ type: z.literal('start'), intent: z.literal('talk'), agentId: z.uuid(), workspaceId }),
  z.strictObject({ type: z.literal('hand back') }),
  z.strictObject({ type: z.literal('hang up') }),
  z.strictObject({ type: z.literal('digit'), digit: z.string().regex(/^[0-9*#A-D]$/) }),
]);

/** Null for everything else. */
export const readClientMessage = (text: string): AudioClientMessage | null => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = ClientMessage.safeParse(json);
  return parsed.success ? parsed.data : null;
};
