/** What the protocols' tests share: test calls, bots on free ports, all closed after each test, and tones. */
import { afterEach } from 'vitest';
import { toBase64 } from '../../controller/bots/base64.ts';
import { pcmu } from '../../controller/contract/audio.ts';
import { type BotConnection, BotServer, toneBytes } from '../kit/bot-server.ts';
import { RealtimeServer } from '../kit/realtime-server.ts';
import { decodeFrames, toneShare } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { TestBotCall } from './test-bot-call.ts';

export const open: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

export const botServer = async (): Promise<BotServer> => {
  const server = await BotServer.open();
  open.push(() => server.close());
  return server;
};
export const testCall = (...args: ConstructorParameters<typeof TestBotCall>): TestBotCall => {
  const call = new TestBotCall(...args);
  open.push(() => call.end());
  return call;
};
/** The caller speaks a tone, in real time enough for a bot. */
export const sayTone = (call: TestBotCall, hz: number, ms = 400): void => {
  for (let at = 0; at < ms; at += 20) call.say(toneBytes(hz, 20, pcmu, at));
};
export const callerHears = (call: TestBotCall, hz: number): Promise<unknown> =>
  until(() => toneShare(decodeFrames('PCMU', call.heard.slice(-15)), hz) > 0.85 && call.heard.length >= 15, {
    what: `${hz} Hz at the caller`,
  });

export const realtimeServer = async (): Promise<RealtimeServer> => {
  const model = await RealtimeServer.open();
  open.push(() => model.close());
  return model;
};

/** A Twilio agent as it is entered, and what its bot says. */
export const twilio = (url: string, settings: object = {}) => ({
  kind: 'twilio',
  connection: { kind: 'twilio', url },
  settings,
});
export const speak = (bot: BotConnection, ms: number): void => {
  const [start] = bot.named('start') as { streamSid?: string }[];
  const payload = toBase64(toneBytes(1300, ms, pcmu));
  bot.send({ event: 'media', streamSid: start?.streamSid, media: { payload } });
};
