/**
 * `offhook.v1`: Offhook's own protocol between it and a bot. Control is JSON text, audio is binary, over one WebSocket
 * with the subprotocol `offhook.v1`, which Offhook opens. From these schemas docs/offhook.v1.schema.json is made. Pure.
 */
import { z } from 'zod';
import { parseJson } from './base64.ts';
import { unknownType } from './passed-over.ts';

export const subprotocol = 'offhook.v1';

const Audio = z
  .strictObject({
    encoding: z.enum(['PCMU', 'PCMA', 'L16']).describe('L16: linear 16-bit PCM, little-endian, mono'),
    sampleRate: z.literal([8000, 16_000, 24_000, 48_000]),
  })
  .describe('the format of the binary messages in one direction');
const Name = z.string().max(200);
const Speaker = z.enum(['agent', 'caller']);

/** What Offhook sends. Binary messages are 20 ms of the caller each, from `answered` on. */
export const ToBot = z
  .discriminatedUnion('type', [
    z
      .strictObject({
        type: z.literal('start'),
        version: z.literal(1),
        callId: z.string(),
        from: z.strictObject({ number: z.string(), name: z.string() }),
        to: z.string().describe('what was dialled'),
        agent: z.string().describe('the name of the agent that this bot is'),
        language: z.string().describe('BCP 47'),
        firstMessage: z.string().describe('what the caller is to hear first; blank = up to the bot'),
        parameters: z.record(z.string(), z.string()).describe('what was set for this agent'),
        hears: Audio,
        speaks: Audio,
        tools: z
          .array(
            z.strictObject({
              name: z.string(),
              description: z.string(),
              parameters: z.record(z.string(), z.unknown()).describe('JSON Schema of the arguments'),
            }),
          )
          .describe('what may be asked for with tool_call'),
        conversation: z
          .array(z.strictObject({ speaker: Speaker, text: z.string() }))
          .describe('what was said so far, to a bot that joins a call which goes on already'),
      })
      .describe('comes first, while the caller may still hear ringing; the bot answers with ready'),
    z
      .strictObject({
        type: z.literal('answered'),
        resumed: z.boolean().describe('the caller has been talking to an earlier connection already'),
      })
      .describe('the caller is there: audio begins'),
    z.strictObject({ type: z.literal('dtmf'), digit: z.string() }).describe('the caller pressed a key'),
    z
      .strictObject({ type: z.literal('mark'), name: Name, result: z.enum(['played', 'cleared']) })
      .describe('the audio before a mark of the bot has been played, or was dropped'),
    z
      .strictObject({ type: z.literal('cleared'), playedMs: z.number(), droppedMs: z.number() })
      .describe(
        'answers clear: how much of what was queued the caller has heard since the queue was last empty, and how much he will not',
      ),
    z
      .strictObject({
        type: z.literal('tool_result'),
        id: Name,
        name: Name,
        result: z.looseObject({ result: z.string() }).describe('result says in a word or two what happened'),
      })
      .describe('answers tool_call'),
    z
      .strictObject({ type: z.literal('error'), message: z.string() })
      .describe('something that the bot sent was not understood, or not taken'),
    z.strictObject({ type: z.literal('stop') }).describe('the call is over; nothing follows'),
  ])
  .describe('from Offhook to the bot');
export type ToBot = z.infer<typeof ToBot>;

/** What a bot sends. Binary messages are audio of any length; they may come faster than they are spoken. */
export const FromBot = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('ready') }).describe('the call may be answered'),
    z
      .object({ type: z.literal('mark'), name: Name })
      .describe('is sent back when the audio before it has been played'),
    z.object({ type: z.literal('clear') }).describe('drops all audio that has not been played'),
    z
      .object({ type: z.literal('tool_call'), id: Name, name: Name, arguments: z.unknown().optional() })
      .describe('asks for one of the tools of start'),
    z
      .object({ type: z.literal('transcript'), speaker: Speaker, text: z.string().max(10_000) })
      .describe('what was said, for monitor and history'),
    z
      .object({ type: z.literal('error'), message: z.string().max(1000) })
      .describe('the bot cannot go on: the caller goes to the fallback'),
  ])
  .describe('from the bot to Offhook');
export type FromBot = z.infer<typeof FromBot>;

const known = new Set(FromBot.options.map((option) => option.shape.type.value as string));

/** What a bot sent; a text says what is wrong with it. Never throws. */
export const parseOffhook = (text: string): FromBot | { type: 'ignored'; unknown: string } | string => {
  const json = parseJson(text);
  const unknown = unknownType(json, known);
  if (unknown !== null) return { type: 'ignored', unknown };
  const parsed = FromBot.safeParse(json);
  return parsed.success ? parsed.data : `no ${subprotocol} message: ${text.slice(0, 80)}`;
};

export const writeOffhook = (message: ToBot): string => JSON.stringify(message);

/** The published schema. */
export const offhookSchema = (): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: subprotocol,
  description:
    'Messages between Offhook and a bot, as text frames of a WebSocket with this subprotocol; binary frames are audio. README: controller/bots/client.',
  $defs: {
    toBot: withoutDialect(z.toJSONSchema(ToBot)),
    fromBot: withoutDialect(z.toJSONSchema(FromBot, { io: 'input' })),
  },
  anyOf: [{ $ref: '#/$defs/toBot' }, { $ref: '#/$defs/fromBot' }],
});

const withoutDialect = (schema: { $schema?: unknown }): object => {
  const rest = { ...schema };
  delete rest.$schema;
  return rest;
};
