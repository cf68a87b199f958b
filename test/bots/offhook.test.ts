/** offhook.v1 with the client package of this repository as the bot, and the published schema. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import {
  type BotCall,
  type BotServer as OffhookBot,
  serveBot,
} from '../../controller/bots/client/offhook-bot.ts';
import { offhookSchema } from '../../controller/bots/offhook-messages.ts';
import { l16 } from '../../controller/contract/audio.ts';
import { repositoryPath } from '../../controller/paths.ts';
import { toneBytes } from '../kit/bot-server.ts';
import { freePort } from '../kit/ports.ts';
import { until } from '../kit/until.ts';
import { callerHears, open, sayTone, testCall } from './protocol-stage.ts';

test('offhook.v1 with the client package: every message fits the published schema', async () => {
  const published = JSON.parse(readFileSync(repositoryPath('docs/offhook.v1.schema.json'), 'utf8')) as object;
  expect(published).toEqual(JSON.parse(JSON.stringify(offhookSchema())));
  const valid = new Ajv2020({ strict: false }).compile(published);

  const calls: BotCall[] = [];
  const bot: OffhookBot = await serveBot({ port: 0, token: 'tok', onCall: (call) => void calls.push(call) });
  open.push(() => bot.close());
  const seen: string[] = [];
  const call = testCall({
    kind: 'offhook',
    firstMessage: 'Hi',
    connection: { kind: 'offhook', url: `ws://127.0.0.1:${bot.port}/`, token: 'tok', parameters: { a: 'b' } },
    settings: { tools: ['transfer_to_pbx', 'hang_up'] },
  });
  await call.prepare();
  const [side] = calls;
  if (!side) throw new Error('no call at the bot');
  expect(side.start).toMatchObject({
    version: 1,
    from: { number: '101', name: 'Anna Caller' },
    firstMessage: 'Hi',
    parameters: { a: 'b' },
    hears: { encoding: 'L16', sampleRate: 16_000 },
    tools: [{ name: 'transfer_to_pbx' }, { name: 'hang_up' }],
    conversation: [],
  });
  expect(valid(side.start), JSON.stringify(valid.errors)).toBe(true);
  let answered = 0;
  let heardBytes = 0;
  side.onAnswered = () => answered++;
  side.onAudio = (audio) => (heardBytes += audio.length);
  side.onDtmf = (digit) => seen.push(digit);
  await call.answer();
  await until(() => answered === 1, { what: 'answered' });
  sayTone(call, 900);
  await until(() => heardBytes >= 640 * 20, { what: 'audio' });
  call.bot.digit('9');
  await until(() => seen.includes('9'), { what: 'the key' });
  side.play(toneBytes(1300, 300, l16(16_000)));
  expect(await side.mark()).toBe('played');
  side.play(toneBytes(1300, 60_000, l16(16_000)));
  const mark = side.mark();
  const before = call.heard.length;
  await until(() => call.heard.length > before + 20, { what: 'some of it' });
  const cleared = await side.clear();
  expect(await mark).toBe('cleared');
  expect(cleared.playedMs + cleared.droppedMs).toBeGreaterThan(59_900);
  expect(cleared.playedMs).toBeGreaterThanOrEqual(400);
  side.transcript('caller', 'billing please');
  call.transferResult = 'declined';
  expect(await side.tool('transfer_to_pbx', { destination: 'billing' })).toEqual({
    result: 'declined',
    to: '300',
    name: 'Tom Baker',
    callerStillHere: true,
  });
  expect(call.texts('caller said')).toEqual(['billing please']);
  expect(await side.tool('send_dtmf', { digits: '1' })).toMatchObject({ result: 'not allowed' });
  side.hangUp();
  await call.running;
  expect(call.botCalls.size).toBe(0);
});

test('offhook.v1: a bot that is started anew gets the conversation; a wrong token is refused', async () => {
  const calls: BotCall[] = [];
  const answers: boolean[] = [];
  const serve = async (port: number): Promise<OffhookBot> => {
    const bot = await serveBot({
      port,
      host: '127.0.0.1',
      token: 'tok',
      onCall: (call) => {
        calls.push(call);
        call.onAnswered = ({ resumed }) => answers.push(resumed);
      },
    });
    open.push(() => bot.close());
    return bot;
  };
  const bot = await serve(0);
  const url = `ws://127.0.0.1:${bot.port}/`;
  const stranger = testCall({ kind: 'offhook', connection: { kind: 'offhook', url, token: 'wrong' } });
  await expect(stranger.prepare()).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringContaining('401') as string,
  });
  const call = testCall({ kind: 'offhook', connection: { kind: 'offhook', url, token: 'tok' } });
  await call.answer();
  calls[0]?.transcript('agent', 'Which department?');
  await until(() => call.conversation.length === 1, { what: 'the transcript' });
  await bot.close();
  await until(() => call.texts('note').some((text) => text.startsWith('agent lost')), { what: 'the loss' });
  await serve(bot.port);
  await until(() => answers.length === 2, { what: 'the bot to be back' });
  expect(answers).toEqual([false, true]);
  expect(calls[1]?.start.conversation).toEqual([{ speaker: 'agent', text: 'Which department?' }]);
  calls[1]?.hangUp();
  await call.running;
});

test('the example bot runs: it says back what it hears, and hangs up on #', async () => {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', repositoryPath('controller/bots/client/example-bot.ts')],
    {
      cwd: repositoryPath('.'),
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  open.push(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes(`:${port}`), { what: 'the example bot to listen' });
  const call = testCall({ kind: 'offhook', connection: { kind: 'offhook', url: `ws://127.0.0.1:${port}` } });
  await call.answer();
  sayTone(call, 900, 1000);
  await callerHears(call, 900);
  expect(call.texts('agent said')).toEqual(['I say back what you say.']);
  call.bot.digit('#');
  await call.running;
  await until(() => said.includes('The call is over'), { what: 'its goodbye' });
});
