/**
 * A server that speaks the GA shapes of OpenAI's Realtime API, for clients to be tested against: it refuses what the real
 * one refuses, says tones instead of words, and interrupts, calls functions and fails when the test says so. It does not
 * know who its client is.
 */
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { z } from 'zod';
import { fromBase64, toBase64 } from '../../controller/bots/base64.ts';
import { type AudioFormat, bytesPerMs, l16, pcma, pcmu } from '../../controller/contract/audio.ts';
import { type BotConnection, BotServer, toneBytes } from './bot-server.ts';

const Format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('audio/pcm'), rate: z.literal(24_000) }),
  z.strictObject({ type: z.literal('audio/pcmu') }),
  z.strictObject({ type: z.literal('audio/pcma') }),
]);
const Session = z.strictObject({
  type: z.literal('realtime'),
  model: z.string().optional(),
  instructions: z.string().optional(),
  output_modalities: z.tuple([z.enum(['text', 'audio'])]).optional(),
  audio: z
    .strictObject({
      input: z
        .strictObject({
          format: Format.optional(),
          noise_reduction: z.unknown().optional(),
          transcription: z
            .strictObject({
              model: z.string().optional(),
              language: z.string().optional(),
              prompt: z.string().optional(),
            })
            .nullish(),
          turn_detection: z
            .strictObject({
              type: z.enum(['server_vad', 'semantic_vad']),
              create_response: z.boolean().optional(),
              interrupt_response: z.boolean().optional(),
              eagerness: z.enum(['low', 'medium', 'high', 'auto']).optional(),
              threshold: z.number().optional(),
              prefix_padding_ms: z.number().optional(),
              silence_duration_ms: z.number().optional(),
              idle_timeout_ms: z.number().nullish(),
            })
            .nullish(),
        })
        .optional(),
      output: z
        .strictObject({
          format: Format.optional(),
          voice: z.string().optional(),
          speed: z.number().optional(),
        })
        .optional(),
    })
    .optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        name: z.string(),
        description: z.string().optional(),
        parameters: z.unknown().optional(),
        strict: z.boolean().optional(),
      }),
    )
    .optional(),
  tool_choice: z.unknown().optional(),
  parallel_tool_calls: z.boolean().optional(),
  tracing: z.unknown().optional(),
  truncation: z.unknown().optional(),
  prompt: z.unknown().optional(),
  max_output_tokens: z.union([z.number(), z.literal('inf')]).optional(),
});
const Content = z.strictObject({
  type: z.enum(['input_text', 'output_text', 'input_audio']),
  text: z.string().optional(),
  audio: z.string().optional(),
});
const own = { event_id: z.string().optional() };
const ClientEvent = z.discriminatedUnion('type', [
  z.strictObject({ ...own, type: z.literal('session.update'), session: Session }),
  z.strictObject({ ...own, type: z.literal('input_audio_buffer.append'), audio: z.string() }),
  z.strictObject({ ...own, type: z.literal('input_audio_buffer.commit') }),
  z.strictObject({ ...own, type: z.literal('input_audio_buffer.clear') }),
  z.strictObject({ ...own, type: z.literal('conversation.item.retrieve'), item_id: z.string() }),
  z.strictObject({ ...own, type: z.literal('conversation.item.delete'), item_id: z.string() }),
  z.strictObject({ ...own, type: z.literal('response.create'), response: z.looseObject({}).optional() }),
  z.strictObject({ ...own, type: z.literal('response.cancel'), response_id: z.string().optional() }),
  z.strictObject({
    ...own,
    type: z.literal('conversation.item.truncate'),
    item_id: z.string(),
    content_index: z.int(),
    audio_end_ms: z.int().min(0),
  }),
  z.strictObject({
    ...own,
    type: z.literal('conversation.item.create'),
    previous_item_id: z.string().nullish(),
    item: z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('message'),
        id: z.string().optional(),
        role: z.enum(['user', 'assistant', 'system']),
        content: z.array(Content),
      }),
      z.strictObject({
        type: z.literal('function_call_output'),
        id: z.string().optional(),
        call_id: z.string(),
        output: z.string(),
      }),
    ]),
  }),
]);
export type ClientEvent = z.infer<typeof ClientEvent>;

const formatOf = (format: z.infer<typeof Format> | undefined): AudioFormat =>
  format?.type === 'audio/pcmu' ? pcmu : format?.type === 'audio/pcma' ? pcma : l16(24_000);

export class RealtimeSession {
  readonly connection: BotConnection;
  readonly events: ClientEvent[] = [];
  /** what was refused, in the server's words */
  readonly errors: string[] = [];
  hears: AudioFormat = l16(24_000);
  speaks: AudioFormat = l16(24_000);
  /** how long what the model says next takes, and its tone */
  saysMs = 2000;
  hz = 1300;
  /** how many milliseconds were generated for each item */
  readonly generatedMs = new Map<string, number>();
  #active: string | null = null;
  #numbered = 0;

  constructor(connection: BotConnection) {
    this.connection = connection;
    connection.onMessage = (message) => this.#take(message);
    this.#send({ type: 'session.created', session: { type: 'realtime' } });
  }

