/** A bot of Twilio's Media Streams by the documents, for the journeys. */
import { fromBase64, toBase64 } from '../../controller/bots/base64.ts';
import { pcmu } from '../../controller/contract/audio.ts';
import type { BotConnection, BotMessage } from '../kit/bot-server.ts';

/** What it gets, and how it speaks. */
export const twilioStream = async (connection: BotConnection) => {
  connection.onMessage = ({ event, media }) => {
    const { payload } = (media ?? {}) as { payload?: string };
    if (event === 'media' && payload !== undefined)
      connection.hear(fromBase64(payload) ?? new Uint8Array(0), pcmu);
  };
  const start = (await connection.message('start')) as BotMessage & { streamSid: string };
  const send = (message: object) => connection.send({ ...message, streamSid: start.streamSid });
  return {
    start,
    send,
    say: (audio: Uint8Array) => send({ event: 'media', media: { payload: toBase64(audio) } }),
  };
};
