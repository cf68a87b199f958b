/**
 * The messages of Twilio Media Streams (bidirectional, <Connect><Stream>), as its documentation and the bots that read
 * them have them: JSON text only, numbers as strings. Pure; knows no call and no socket.
 */
import { z } from 'zod';
import { fromBase64, parseJson, toBase64 } from './base64.ts';
import { unknownType } from './passed-over.ts';

export type StreamIds = { streamSid: string; accountSid: string; callSid: string };

const Incoming = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('media'),
    streamSid: z.string(),
    media: z.object({ payload: z.string() }),
  }),
  z.object({
    event: z.literal('mark'),
    streamSid: z.string(),
    mark: z.object({ name: z.string().max(1000) }),
  }),
  z.object({ event: z.literal('clear'), streamSid: z.string() }),
]);

export type TwilioMessage =
  | { event: 'media'; streamSid: string; audio: Uint8Array }
  | { event: 'mark'; streamSid: string; name: string }
  | { event: 'clear'; streamSid: string }
  | { event: 'ignored'; type: string };

const known = new Set(Incoming.options.map((option) => option.shape.event.value as string));

/** What a bot sent; a text says what is wrong with it. Never throws. */
export const parseTwilio = (text: string): TwilioMessage | string => {
  const json = parseJson(text);
  const type = unknownType(json, known);
  if (type !== null) return { event: 'ignored', type };
  const parsed = Incoming.safeParse(json);
  if (!parsed.success) return `no Twilio message: ${text.slice(0, 80)}`;
  const message = parsed.data;
  switch (message.event) {
    case 'media': {
      const audio = fromBase64(message.media.payload);
      if (!audio) return 'media whose payload is not base64';
      return { event: 'media', streamSid: message.streamSid, audio };
    }
    case 'mark':
      return { event: 'mark', streamSid: message.streamSid, name: message.mark.name };
    case 'clear':
      return message;
  }
};

/** Numbers each message of a stream but `connected`, as Twilio does. */
export class TwilioWriter {
  readonly #ids: StreamIds;
  #sequence = 0;
  #chunk = 0;

  constructor(ids: StreamIds) {
    this.#ids = ids;
  }

  connected(): string {
    return JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  }

  start(customParameters: Readonly<Record<string, string>>): string {
    const { streamSid, accountSid, callSid } = this.#ids;
    return this.#numbered('start', {
      start: {
        streamSid,
        accountSid,
        callSid,
        tracks: ['inbound'],
        customParameters,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      },
    });
  }

  /** 20 ms of µ-law; the timestamp counts the audio, so it has neither gaps nor jumps. */
  media(frame: Uint8Array): string {
    this.#chunk++;
    return this.#numbered('media', {
      media: {
        track: 'inbound',
        chunk: String(this.#chunk),
        timestamp: String((this.#chunk - 1) * 20),
        payload: toBase64(frame),
      },
    });
  }

  dtmf(digit: string): string {
    return this.#numbered('dtmf', { dtmf: { track: 'inbound_track', digit } });
  }

  mark(name: string): string {
    return this.#numbered('mark', { mark: { name } });
  }

  stop(): string {
    const { accountSid, callSid } = this.#ids;
    return this.#numbered('stop', { stop: { accountSid, callSid } });
  }

  #numbered(event: string, content: object): string {
    this.#sequence++;
    return JSON.stringify({
      event,
      sequenceNumber: String(this.#sequence),
      streamSid: this.#ids.streamSid,
      ...content,
    });
  }
}
