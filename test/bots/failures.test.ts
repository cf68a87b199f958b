/**
 * Bots that fail in every way, over real sockets: what the call is told, what the caller hears meanwhile, and that
 * nothing is left behind. The same with a switch, and what the history says, is in `bots.test.ts`.
 */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { toBase64 } from '../../controller/bots/base64.ts';
import { pcmu } from '../../controller/contract/audio.ts';
import { BotServer, toneBytes } from '../kit/bot-server.ts';
import { until } from '../kit/until.ts';
import { botServer, callerHears, open, sayTone, speak, testCall, twilio } from './protocol-stage.ts';
import type { TestBotCall } from './test-bot-call.ts';

test.each([401, 403, 404, 302])('HTTP %i is final', async (status) => {
  const server = await botServer();
  server.refuseWith = status;
  const call = testCall(twilio(server.url));
  await expect(call.prepare()).rejects.toMatchObject({
    kind: 'refused',
    isFinal: true,
    message: `it answered with HTTP ${status}`,
  });
  expect(server.connections).toEqual([]);
});

test('a name that does not exist, a port that speaks no HTTP, a wrong subprotocol', async () => {
  await expect(testCall(twilio('ws://no-such-bot.invalid/')).prepare()).rejects.toMatchObject({
    kind: 'unreachable',
  });
  const babble = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 mail.example.com ESMTP\r\n');
  });
  await new Promise<void>((resolve) => {
    babble.listen(0, '127.0.0.1', resolve);
  });
  open.push(() => void babble.close());
  const { port } = babble.address() as AddressInfo;
  await expect(testCall(twilio(`ws://127.0.0.1:${port}/`)).prepare()).rejects.toThrow();
}, 20_000);

test('a closed port is tried again while it rings; a handshake without answer and a bot that is never ready are slow', async () => {
  const closed = await botServer();
  await closed.close();
  const refused = testCall(twilio(closed.url)).prepare();
  const server = await botServer();
  server.refuseWith = 'hang';
  const first = testCall(twilio(server.url)).prepare();
  const silent = await botServer();
  const second = testCall({
    kind: 'offhook',
    connection: { kind: 'offhook', url: silent.url },
  }).prepare();
  const slow = { kind: 'slow', isFinal: true };
  await Promise.all([
    expect(first).rejects.toMatchObject(slow),
    expect(second).rejects.toMatchObject(slow),
    expect(refused).rejects.toMatchObject({ kind: 'refused', isFinal: false }),
  ]);
  // a bot that is started while it rings is in time
  const late = testCall(twilio(closed.url)).prepare();
  const again = await BotServer.open({ port: closed.port });
  open.push(() => again.close());
  await late;
}, 60_000);

test('a bot that dies is connected again and goes on; the caller hears a notice when it takes longer', async () => {
  const server = await botServer();
  const call = testCall(twilio(server.url));
  await call.answer();
  const first = await server.next();
  await first.message('start');
  first.die();
  const second = await server.next();
  const start = await second.message('start');
  expect(start).toMatchObject({ start: { customParameters: { offhook_resumed: 'true' } } });
  speak(second, 2000);
  await callerHears(call, 1300);
  expect(call.texts('note')).toEqual([
    expect.stringMatching(/^agent lost: .*1006/) as string,
    'agent back: The bot is connected again',
  ]);

  await server.kill();
  await until(() => call.texts('note').includes('announced: One moment, please.'), { what: 'the notice' });
  const again = await BotServer.open({ port: server.port });
  open.push(() => again.close());
  const third = await again.next();
  await third.message('start');
  third.socket.close(1000);
  await call.running;
  expect(call.botCalls.size).toBe(0);
});

test('a bot that does not come back is lost, and one that breaks off again and again is given up', async () => {
  const gone = await botServer();
  const lost = testCall(twilio(gone.url));
  await lost.answer();
  await gone.next();
  await gone.kill();
  const server = await botServer();
  const brittle = testCall(twilio(server.url));
  server.onConnection = (bot) => {
    bot.onMessage = ({ event }) => {
      if (event === 'start') bot.die();
    };
  };
  await brittle.answer();
  const given = { kind: 'lost', message: expect.stringContaining('did not come back') as string };
  await Promise.all([
    expect(lost.running).rejects.toMatchObject(given),
    expect(brittle.running).rejects.toMatchObject(given),
  ]);
  expect(server.connections.length).toBeGreaterThan(3);
  expect([lost.botCalls.size, brittle.botCalls.size]).toEqual([0, 0]);
}, 30_000);

test('a bot that hangs with an open socket is connected again; one that is late, or still heard, is left in peace', async () => {
  const server = await botServer();
  const [hung, late, heard] = [
    testCall(twilio(server.url)),
    testCall(twilio(server.url)),
    testCall(twilio(server.url)),
  ];
  for (const call of [hung, late, heard]) await call.answer();
  const [atHung, atLate, atHeard] = server.connections;
  if (!atHung || !atLate || !atHeard) throw new Error('three bots');
  await Promise.all([atHung, atLate, atHeard].map((bot) => bot.message('start')));
  speak(atHeard, 20_000);
  await until(() => heard.audio.queuedMs > 0, { what: 'a bot that is heard' });
  // it reads nothing any more, and so answers no ping
  for (const bot of [atHung, atLate, atHeard]) bot.socket.pause();
  // what it still says is a sign of life, too
  let speaking = 0;
  const saying = setInterval(() => {
    speaking++;
    speak(atLate, 20);
  }, 1000);
  open.push(() => clearInterval(saying));
  server.refuseWith = 503;
  await until(() => hung.texts('note').includes('announced: One moment, please.'), {
    what: 'the notice',
    timeoutMs: 15_000,
  });
  expect(hung.texts('note')[0]).toBe('agent lost: The bot was lost: nothing was heard of it for 6 s');
  server.refuseWith = null;
  await until(() => hung.texts('note').includes('agent back: The bot is connected again'), {
    what: 'the bot again',
  });
  expect(speaking).toBeGreaterThan(5);
  expect([late.texts('note'), heard.texts('note')]).toEqual([[], []]);
}, 40_000);