  named<Type extends ClientEvent['type']>(type: Type): Extract<ClientEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<ClientEvent, { type: Type }> => event.type === type);
  }

  /** The caller begins to speak, as the server's voice activity detection finds. */
  speechStarted(): void {
    this.#send({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: this.#id('item') });
  }

  heardCaller(transcript: string): void {
    this.#send({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: this.#id('item'),
      content_index: 0,
      transcript,
      usage: { type: 'duration', seconds: 1 },
    });
  }

  /** The model speaks, faster than real time. */
  respond(options: { leaveOpen?: boolean } = {}): { responseId: string; itemId: string } {
    const responseId = this.#begin();
    const itemId = this.#id('item');
    const at = { response_id: responseId, item_id: itemId, output_index: 0, content_index: 0 };
    for (let ms = 0; ms < this.saysMs; ms += 100) {
      const audio = toneBytes(this.hz, 100, this.speaks, ms);
      this.#send({ type: 'response.output_audio.delta', ...at, delta: toBase64(audio) });
    }
    this.generatedMs.set(itemId, this.saysMs);
    this.#send({
      type: 'response.output_audio_transcript.done',
      ...at,
      transcript: `a tone of ${this.hz} Hz`,
    });
    if (!options.leaveOpen) {
      this.#send({ type: 'response.output_audio.done', ...at });
      this.#done('completed');
    }
    return { responseId, itemId };
  }

  /** The model calls a function. */
  callFunction(name: string, input: object): string {
    this.#begin();
    const callId = this.#id('call');
    this.#send({
      type: 'response.output_item.done',
      response_id: this.#active ?? '',
      output_index: 0,
      item: {
        type: 'function_call',
        id: this.#id('item'),
        call_id: callId,
        name,
        arguments: JSON.stringify(input),
      },
    });
    this.#done('completed');
    return callId;
  }

  #begin(): string {
    this.#active = this.#id('resp');
    this.#send({ type: 'response.created', response: { id: this.#active, object: 'realtime.response' } });
    return this.#active;
  }

  #done(status: 'completed' | 'cancelled'): void {
    const id = this.#active ?? '';
    this.#active = null;
    this.#send({ type: 'response.done', response: { id, object: 'realtime.response', status, output: [] } });
  }

  #take(message: object): void {
    const parsed = ClientEvent.safeParse(message);
    if (!parsed.success) {
      this.#refuse('invalid_request_error', JSON.stringify(parsed.error.issues[0]));
      return;
    }
    const event = parsed.data;
    this.events.push(event);
    switch (event.type) {
      case 'session.update': {
        const { input, output } = event.session.audio ?? {};
        this.hears = formatOf(input?.format);
        this.speaks = formatOf(output?.format);
        this.#send({ type: 'session.updated', session: event.session as { type: 'realtime' } });
        return;
      }
      case 'input_audio_buffer.append': {
        const audio = fromBase64(event.audio);
        if (!audio || audio.length % (bytesPerMs(this.hears) / 8) !== 0)
          this.#refuse('invalid_value', 'audio');
        else this.connection.hear(audio, this.hears);
        return;
      }
      case 'response.create':
        if (this.#active) this.#refuse('conversation_already_has_active_response', 'a response is active');
        else this.respond();
        return;
      case 'response.cancel':
        if (this.#active) this.#done('cancelled');
        else this.#refuse('response_cancel_not_active', 'no active response');
        return;
      case 'conversation.item.truncate': {
        const generated = this.generatedMs.get(event.item_id);
        if (generated === undefined) this.#refuse('invalid_value', `no item ${event.item_id}`);
        else if (event.audio_end_ms > generated) {
          this.#refuse(
            'invalid_value',
            `Audio content of ${generated}ms is already shorter than ${event.audio_end_ms}ms`,
          );
        } else {
          const { item_id, content_index, audio_end_ms } = event;
          this.#send({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms });
        }
        return;
      }
      case 'conversation.item.create':
      case 'conversation.item.retrieve':
      case 'conversation.item.delete':
      case 'input_audio_buffer.commit':
      case 'input_audio_buffer.clear':
        return;
    }
  }

  #refuse(code: string, message: string): void {
    this.errors.push(`${code}: ${message}`);
    this.#send({
      type: 'error',
      error: { type: 'invalid_request_error', code, message, param: null, event_id: null },
    });
  }

  #send(event: WithoutId<RealtimeServerEvent>): void {
    this.connection.send({ ...event, event_id: this.#id('event') });
  }

  #id(what: string): string {
    return `${what}_${++this.#numbered}`;
  }
}

type WithoutId<Event> = Event extends unknown ? Omit<Event, 'event_id'> : never;

export class RealtimeServer {
  readonly bots: BotServer;
  readonly sessions: RealtimeSession[] = [];

  private constructor(bots: BotServer) {
    this.bots = bots;
    bots.onConnection = (connection) => this.sessions.push(new RealtimeSession(connection));
  }

  static async open(): Promise<RealtimeServer> {
    return new RealtimeServer(await BotServer.open());
  }

  get url(): string {
    return this.bots.url;
  }

  async next(): Promise<RealtimeSession> {
    const connection = await this.bots.next();
    const session = this.sessions.find((candidate) => candidate.connection === connection);
    if (!session) throw new Error('a connection without a session');
    return session;
  }

  close(): Promise<void> {
    return this.bots.close();
  }
}
