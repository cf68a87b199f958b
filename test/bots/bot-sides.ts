/**
 * A bot of each protocol, by its documents or its own client, with what the proofs of audio need of it: it hears a tone,
 * says half a minute of one far ahead of real time, and takes back what was not heard yet.
 */
import { toBase64 } from '../../controller/bots/base64.ts';
import { type BotCall, serveBot } from '../../controller/bots/client/offhook-bot.ts';
import { type AudioFormat, l16, pcma, pcmu, type SampleRate } from '../../controller/contract/audio.ts';
import { BotServer, to8k, toneBytes } from '../kit/bot-server.ts';
import { RealtimeServer } from '../kit/realtime-server.ts';
import { toneShare } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { twilioStream } from './twilio-stream.ts';

/** What a line speaks; the bot's own format goes by it, so that each rate is met. */
export type LineCodec = 'PCMU' | 'PCMA' | 'G722' | 'OPUS';

/** The bot in its call. */
export type BotSide = {
  hears(hz: number): Promise<void>;
  /** half a minute, at once */
  sayAhead(hz: number): void;
  /** the caller is heard to speak: nothing more of it is to be played */
  interrupt(): void;
};

export type BotProgram = {
  /** of its agent */
  connection: { kind: 'twilio' | 'openai-realtime' | 'jambonz' | 'offhook'; url: string } & Record<
    string,
    unknown
  >;
  /** its side of the next call; settles when the call is answered */
  next(): Promise<BotSide>;
  close(): Promise<void>;
};

const aheadMs = 30_000;
const pieceMs = 1000;

const inPieces = (hz: number, format: AudioFormat, say: (audio: Uint8Array) => void): void => {
  for (let atMs = 0; atMs < aheadMs; atMs += pieceMs) say(toneBytes(hz, pieceMs, format, atMs));
};

const twilio = async (): Promise<BotProgram> => {
  const server = await BotServer.open();
  return {
    connection: { kind: 'twilio', url: server.url },
    next: async () => {
      const bot = await server.next();
      const stream = await twilioStream(bot);
      return {
        hears: (hz) => bot.hears(hz),
        sayAhead: (hz) => inPieces(hz, pcmu, stream.say),
        interrupt: () => stream.send({ event: 'clear' }),
      };
    },
    close: () => server.close(),
  };
};

const openAiRealtime = async (codec: LineCodec): Promise<BotProgram> => {
  const model = await RealtimeServer.open();
  // 24 kHz is the only linear audio that it has
  const audio = codec === 'PCMU' || codec === 'PCMA' ? 'call' : 'pcm 24 kHz';
  return {
    connection: { kind: 'openai-realtime', url: model.url, audio },
    next: async () => {
      const session = await model.next();
      await until(() => session.named('response.create').length > 0, { what: 'the word to begin' });
      return {
        hears: (hz) => session.connection.hears(hz),
        sayAhead: (hz) => {
          session.hz = hz;
          session.saysMs = aheadMs;
          session.respond({ leaveOpen: true });
        },
        interrupt: () => session.speechStarted(),
      };
    },
    close: () => model.close(),
  };
};

const rateOf: Record<LineCodec, SampleRate> = { PCMU: 8000, PCMA: 16_000, G722: 24_000, OPUS: 48_000 };

const jambonz = async (codec: LineCodec, mode: 'streaming' | 'playAudio'): Promise<BotProgram> => {
  const server = await BotServer.open();
  const sampleRate = rateOf[codec];
  const format = l16(sampleRate);
  return {
    connection: { kind: 'jambonz', url: server.url, mode, sampleRate },
    next: async () => {
      const bot = await server.next();
      bot.onBinary = (bytes) => bot.hear(bytes, format);
      await until(() => bot.messages.length > 0, { what: 'the metadata' });
      return {
        hears: (hz) => bot.hears(hz),
        sayAhead: (hz) => {
          if (mode === 'streaming') inPieces(hz, format, (audio) => bot.socket.send(audio));
          else {
            const audioContent = toBase64(toneBytes(hz, aheadMs / 2, format));
            for (const id of ['first', 'second'])
              bot.send({
                type: 'playAudio',
                data: { audioContentType: 'raw', sampleRate, audioContent, id, queuePlay: true },
              });
          }
        },
        interrupt: () => bot.send({ type: 'killAudio' }),
      };
    },
    close: () => server.close(),
  };
};

const offhook = async (codec: LineCodec): Promise<BotProgram> => {
  const calls: BotCall[] = [];
  const answered = new Set<BotCall>();
  const heard = new Map<BotCall, Buffer>();
  const format: AudioFormat = codec === 'PCMU' ? pcmu : codec === 'PCMA' ? pcma : l16(16_000);
  const halfSecond = (format.sampleRate / 2) * (format.encoding === 'L16' ? 2 : 1);
  const server = await serveBot({
    port: 0,
    onCall: (call) => {
      call.onAnswered = () => answered.add(call);
      call.onAudio = (audio) => {
        heard.set(call, Buffer.concat([heard.get(call) ?? Buffer.alloc(0), audio]).subarray(-halfSecond));
      };
      calls.push(call);
    },
  });
  return {
    connection: {
      kind: 'offhook',
      url: `ws://127.0.0.1:${server.port}/`,
      audio: format.encoding === 'L16' ? 'pcm' : 'call',
    },
    next: async () => {
      const call = await until(() => calls.shift(), { what: 'a call at the bot' });
      await until(() => answered.has(call), { what: 'the answer' });
      return {
        hears: async (hz) => {
          await until(() => toneShare(to8k(heard.get(call) ?? Buffer.alloc(0), format), hz) > 0.85, {
            what: `${hz} Hz at the bot`,
          });
        },
        sayAhead: (hz) => inPieces(hz, format, (audio) => call.play(audio)),
        interrupt: () => void call.clear(),
      };
    },
    close: () => server.close(),
  };
};

/** Every protocol, jambonz in both of its modes. */
export const botPrograms: Readonly<Record<string, (codec: LineCodec) => Promise<BotProgram>>> = {
  'Twilio Media Streams': twilio,
  'OpenAI Realtime': openAiRealtime,
  'jambonz streaming': (codec) => jambonz(codec, 'streaming'),
  'jambonz playAudio': (codec) => jambonz(codec, 'playAudio'),
  'offhook.v1': offhook,
};