test('a bot that says goodbye and closes is heard to the end', async () => {
  const server = await botServer();
  const call = testCall(twilio(server.url));
  await call.answer();
  const bot = await server.next();
  await bot.message('start');
  speak(bot, 600);
  bot.socket.close(1000);
  await call.running;
  expect(call.heard.length).toBeGreaterThanOrEqual(29);
});

test('a bot that never speaks has failed; one that may wait for the caller has not', async () => {
  const server = await botServer();
  const silent = testCall(twilio(server.url, { firstWordSeconds: 1 }));
  const patient = testCall(twilio(server.url, { firstWordSeconds: 0 }));
  await Promise.all([silent.answer(), patient.answer()]);
  // silence is no word
  for (const bot of server.connections) {
    const { streamSid } = (await bot.message('start')) as { streamSid?: string };
    bot.send({ event: 'media', streamSid, media: { payload: toBase64(new Uint8Array(1600).fill(0xff)) } });
  }
  await expect(silent.running).rejects.toMatchObject({ kind: 'silent' });
  let over = false;
  void patient.running.finally(() => {
    over = true;
  });
  await until(() => patient.audio.queuedMs === 0, { what: 'the silence to be played' });
  expect(over).toBe(false);
});

test('a bot that goes mute while it lives: whoever goes on speaking is asked for patience, then it has failed', async () => {
  const server = await botServer();
  const settings = { firstWordSeconds: 5, silenceTimeoutSeconds: 600 };
  const [mute, healthy] = [testCall(twilio(server.url, settings)), testCall(twilio(server.url, settings))];
  for (const call of [mute, healthy]) await call.answer();
  const [atMute, atHealthy] = server.connections;
  if (!atMute || !atHealthy) throw new Error('two bots');
  const notice = /^announced: .*One moment, please/;
  // half a minute of a caller who asks again and again, as fast as it goes
  const ask = (call: TestBotCall): void => {
    for (let second = 0; second < 30; second++) {
      sayTone(call, 900, 600);
      for (let at = 0; at < 400; at += 20) call.say(new Uint8Array(160).fill(0xff));
    }
  };
  for (const bot of [atMute, atHealthy]) {
    await bot.message('start');
    speak(bot, 400);
  }
  for (const call of [mute, healthy]) {
    await callerHears(call, 1300);
    await until(() => call.audio.queuedMs === 0, { what: 'the bot to be quiet' });
  }
  ask(mute);
  ask(healthy);
  await until(() => [mute, healthy].every((call) => call.texts('note').some((text) => notice.test(text))), {
    what: 'the notice',
  });
  expect(mute.texts('note')[0]).toBe(
    'agent quiet: The bot has gone quiet: it has not answered the caller for 5 s',
  );
  // one that answers after all has not failed
  speak(atHealthy, 400);
  await until(() => [mute, healthy].every((call) => call.audio.queuedMs === 0), { what: 'quiet again' });
  ask(mute);
  ask(healthy);
  await expect(mute.running).rejects.toMatchObject({ kind: 'mute' });
  expect(healthy.texts('note').filter((text) => text.startsWith('agent quiet'))).toHaveLength(2);
  expect(healthy.botCalls.size).toBe(1);
});

test('silence on both sides is asked about, then the call is ended', async () => {
  const server = await botServer();
  const call = testCall(
    twilio(server.url, { firstWordSeconds: 0, silenceTimeoutSeconds: 1, silencePrompt: 'Anybody?' }),
  );
  await call.answer();
  await until(() => call.texts('note').includes('announced: Anybody?'), { what: 'the question' });
  expect(call.happened.some(({ kind }) => kind === 'hang up')).toBe(false);
  await until(() => call.happened.some(({ kind }) => kind === 'hang up'), { what: 'the end' });
  expect(call.happened.at(-1)).toEqual({ kind: 'hang up', by: 'silence' });
});

test('without barge-in the bot hears silence while it speaks', async () => {
  const server = await botServer();
  const call = testCall(twilio(server.url, { bargeIn: false }));
  await call.answer();
  const bot = await server.next();
  await bot.message('start');
  speak(bot, 600);
  await callerHears(call, 1300);
  const before = bot.named('media').length;
  for (let at = 0; at < 200; at += 20) call.say(toneBytes(900, 20, pcmu, at));
  await bot.message('media', before + 10);
  const payloads = bot
    .named('media')
    .slice(before, before + 10)
    .map(({ media }) => (media as { payload: string }).payload);
  expect(new Set(payloads)).toEqual(new Set([toBase64(new Uint8Array(160).fill(0xff))]));
  await until(() => call.audio.queuedMs === 0, { what: 'the bot to be quiet' });
  call.say(toneBytes(900, 20, pcmu));
  await until(
    () =>
      bot
        .named('media')
        .some(({ media }) => (media as { payload: string }).payload === toBase64(toneBytes(900, 20, pcmu))),
    {
      what: 'the caller at the bot',
    },
  );
});
