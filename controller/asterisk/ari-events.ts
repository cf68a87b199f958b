/** What Asterisk sends over ARI, read strictly: the parts that we use, of the events that we ask for. */
import { z } from 'zod';

/** Text of a caller may be as long as a SIP message; what we hand on is cut. */
const CallerText = z.string().transform((text) => text.slice(0, 4096));

export const AriChannel = z.object({
  id: z.string().min(1).max(200),
  name: z.string().max(400),
  state: z.string(),
  /** the Call-ID of a PJSIP channel */
  protocol_id: z.string().default(''),
  caller: z.object({ name: CallerText, number: CallerText }),
  dialplan: z.object({
    context: z.string(),
    exten: z.string(),
    app_name: z.string().default(''),
    app_data: z.string().default(''),
  }),
  channelvars: z.record(z.string(), z.string()).optional(),
});
export type AriChannel = z.infer<typeof AriChannel>;

export const AriEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('StasisStart'), args: z.array(z.string()), channel: AriChannel }),
  z.object({ type: z.literal('StasisEnd'), channel: AriChannel }),
  z.object({
    type: z.literal('ChannelDestroyed'),
    cause: z.int(),
    cause_txt: z.string(),
    channel: AriChannel,
  }),
  z.object({
    type: z.literal('ChannelHangupRequest'),
    soft: z.boolean().default(false),
    channel: AriChannel,
  }),
  z.object({
    type: z.literal('ChannelDtmfReceived'),
    digit: z.string().regex(/^[0-9*#A-D]$/),
    channel: AriChannel,
  }),
  /** `peer` is the leg that we placed */
  z.object({ type: z.literal('Dial'), peer: AriChannel, dialstatus: z.string() }),
  z.object({ type: z.literal('ApplicationReplaced'), application: z.string() }),
]);
export type AriEvent = z.infer<typeof AriEvent>;

/** Asterisk sends these and nothing else; the rest would be hundreds of events a call. */
export const wantedEvents = [
  'StasisStart',
  'StasisEnd',
  'ChannelDestroyed',
  'ChannelHangupRequest',
  'ChannelDtmfReceived',
  'Dial',
  'ApplicationReplaced',
] as const satisfies readonly AriEvent['type'][];

export const AriBridge = z.object({ id: z.string(), channels: z.array(z.string()) });
export const AriVariable = z.object({ value: z.string() });
export const AsteriskStatus = z.object({ system: z.object({ version: z.string() }) });
export const ConfigurationFields = z.array(z.object({ attribute: z.string(), value: z.string() }));
