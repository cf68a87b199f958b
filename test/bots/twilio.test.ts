/**
 * Twilio Media Streams byte for byte against its documents and against OpenAI Agents' own transport; REST against
 * Twilio's own library. Over real sockets and the real media core; `bots.test.ts` has the switch.
 */
import { RealtimeSession as AgentsSession, RealtimeAgent } from '@openai/agents/realtime';
import { TwilioRealtimeTransportLayer } from '@openai/agents-extensions';
import twilio from 'twilio';
import { expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../../controller/bots/base64.ts';
import { sidOf } from '../../controller/bots/twilio.ts';
import { TwilioRest } from '../../controller/bots/twilio-rest.ts';
import { pcmu } from '../../controller/contract/audio.ts';
import { type BotConnection, toneBytes } from '../kit/bot-server.ts';
import { until } from '../kit/until.ts';
import { botServer, callerHears, open, realtimeServer, sayTone, testCall } from './protocol-stage.ts';

const streamOf = (bot: BotConnection) => (bot.named('start')[0] as { streamSid: string }).streamSid;

test('Twilio: connected and start, exactly as documented', async () => {
  const server = await botServer();
  const call = testCall({
    kind: 'twilio',
    firstMessage: 'Hello',
    connection: {
      kind: 'twilio',
      url: server.url,
      authToken: 'secret',
      signed: true,
      headers: { 'X-Customer': 'acme' },
      parameters: { campaign: 'spring' },
    },
  });
  await call.prepare();
  const bot = await server.next();
  expect(bot.messages).toEqual([]);
  await call.answer();
  const [connected, start] = [await bot.message('connected'), await bot.message('start')];
  const accountSid = sidOf('AC', call.agent.id);
  const callSid = sidOf('CA', call.callId);
  expect(accountSid).toMatch(/^AC[0-9a-f]{32}$/);
  expect(connected).toEqual({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  expect(start).toEqual({
    event: 'start',
    sequenceNumber: '1',
    streamSid: expect.stringMatching(/^MZ[0-9a-f]{32}$/) as string,
    start: {
      streamSid: start['streamSid'],
      accountSid,
      callSid,
      tracks: ['inbound'],
      customParameters: expect.objectContaining({
        campaign: 'spring',
        from_number: '101',
        to_number: '2100',
        offhook_first_message: 'Hello',
        offhook_resumed: 'false',
        offhook_tools_url: expect.stringMatching(/\/bots\/calls\/[\w-]{32}\/tools$/) as string,
      }) as object,
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    },
  });
  // Pipecat reads exactly two messages before it does anything else
  expect(bot.messages.slice(0, 2)).toEqual([connected, start]);
  expect(bot.request.headers['x-customer']).toBe('acme');
  const signature = String(bot.request.headers['x-twilio-signature']);
  expect(twilio.validateRequest('secret', signature, server.url, {})).toBe(true);
  expect(twilio.validateRequest('other', signature, server.url, {})).toBe(false);
});

test('Twilio: media without gaps, marks when played, clear in order, any chunk, nothing after stop', async () => {
  const server = await botServer();
  const call = testCall({ kind: 'twilio', connection: { kind: 'twilio', url: server.url } });
  await call.answer();
  const bot = await server.next();
  await bot.message('start');
  sayTone(call, 900);
  await bot.message('media', 20);
  const media = bot.named('media').slice(0, 20) as {
    sequenceNumber: string;
    media: Record<string, string>;
  }[];
  expect(media.map(({ media: { timestamp } }) => timestamp)).toEqual(media.map((_, at) => String(at * 20)));
  expect(media.map(({ media: { chunk } }) => chunk)).toEqual(media.map((_, at) => String(at + 1)));
  expect(media.map(({ sequenceNumber }) => sequenceNumber)).toEqual(media.map((_, at) => String(at + 2)));
  expect(media[0]?.media).toMatchObject({ track: 'inbound' });
  // the caller's own bytes
  expect(fromBase64(media[0]?.media['payload'] ?? '')).toEqual(Buffer.from(toneBytes(900, 20, pcmu)));

  const streamSid = streamOf(bot);
  const send = (message: object): void => bot.send({ ...message, streamSid });
  // odd pieces of one tone
  const tone = toneBytes(1300, 1000, pcmu);
  for (let at = 0, size = 1; at < tone.length; at += size, size = (size * 7) % 640 || 1) {
    send({ event: 'media', media: { payload: toBase64(tone.subarray(at, at + size)) } });
  }
  send({ event: 'mark', mark: { name: 'a' } });
  await callerHears(call, 1300);
  expect(bot.named('mark')).toEqual([]);
  await bot.message('mark');
  expect(call.heard.length).toBeGreaterThanOrEqual(49);

  for (const name of ['b', 'c', 'd']) {
    send({ event: 'media', media: { payload: toBase64(toneBytes(1300, 60_000, pcmu)) } });
    send({ event: 'mark', mark: { name } });
  }
  send({ event: 'clear' });
  await bot.message('mark', 4);
  expect(bot.named('mark').map(({ mark }) => (mark as { name: string }).name)).toEqual(['a', 'b', 'c', 'd']);
  call.bot.digit('7');
  expect(await bot.message('dtmf')).toMatchObject({
    dtmf: { track: 'inbound_track', digit: '7' },
    streamSid,
  });
  send({ event: 'mark', mark: { name: 'e' } });
  await bot.message('mark', 5);
  call.end();
  await until(() => bot.closed, { what: 'the end' });
  expect(bot.messages.at(-1)).toMatchObject({ event: 'stop', stop: { callSid: sidOf('CA', call.callId) } });
  expect(bot.closed?.code).toBe(1000);
});

test('Twilio: REST as Pipecat and the helper library call it; gone calls are 20404', async () => {
  const server = await botServer();
  const call = testCall({
    kind: 'twilio',
    connection: { kind: 'twilio', url: server.url, authToken: 'secret', accountSid: `AC${'1'.repeat(32)}` },
  });
  await call.answer();
  const rest = new TwilioRest({ calls: call.botCalls });
  const basic = (user: string, password: string) =>
    `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const accountSid = `AC${'1'.repeat(32)}`;
  const callSid = sidOf('CA', call.callId);
  const post = (form: object, authorization = basic(accountSid, 'secret')) =>
    rest.answer({ accountSid, callSid, authorization, method: 'POST', form });
  expect(await post({ Status: 'completed' }, '')).toMatchObject({ status: 401, body: { code: 20003 } });
  expect(await post({ Status: 'completed' }, basic(accountSid, 'wrong'))).toMatchObject({ status: 401 });
  expect(await post({ Status: 'completed' }, basic('ACother', 'secret'))).toMatchObject({
    status: 404,
    body: { code: 20404 },
  });
  expect(call.happened).toEqual([]);

  const { VoiceResponse } = twilio.twiml;
  call.transferResult = 'busy';
  const dial = new VoiceResponse();
  dial.dial('215');
  expect(await post({ Twiml: dial.toString() })).toMatchObject({
    status: 200,
    body: { status: 'in-progress', offhook: { result: 'busy', to: '215', callerStillHere: true } },
  });
  const refer = new VoiceResponse();
  refer.refer().sip('sip:216@pbx.example.com;transport=tcp');
  call.transferResult = 'transferred';
  expect(await post({ Twiml: refer.toString() })).toMatchObject({
    body: { status: 'completed', offhook: { result: 'transferred', to: '216' } },
  });
  for (const [twiml, words] of [
    ['<Response><Record/></Response>', 'Record'],
    ['<Response><Dial><Conference>x</Conference></Dial></Response>', 'Conference'],
    ['<Response><Hangup></Response>', 'well-formed'],
    ['<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>', 'DOCTYPE'],
    ['<Hangup/>', 'Response'],
  ] as const) {
    const answer = await post({ Twiml: twiml });
    expect(answer).toMatchObject({ status: 400, body: { code: 12100 } });
    expect(answer.body['message']).toContain(words);
  }
  expect(await post({ Url: 'http://example.com' })).toMatchObject({ status: 400, body: { code: 21205 } });
  expect(call.happened.filter(({ kind }) => kind === 'hang up')).toEqual([]);
  expect(await post({ Twiml: new VoiceResponse().toString() })).toMatchObject({
    body: { status: 'in-progress' },
  });
  expect(await post({ Status: 'completed' })).toMatchObject({
    status: 200,
    body: { sid: callSid, status: 'completed' },
  });
  expect(call.happened.at(-1)).toEqual({ kind: 'hang up', by: 'agent' });
  call.end();
  expect(await post({ Status: 'completed' })).toMatchObject({ status: 404, body: { code: 20404 } });
});

test("Twilio: OpenAI Agents' own transport speaks, hears, and is interrupted by what was played", async () => {
  const server = await botServer();
  const model = await realtimeServer();
  const failures: unknown[] = [];
  server.onConnection = (bot) => {
    const transport = new TwilioRealtimeTransportLayer({ twilioWebSocket: bot.socket });
    const session = new AgentsSession(new RealtimeAgent({ name: 'Agent', instructions: 'Say tones.' }), {
      transport,
      model: 'gpt-realtime',
      // as its guide for Twilio has it
      config: { audio: { output: { voice: 'verse' } } },
      tracingDisabled: true,
    });
    session.on('error', (error) => failures.push(error));
    void session.connect({ apiKey: 'key', url: model.url });
    open.push(() => session.close());
  };
  const call = testCall({ kind: 'twilio', connection: { kind: 'twilio', url: server.url } });
  await call.answer();
  const session = await model.next();
  await until(() => session.hears === pcmu && session.speaks === pcmu, { what: 'its session in µ-law' });
  sayTone(call, 900);
  await session.connection.hears(900);
  session.saysMs = 10_000;
  session.respond({ leaveOpen: true });
  await callerHears(call, 1300);
  await until(() => call.heard.length > 50, { what: 'a second of it' });
  session.speechStarted();
  await until(() => session.named('conversation.item.truncate').length > 0, { what: 'its truncation' });
  const heardMs = call.heard.length * 20;
  const [truncated] = session.named('conversation.item.truncate');
  // by our marks it knows what was played; it adds 50 ms, and its deltas are 100 ms long
  expect(truncated?.audio_end_ms).toBeGreaterThan(heardMs - 300);
  expect(truncated?.audio_end_ms).toBeLessThan(heardMs + 300);
  expect(session.errors).toEqual([]);
  expect(failures).toEqual([]);
});
