/**
 * The messages of jambonz' `listen` (mod_audio_fork): a text frame with the call's attributes, then binary L16, and JSON
 * commands back. As in jambonz/schema docs/verbs/listen.md and jambonz-feature-server lib/tasks/listen.js. Pure.
 */
import { z } from 'zod';
import { type AudioFormat, l16, type SampleRate } from '../contract/audio.ts';
import { fromBase64, parseJson } from './base64.ts';
import { unknownType } from './passed-over.ts';
import { readWav } from './wav.ts';

const Incoming = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('playAudio'),
    data: z.object({
      audioContent: z.string().min(1),
      audioContentType: z.enum(['raw', 'wav', 'wave', 'audio/wav', 'audio/l16', 'L16']).default('raw'),
      sampleRate: z.coerce.number().default(8000),
      id: z.union([z.string().max(1000), z.number()]).optional(),
      queuePlay: z.boolean().default(false),
    }),
  }),
  z.object({ type: z.literal('killAudio') }),
  z.object({ type: z.literal('mark'), data: z.object({ name: z.string().max(1000) }) }),
  z.object({ type: z.literal('clearMarks') }),
  z.object({ type: z.literal('disconnect') }),
]);

/** What jambonz hands to its application and nobody answers. */
const unanswered = new Set(['transcription', 'transfer', 'error', 'json']);
const known = new Set(Incoming.options.map((option) => option.shape.type.value as string));

export type JambonzMessage =
  | {
      type: 'playAudio';
      audio: Uint8Array;
      format: AudioFormat;
      id: string | number | undefined;
      queue: boolean;
    }
  | { type: 'mark'; name: string }
  | { type: 'killAudio' | 'clearMarks' | 'disconnect' }
  /** `unknown`: one that jambonz does not know either */
  | { type: 'ignored'; unknown: string | null };

const sampleRates: ReadonlySet<number> = new Set<SampleRate>([8000, 16_000, 24_000, 48_000]);

/** What a bot sent; a text says what is wrong with it. Never throws. */
export const parseJambonz = (text: string): JambonzMessage | string => {
  const json = parseJson(text);
  const { type } = z.object({ type: z.string() }).catch({ type: '' }).parse(json);
  if (unanswered.has(type)) return { type: 'ignored', unknown: null };
  const unknown = unknownType(json, known);
  if (unknown !== null) return { type: 'ignored', unknown };
  const parsed = Incoming.safeParse(json);
  if (!parsed.success) return `no jambonz message: ${text.slice(0, 80)}`;
  const message = parsed.data;
  if (message.type === 'mark') return { type: 'mark', name: message.data.name };
  if (message.type !== 'playAudio') return { type: message.type };
  const { audioContent, audioContentType, sampleRate, id, queuePlay } = message.data;
  const bytes = fromBase64(audioContent);
  if (!bytes) return 'playAudio whose audioContent is not base64';
  const isWav = audioContentType.includes('wav');
  const clip = isWav ? readWav(bytes) : { audio: bytes, sampleRate };
  if (!clip) return 'playAudio with a WAV file that is not mono 16-bit PCM';
  if (!isSampleRate(clip.sampleRate))
    return `playAudio at ${clip.sampleRate} Hz, which is not 8, 16, 24 or 48 kHz`;
  return { type: 'playAudio', audio: clip.audio, format: l16(clip.sampleRate), id, queue: queuePlay };
};

const isSampleRate = (rate: number): rate is SampleRate => sampleRates.has(rate);

export const writeJambonz = {
  /** mono: the caller alone */
  metadata: (attributes: object, sampleRate: SampleRate): string =>
    JSON.stringify({ ...attributes, sampleRate, mixType: 'mono' }),
  /** the length of a key press in units of 8 kHz, which nobody tells us: 200 ms */
  dtmf: (digit: string): string => JSON.stringify({ event: 'dtmf', dtmf: digit, duration: '1600' }),
  mark: (name: string, event: 'playout' | 'cleared'): string =>
    JSON.stringify({ type: 'mark', data: { name, event } }),
  playDone: (id: string | number | undefined, playedMs: number): string =>
    JSON.stringify({
      type: 'playDone',
      data: { ...(id === undefined ? {} : { id }), playbackMilliseconds: String(Math.round(playedMs)) },
    }),
} as const;
