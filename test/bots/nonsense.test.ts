/** Bots that send what makes no sense, what is not for us, and more than can be taken, over real sockets. */
import { expect, test } from 'vitest';
import { toBase64 } from '../../controller/bots/base64.ts';
import { pcmu } from '../../controller/contract/audio.ts';
import { type BotConnection, toneBytes } from '../kit/bot-server.ts';
import { until } from '../kit/until.ts';
import { botServer, callerHears, realtimeServer, speak, testCall, twilio } from './protocol-stage.ts';

test.each([
  ['nonsense', (bot: BotConnection) => bot.socket.send('{{{'), 'malformed'],
  ['binary where there is none', (bot: BotConnection) => bot.socket.send(Buffer.alloc(160)), 'malformed'],
  [
    'media for another stream',
    (bot: BotConnection) => bot.send({ event: 'media', streamSid: 'MZother', media: { payload: 'AAAA' } }),
    'malformed',
  ],
] as const)('%s: a few are ignored, many are a failure', async (_name, send, failure) => {
  const server = await botServer();
  const call = testCall(twilio(server.url));
  await call.answer();
  const bot = await server.next();
  await bot.message('start');
  for (let nth = 0; nth < 10; nth++) send(bot);
  speak(bot, 400);
  await callerHears(call, 1300);
  for (let nth = 0; nth < 50; nth++) send(bot);
  await expect(call.running).rejects.toMatchObject({ kind: failure });
  expect(server.connections).toHaveLength(1);
});

test('what is well-formed and unknown, empty audio and ten minutes in one piece end no call', async () => {
  const server = await botServer();
  const call = testCall(twilio(server.url));
  await call.answer();
  const bot = await server.next();
  const { streamSid } = (await bot.message('start')) as { streamSid?: string };
  for (let nth = 0; nth < 200; nth++) {
    bot.send({ event: 'keepalive' });
    bot.send({ event: 'media', streamSid, media: { payload: '' } });
  }
  speak(bot, 600_000);
  await callerHears(call, 1300);
  expect(call.audio.queuedMs).toBeGreaterThan(590_000);
  expect([bot.closed, call.botCalls.size]).toEqual([null, 1]);
});

test('errors of a Realtime server end no call by their number; one that says that the session is over connects again', async () => {
  const model = await realtimeServer();
  const call = testCall({
    kind: 'openai-realtime',
    connection: { kind: 'openai-realtime', url: model.url },
  });
  await call.answer();
  const { connection } = await model.next();
  const error = (code: string) =>
    connection.send({ type: 'error', error: { type: 'invalid_request_error', code, message: 'No.' } });
  for (let nth = 0; nth < 200; nth++) error('invalid_value');
  error('session_expired');
  const again = await model.next();
  expect(call.texts('note')[0]).toBe('agent lost: The bot was lost: the server says: No.');
  again.connection.send({ type: 'error', error: { type: 'x', code: 'insufficient_quota', message: 'Pay.' } });
  await expect(call.running).rejects.toMatchObject({ kind: 'gave up', message: 'the server says: Pay.' });
});

test('a message that is too long, and more audio than is kept, are flooding; the next call is not touched', async () => {
  const server = await botServer();
  const [long, flood, other] = [
    testCall(twilio(server.url)),
    testCall(twilio(server.url)),
    testCall(twilio(server.url)),
  ];
  for (const call of [long, flood, other]) await call.answer();
  const [atLong, atFlood, atOther] = server.connections;
  if (!atLong || !atFlood || !atOther) throw new Error('three bots');
  await Promise.all([atLong, atFlood, atOther].map((bot) => bot.message('start')));
  atLong.socket.send('x'.repeat(6_500_001));
  await expect(long.running).rejects.toMatchObject({ kind: 'flooding' });
  const media = (ms: number): string => {
    const { streamSid } = atFlood.named('start')[0] as { streamSid?: string };
    return JSON.stringify({
      event: 'media',
      streamSid,
      media: { payload: toBase64(toneBytes(1300, ms, pcmu)) },
    });
  };
  // a quarter of an hour ahead is taken …
  const minute = media(60_000);
  for (let nth = 0; nth < 15; nth++) atFlood.socket.send(minute);
  await until(() => flood.audio.queuedMs > 830_000, { what: 'a full queue' });
  // … what comes on top is not, and is held against it
  const more = media(5000);
  for (let nth = 0; nth < 2200; nth++) atFlood.socket.send(more);
  speak(atOther, 1000);
  await callerHears(other, 1300);
  await expect(flood.running).rejects.toMatchObject({ kind: 'flooding' });
}, 60_000);
