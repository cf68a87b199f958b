/** OpenAI Realtime against a server that refuses what the real one refuses: audio, interruption, functions, resumption. */
import { expect, test } from 'vitest';
import { l16, pcma, pcmu } from '../../controller/contract/audio.ts';
import { type BotConnection, toneBytes } from '../kit/bot-server.ts';
import { decodeFrames, toneShare } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { callerHears, realtimeServer, testCall } from './protocol-stage.ts';

test.each([
  ['pcmu', pcmu, pcmu],
  ['call', pcma, pcma],
  ['pcm 24 kHz', pcmu, l16(24_000)],
] as const)('OpenAI Realtime: audio %s, tones both ways', async (audio, lineFormat, format) => {
  const model = await realtimeServer();
  const call = testCall(
    {
      kind: 'openai-realtime',
      firstMessage: 'Welcome',
      connection: {
        kind: 'openai-realtime',
        url: model.url,
        apiKey: 'key',
        audio,
        instructions: 'Be brief.',
      },
      settings: { language: 'pt-BR' },
    },
    { lineFormat },
  );
  await call.answer();
  const session = await model.next();
  expect(session.connection.request.url).toBe('/bot?model=gpt-realtime');
  expect(session.connection.request.headers.authorization).toBe('Bearer key');
  expect([session.hears, session.speaks]).toEqual([format, format]);
  const [update] = session.named('session.update');
  expect(update?.session).toMatchObject({
    instructions: 'Be brief.',
    audio: { input: { transcription: { language: 'pt' } }, output: { voice: 'marin' } },
    tools: [{ name: 'transfer_to_pbx' }, { name: 'hang_up' }, { name: 'send_dtmf' }],
  });
  await until(() => session.named('response.create').length > 0, { what: 'the first message' });
  expect(session.named('response.create')[0]?.response?.['instructions']).toContain('"Welcome"');
  for (let at = 0; at < 400; at += 20) call.say(toneBytes(900, 20, lineFormat, at));
  await session.connection.hears(900);
  const codec = lineFormat.encoding === 'PCMA' ? 'PCMA' : 'PCMU';
  await until(
    () => call.heard.length > 20 && toneShare(decodeFrames(codec, call.heard.slice(5, 20)), 1300) > 0.85,
    {
      what: '1300 Hz at the caller',
    },
  );
  expect(call.texts('agent said')).toEqual(['a tone of 1300 Hz']);
  session.heardCaller('a tone');
  await until(() => call.texts('caller said').length > 0, { what: 'the transcript of the caller' });
  expect(session.errors).toEqual([]);
});

test('OpenAI Realtime: an interruption stops at once and truncates to what was played', async () => {
  const model = await realtimeServer();
  const call = testCall({ kind: 'openai-realtime', connection: { kind: 'openai-realtime', url: model.url } });
  model.bots.onConnection = ((before) => (connection: BotConnection) => {
    before(connection);
    const session = model.sessions.at(-1);
    if (session) session.saysMs = 20_000;
  })(model.bots.onConnection);
  await call.answer();
  const session = await model.next();
  // while the model is still generating
  await callerHears(call, 1300);
  const second = session.respond({ leaveOpen: true });
  await until(() => call.heard.length > 50, { what: 'a second of it' });
  session.speechStarted();
  await until(() => session.named('conversation.item.truncate').length === 2, { what: 'both truncations' });
  const heardMs = call.heard.length * 20;
  const [first, other] = session.named('conversation.item.truncate');
  expect(first?.audio_end_ms).toBeGreaterThanOrEqual(heardMs - 40);
  expect(first?.audio_end_ms).toBeLessThanOrEqual(heardMs + 40);
  expect(other).toMatchObject({ item_id: second.itemId, audio_end_ms: 0 });
  expect(session.named('response.cancel')).toMatchObject([{ response_id: second.responseId }]);
  expect(call.happened.some(({ kind }) => kind === 'interrupted')).toBe(true);
  // nothing is left to interrupt
  session.speechStarted();
  session.heardCaller('no');
  await until(() => call.texts('caller said').length > 0, { what: 'the server to go on' });
  expect(session.named('conversation.item.truncate')).toHaveLength(2);
  expect(session.errors).toEqual([]);
});

test('OpenAI Realtime: functions, keys, and a session that ends goes on in the next one', async () => {
  const model = await realtimeServer();
  const call = testCall({ kind: 'openai-realtime', connection: { kind: 'openai-realtime', url: model.url } });
  await call.answer();
  const session = await model.next();
  session.saysMs = 100;
  const output = async (callId: string): Promise<unknown> => {
    const event = await until(
      () =>
        session
          .named('conversation.item.create')
          .find(({ item }) => item.type === 'function_call_output' && item.call_id === callId),
      { what: 'the output of a function' },
    );
    return event.item.type === 'function_call_output' ? JSON.parse(event.item.output) : null;
  };
  expect(await output(session.callFunction('transfer_to_pbx', { destination: 'Sarah' }))).toEqual({
    result: 'ambiguous',
    candidates: [
      { ext: '215', name: 'Sarah Connor', department: 'Sales' },
      { ext: '216', name: 'Sarah Jones', department: 'Accounts' },
    ],
  });
  expect(await output(session.callFunction('transfer_to_pbx', { destination: 'Godzilla' }))).toEqual({
    result: 'not in the directory',
  });
  expect(await output(session.callFunction('transfer_call', { number: '+27872500100' }))).toMatchObject({
    result: 'not allowed',
  });
  expect(await output(session.callFunction('send_dtmf', { digits: 'x' }))).toMatchObject({
    result: 'wrong input',
  });
  expect(await output(session.callFunction('send_dtmf', { digits: '12#' }))).toEqual({
    result: 'sent',
    digits: '12#',
  });
  call.transferResult = 'no answer';
  expect(await output(session.callFunction('transfer_to_pbx', { destination: 'billing' }))).toEqual({
    result: 'no answer',
    to: '300',
    name: 'Tom Baker',
    callerStillHere: true,
  });
  for (const digit of '42') call.bot.digit(digit);
  await until(
    () =>
      session
        .named('conversation.item.create')
        .some(({ item }) => JSON.stringify(item).includes('[pressed 42 on the keypad]')),
    { what: 'the keys in one message' },
  );
  session.heardCaller('Put me through');
  await until(() => call.conversation.some(({ speaker }) => speaker === 'caller'), {
    what: 'the transcript',
  });
  session.connection.socket.close(1001);
  const again = await model.next();
  await until(() => again.named('response.create').length > 0, { what: 'the next session' });
  const told = again.named('conversation.item.create').map(({ item }) => JSON.stringify(item));
  expect(told.some((item) => item.includes('a tone of 1300 Hz') && item.includes('output_text'))).toBe(true);
  expect(told.some((item) => item.includes('Put me through') && item.includes('input_text'))).toBe(true);
  expect([...session.errors, ...again.errors]).toEqual([]);
});
