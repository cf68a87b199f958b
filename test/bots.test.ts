/**
 * Bots as they exist, behind a real switch and a phone: each protocol with audio proved by tones in both directions,
 * interruption heard at the phone, tools, and every way in which a bot fails.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../controller/bots/base64.ts';
import { pcmu } from '../controller/contract/audio.ts';
import { BotStage } from './bots/bot-stage.ts';
import { Scene } from './journeys/scene.ts';
import { type BotConnection, type BotMessage, BotServer, toneBytes } from './kit/bot-server.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { switchesUnderTest } from './kit/switches.ts';
import { toneSource } from './kit/tone.ts';
import { until } from './kit/until.ts';

let pbx: Pbx;
beforeAll(async () => {
  pbx = await startPbx();
});
afterAll(() => pbx.remove());

/** A bot of Twilio's Media Streams by the documents: what it gets, and how it speaks. */
const twilioStream = async (connection: BotConnection) => {
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

for (const { kind, missing } of switchesUnderTest()) {
  if (missing !== null) continue; // said by the switch contract and by the last line of the run
  describe(kind, () => {
    let scene: Scene;
    let stage: BotStage;
    let server: BotServer;
    beforeAll(async () => {
      scene = await Scene.set(kind, pbx);
      stage = await BotStage.set(scene);
    });
    afterEach(async () => {
      await stage.hangUp();
      await server?.close();
    });
    afterAll(() => scene?.close());

    test('Twilio: the documented messages, tones both ways, interruption at the phone, stop', async () => {
      server = await BotServer.open();
      await stage.agent({
        kind: 'twilio',
        connection: { kind: 'twilio', url: server.url, parameters: { campaign: 'spring' } },
      });
      const call = await stage.call();
      const bot = await server.next();
      await call.answered();
      const stream = await twilioStream(bot);
      expect(bot.messages.slice(0, 2).map(({ event }) => event)).toEqual(['connected', 'start']);
      expect(stream.start).toMatchObject({
        sequenceNumber: '1',
        start: { customParameters: { campaign: 'spring', to_number: '2100' } },
      });
      void call.rtp.say(toneSource(900, call.rtp.codec));
      await bot.hears(900);
      // far ahead of real time, in pieces of 40 ms as Pipecat sends them
      for (let atMs = 0; atMs < 30_000; atMs += 40) stream.say(toneBytes(1300, 40, pcmu, atMs));
      stream.send({ event: 'mark', mark: { name: 'end' } });
      await call.rtp.ear.hears(1300);
      expect(bot.named('mark')).toEqual([]);
      stream.send({ event: 'clear' });
      expect((await bot.message('mark')).mark).toEqual({ name: 'end' });
      await call.rtp.ear.stopsHearing(1300);
      // of the half minute that was waiting, the caller heard a moment
      expect(call.rtp.ear.framesWith(1300).length * 20).toBeLessThan(30_000 / 5);
      await call.rtp.sendDigits('5');
      expect((await bot.message('dtmf')).dtmf).toEqual({ track: 'inbound_track', digit: '5' });
      await call.hangUp();
      await bot.message('stop');
      await until(() => bot.closed, { what: 'the end of the connection' });
      expect(bot.messages.at(-1)?.event).toBe('stop');
      expect((await stage.past(call)).outcome).toBe('Caller hung up');
    });
  });
}
