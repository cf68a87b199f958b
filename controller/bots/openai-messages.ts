/**
 * The events of OpenAI's Realtime API (GA shapes) that a telephone call needs. Pure; written against the types of the
 * `openai` package and its documentation.
 */
import type { RealtimeAudioFormats, RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import { z } from 'zod';
import type { AudioFormat } from '../contract/audio.ts';
import { fromBase64, parseJson } from './base64.ts';
import type { ToolDescription } from './tools.ts';
import type { Said } from './wire.ts';

const Id = z.string().max(500);
const Incoming = z.discriminatedUnion('type', [
  z.object({ type: z.literal('session.created') }),
  z.object({ type: z.literal('session.updated') }),
  z.object({ type: z.literal('response.created'), response: z.object({ id: Id }) }),
  z.object({ type: z.literal('response.done'), response: z.object({ id: Id }) }),
  z.object({
    type: z.literal('response.output_audio.delta'),
    response_id: Id,
    item_id: Id,
    content_index: z.int().min(0).default(0),
    delta: z.string(),
  }),
  z.object({ type: z.literal('response.output_audio_transcript.done'), item_id: Id, transcript: z.string() }),
  z.object({
    type: z.literal('response.output_item.done'),
    item: z.object({
      type: z.string(),
      name: Id.optional(),
      call_id: Id.optional(),
      arguments: z.string().optional(),
    }),
  }),
  z.object({ type: z.literal('input_audio_buffer.speech_started') }),
  z.object({
    type: z.literal('conversation.item.input_audio_transcription.completed'),
    transcript: z.string(),
  }),
  z.object({
    type: z.literal('error'),
    error: z.object({
      message: z.string().default(''),
      type: z.string().nullish(),
      code: z.string().nullish(),
    }),
  }),
]);

const known = new Set(Incoming.options.map((option) => option.shape.type.value as string));

export type OpenAiEvent = z.infer<typeof Incoming> | { type: 'ignored' };

/** What the server sent; a text says what is wrong with it. Events that a call does not need are `ignored`. */
export const parseOpenAi = (text: string): OpenAiEvent | string => {
  const json = parseJson(text);
  const typed = z.object({ type: z.string() }).safeParse(json);
  if (!typed.success) return `no event: ${text.slice(0, 80)}`;
  if (!known.has(typed.data.type)) return { type: 'ignored' };
  const parsed = Incoming.safeParse(json);
  return parsed.success ? parsed.data : `${typed.data.type} without what belongs to it`;
};

export const audioOfDelta = (delta: string): Uint8Array | null => fromBase64(delta);

/** audio/pcm has 24 kHz only. */
const formatOf = ({ encoding }: AudioFormat): RealtimeAudioFormats =>
  encoding === 'L16'
    ? { type: 'audio/pcm', rate: 24_000 }
    : { type: encoding === 'PCMU' ? 'audio/pcmu' : 'audio/pcma' };

export type SessionSettings = {
  audio: AudioFormat;
  instructions: string;
  voice: string;
  turnDetection: 'server_vad' | 'semantic_vad';
  transcriptionModel: string;
  language: string;
  tools: readonly ToolDescription[];
};

/** Checked by the compiler against OpenAI's own types. */
const event = (content: RealtimeClientEvent): string => JSON.stringify(content);

export const writeOpenAi = {
  sessionUpdate: (settings: SessionSettings): string =>
    event({
      type: 'session.update',
      session: {
        type: 'realtime',
        output_modalities: ['audio'],
        ...(settings.instructions === '' ? {} : { instructions: settings.instructions }),
        audio: {
          input: {
            format: formatOf(settings.audio),
            turn_detection: { type: settings.turnDetection, create_response: true, interrupt_response: true },
            ...(settings.transcriptionModel === ''
              ? {}
              : {
                  transcription: {
                    model: settings.transcriptionModel,
                    // ISO 639-1, without the country
                    language: settings.language.split('-')[0] ?? settings.language,
                  },
                }),
          },
          output: {
            format: formatOf(settings.audio),
            ...(settings.voice === '' ? {} : { voice: settings.voice }),
          },
        },
        tools: settings.tools.map((tool) => ({ type: 'function', ...tool })),
        tool_choice: 'auto',
      },
    }),
  append: (audio: string): string => `{"type":"input_audio_buffer.append","audio":"${audio}"}`,
  /** The model speaks; with `say`, these words first. */
  respond: (say?: string): string =>
    event({
      type: 'response.create',
      ...(say === undefined
        ? {}
        : {
            response: {
              instructions: `Say exactly this to the caller, and nothing else: ${JSON.stringify(say)}`,
            },
          }),
    }),
  cancel: (responseId: string): string => event({ type: 'response.cancel', response_id: responseId }),
  truncate: (itemId: string, contentIndex: number, playedMs: number): string =>
    event({
      type: 'conversation.item.truncate',
      item_id: itemId,
      content_index: contentIndex,
      audio_end_ms: Math.floor(playedMs),
    }),
  message: ({ speaker, text }: Said): string =>
    event({
      type: 'conversation.item.create',
      item:
        speaker === 'agent'
          ? { type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }
          : { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    }),
  system: (text: string): string =>
    event({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'system', content: [{ type: 'input_text', text }] },
    }),
  toolOutput: (callId: string, output: object): string =>
    event({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: callId, output: JSON.stringify(output) },
    }),
} as const;
