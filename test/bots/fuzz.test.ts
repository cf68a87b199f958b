/**
 * Hostile bots: whatever bytes they send, in any protocol, the parser says what is wrong and never throws, and on a live
 * socket no message brings the process down or touches another call.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBase64 } from '../../controller/bots/base64.ts';
import { parseJambonz } from '../../controller/bots/jambonz-messages.ts';
import { parseOffhook } from '../../controller/bots/offhook-messages.ts';
import { parseOpenAi } from '../../controller/bots/openai-messages.ts';
import { parseTwilio } from '../../controller/bots/twilio-messages.ts';
import { parseTwiml } from '../../controller/bots/twiml.ts';
import { readWav } from '../../controller/bots/wav.ts';
import { pcmu } from '../../controller/contract/audio.ts';
import { type BotConnection, toneBytes } from '../kit/bot-server.ts';
import { until } from '../kit/until.ts';
import { botServer, callerHears, testCall } from './protocol-stage.ts';

/** The names that the protocols know, with whatever in their fields. */
const words = [
  'media', 'mark', 'clear', 'start', 'stop', 'dtmf', 'playAudio', 'killAudio', 'clearMarks', 'disconnect', 'ready',
  'tool_call', 'transcript', 'error', 'session.updated', 'response.created', 'response.done',
  'response.output_audio.delta', 'response.output_item.done', 'input_audio_buffer.speech_started',
  'response.output_audio_transcript.done', 'conversation.item.input_audio_transcription.completed',
]; // biome-ignore format: a list of words
const keys = [
  'event', 'type', 'streamSid', 'media', 'payload', 'mark', 'name', 'data', 'audioContent', 'audioContentType',
  'sampleRate', 'id', 'arguments', 'speaker', 'text', 'message', 'response', 'response_id', 'item', 'item_id',
  'content_index', 'delta', 'error', 'call_id', 'transcript', '__proto__', 'constructor',
]; // biome-ignore format: a list of keys
const leaf = fc.oneof(
  fc.constantFrom(
    ...words,
    'raw',
    'wav',
    'caller',
    'function_call',
    'transfer_to_pbx',
    'hang_up',
    '',
    'AAAA',
    '====',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.base64String({ maxLength: 400 }),
  fc.double(),
  fc.bigInt().map(Number),
  fc.boolean(),
  fc.constant(null),
);
const { message } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    leaf,
    tie('message'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  message: fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
}));
const wellNamed = fc
  .tuple(fc.constantFrom(...words), message as fc.Arbitrary<object>)
  .map(([name, rest]) => JSON.stringify({ event: name, type: name, ...rest }));
const text = fc.oneof(
  wellNamed,
  wellNamed,
  (message as fc.Arbitrary<object>).map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string({ unit: 'binary', maxLength: 200 }),
  // cut off
  fc.tuple(wellNamed, fc.nat(100)).map(([whole, at]) => whole.slice(0, at)),
  fc.constantFrom(
    '['.repeat(10_000),
    '{"a":'.repeat(5000),
    '"\\ud800"',
    '1e999',
    '{"event":"media","event":"clear"}',
  ),
);

test.each([
  ['Twilio', parseTwilio],
  ['OpenAI Realtime', parseOpenAi],
  ['jambonz', parseJambonz],
  ['offhook.v1', parseOffhook],
] as const)('%s: any text is a message or a complaint', (_name, parse) => {
  fc.assert(
    fc.property(text, (input) => {
      const parsed = parse(input);
      expect(['string', 'object']).toContain(typeof parsed);
    }),
    { numRuns: 1500 },
  );
});

test('TwiML and WAV files: anything is understood or refused', () => {
  const tag = fc.constantFrom(
    'Response',
    'Say',
    'Dial',
    'Refer',
    'Hangup',
    'Sip',
    'Number',
    'Pause',
    '?xml',
    'x',
  );
  const xml = fc
    .array(fc.tuple(tag, fc.string({ maxLength: 10 }), fc.boolean()), { maxLength: 8 })
    .map(
      (parts) =>
        `<Response>${parts.map(([name, inner, closed]) => `<${name}>${inner}${closed ? `</${name}>` : ''}`).join('')}</Response>`,
    );
  fc.assert(
    fc.property(fc.oneof(xml, fc.string({ unit: 'binary', maxLength: 200 })), (input) => {
      const parsed = parseTwiml(input);
      expect(typeof parsed === 'string' || Array.isArray(parsed)).toBe(true);
    }),
    { numRuns: 1500 },
  );
  const riff = fc
    .tuple(fc.uint8Array({ maxLength: 80 }), fc.constantFrom('fmt ', 'data', 'LIST'))
    .map(([bytes, name]) => Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE'), Buffer.from(name), bytes]));
  fc.assert(
    fc.property(fc.oneof(riff, fc.uint8Array({ maxLength: 100 })), (bytes) => {
      const parsed = readWav(bytes);
      expect(parsed === null || parsed.audio.length <= bytes.length).toBe(true);
    }),
    { numRuns: 1500 },
  );
});

const connections = (url: string): Record<string, object> => ({
  twilio: { kind: 'twilio', url },
  jambonz: { kind: 'jambonz', url },
  'jambonz playAudio': { kind: 'jambonz', url, mode: 'playAudio' },
  offhook: { kind: 'offhook', url },
  'openai-realtime': { kind: 'openai-realtime', url },
});

test.each(['twilio', 'jambonz', 'jambonz playAudio', 'offhook', 'openai-realtime'])(
  '%s: a hostile bot on a live socket ends at most its own call',
  async (name) => {
    const server = await botServer();
    const good = testCall({ kind: 'twilio', connection: { kind: 'twilio', url: server.url } });
    await good.answer();
    const goodBot = server.connections[0];
    if (!goodBot) throw new Error('no bot');
    const { streamSid } = (await goodBot.message('start')) as { streamSid?: string };
    // what a protocol needs before a call is answered
    server.onConnection = (bot: BotConnection) => {
      bot.send({ type: 'ready' });
      bot.send({ type: 'session.updated' });
    };
    const samples = fc.sample(fc.oneof({ weight: 6, arbitrary: text }, fc.uint8Array({ maxLength: 700 })), {
      numRuns: 1200,
      seed: 4711,
    });
    for (let at = 0; at < samples.length; ) {
      const connection = connections(server.url)[name] as { kind: string };
      const call = testCall({ kind: connection.kind, connection });
      await call.answer();
      const bot = server.connections.at(-1);
      if (!bot) throw new Error('no bot');
      const run = { over: false };
      const end = (): void => {
        run.over = true;
      };
      void call.running.then(end, end);
      // until it is thrown out, or a good many were taken
      for (let nth = 0; nth < 200 && at < samples.length && !run.over; nth++, at++) {
        const sample = samples[at];
        bot.socket.send(typeof sample === 'string' ? sample : Buffer.from(sample ?? []));
        if (nth % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
      }
      await until(() => run.over || bot.socket.bufferedAmount === 0, { what: 'the messages to be taken' });
      call.end();
    }
    // the good call goes on
    good.heard.length = 0;
    goodBot.send({ event: 'media', streamSid, media: { payload: toBase64(toneBytes(1300, 1000, pcmu)) } });
    await callerHears(good, 1300);
    expect(good.botCalls.size).toBe(1);
  },
  30_000,
);
