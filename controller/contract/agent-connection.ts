/**
 * How an agent's bot is reached: the address and what its protocol needs, a shape for each protocol. Secrets go in and
 * never come out: an answer says of each only whether it is set.
 */
import { z } from 'zod';
import { fieldFault } from './texts/field.ts';
import { plainText } from './trunk.ts';

/** Text with lines, such as instructions: no control characters but line breaks and tabs. */
const longText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^(?:[^\p{Cc}\p{Cs}\uFFFD]|[\n\r\t])*$/u, fieldFault.letters);

const SocketUrl = z
  .string()
  .trim()
  .max(2000)
  .regex(/^wss?:\/\/[^\s/?#@]+(?:[/?][^\s#]*)?$/i, fieldFault.webSocketAddress)
  .refine((text) => URL.canParse(text), fieldFault.webSocketAddress);

const Printable = z.string().regex(/^[\x20-\x7e]*$/, fieldFault.printable);
const Secret = Printable.max(4000);

/** Headers that belong to the WebSocket handshake itself (RFC 6455 section 4.1) or to the framing of HTTP. */
const ownHeaders = /^(?:host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/i;
const HeaderName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, fieldFault.headerName)
  .refine((name) => !ownHeaders.test(name), 'a header that the WebSocket sets itself');
/** Sent when the socket is opened. Their values are secrets. */
const Headers = z
  .record(HeaderName, Printable.max(4000))
  .refine((headers) => Object.keys(headers).length <= 20, fieldFault.headers);

/** What the bot is told about the call besides its facts, by name. */
const Parameters = z
  .record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, fieldFault.parameterName), plainText(500))
  .refine((parameters) => Object.keys(parameters).length <= 30, fieldFault.parameters);

/** Rates that linear audio may have on the way to a bot. */
const SampleRate = z.literal([8000, 16_000, 24_000, 48_000]);

export const TwilioConnection = z.strictObject({
  kind: z.literal('twilio'),
  url: SocketUrl,
  headers: Headers.optional(),
  /** customParameters of the start message */
  parameters: Parameters.default({}),
  /** what the bot names us in REST requests; blank = made from the agent's id */
  accountSid: z
    .string()
    .regex(/^(?:AC[0-9a-f]{32})?$/, fieldFault.twilioAccount)
    .default(''),
  /** the bot's password for REST requests, and the key of X-Twilio-Signature; without one both are off */
  authToken: Secret.optional(),
  /** sends X-Twilio-Signature with the handshake, made with `authToken` */
  signed: z.boolean().default(false),
});

export const OpenAiRealtimeConnection = z.strictObject({
  kind: z.literal('openai-realtime'),
  url: SocketUrl.default('wss://api.openai.com/v1/realtime'),
  headers: Headers.optional(),
  /** sent as Authorization: Bearer */
  apiKey: Secret.optional(),
  /** blank = the server's own */
  model: plainText(100).default('gpt-realtime'),
  voice: plainText(100).default('marin'),
  instructions: longText(50_000).default(''),
  /** call = the call's own G.711 untouched */
  audio: z.enum(['call', 'pcmu', 'pcma', 'pcm 24 kHz']).default('call'),
  turnDetection: z.enum(['server_vad', 'semantic_vad']).default('server_vad'),
  /** writes down what the caller says; blank = nobody does */
  transcriptionModel: plainText(100).default('gpt-4o-mini-transcribe'),
});

export const JambonzConnection = z.strictObject({
  kind: z.literal('jambonz'),
  url: SocketUrl,
  headers: Headers.optional(),
  /** what the first frame tells besides the call's attributes */
  parameters: Parameters.default({}),
  /** streaming: the bot sends binary audio. playAudio: it sends playAudio commands. */
  mode: z.enum(['streaming', 'playAudio']).default('streaming'),
  sampleRate: SampleRate.default(8000),
  passDtmf: z.boolean().default(true),
  /** HTTP Basic; blank = none */
  username: plainText(100).default(''),
  password: Secret.optional(),
});

export const OffhookConnection = z.strictObject({
  kind: z.literal('offhook'),
  url: SocketUrl,
  headers: Headers.optional(),
  parameters: Parameters.default({}),
  /** sent as Authorization: Bearer */
  token: Secret.optional(),
  /** call = the call's own G.711 untouched */
  audio: z.enum(['call', 'pcmu', 'pcma', 'pcm']).default('pcm'),
  /** of `pcm` */
  sampleRate: SampleRate.default(16_000),
});

/** The bot of an agent whose `kind` is the same. What is left out gets its default; a secret that is left out is none. */
export const AgentConnection = z.discriminatedUnion('kind', [
  TwilioConnection,
  OpenAiRealtimeConnection,
  JambonzConnection,
  OffhookConnection,
]);
export type AgentConnection = z.infer<typeof AgentConnection>;
export type ConnectionKind = AgentConnection['kind'];

/** The secret of each protocol; `headers` are secret in all. */
export const secretOf = {
  twilio: 'authToken',
  'openai-realtime': 'apiKey',
  jambonz: 'password',
  offhook: 'token',
} as const satisfies Record<ConnectionKind, string>;

const SetOrNot = z.enum(['set', 'not set']);
/** Header names; what they say is not told. */
const HeadersView = z.record(z.string(), z.literal('set'));

/** A connection as the API answers it. */
export const AgentConnectionView = z.discriminatedUnion('kind', [
  TwilioConnection.extend({ headers: HeadersView, authToken: SetOrNot }),
  OpenAiRealtimeConnection.extend({ headers: HeadersView, apiKey: SetOrNot }),
  JambonzConnection.extend({ headers: HeadersView, password: SetOrNot }),
  OffhookConnection.extend({ headers: HeadersView, token: SetOrNot }),
]);
export type AgentConnectionView = z.infer<typeof AgentConnectionView>;
