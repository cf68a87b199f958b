/** Each way in which a bot fails, on a real switch: what the caller hears and the history says. */
import { expect, test } from 'vitest';
import { type BotCall, serveBot } from '../../controller/bots/client/offhook-bot.ts';
import { l16, pcmu } from '../../controller/contract/audio.ts';
import { BotServer, toneBytes } from '../kit/bot-server.ts';
import { decodeFrames, loudness, samplesSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { type BotAgent, type BotJourney } from './bot-stage.ts';

import { twilioStream } from './twilio-stream.ts';

export const failureJourneys = (at: BotJourney): void => {
  test('a bot that refuses: the PBX gets 480, or the caller hears the message', async () => {
    at.server = await BotServer.open();
    at.server.refuseWith = 403;
    const connection = { kind: 'twilio' as const, url: at.server.url };
    await at.stage.agent({ kind: 'twilio', connection });
    const refused = await at.stage.call();
    expect((await refused.ended()).status).toBe(480);
    const past = await at.stage.past(refused);
    expect(past).toMatchObject({
      outcome: 'Reached us, agent never started: its bot refused the connection',
      fault: 'agent',
    });
    expect(past.timeline.map(({ text }) => text)).toContain(
      'The agent did not start: it answered with HTTP 403',
    );
    await at.stage.agent({
      kind: 'twilio',
      connection,
      settings: { fallbackMessage: 'Please call again tomorrow.' },
    });
    const told = await at.stage.call();
    await told.answered();
    await until(() => told.rtp.ear.level(200) > 100, { what: 'the message at the phone' });
    await told.ended(15_000);
    expect((await at.stage.past(told)).outcome).toBe(
      'Reached us, agent never started: its bot refused the connection',
    );
  });

  test('a bot that dies in mid-call: back with a notice, and then not; the caller goes to the fallback', async () => {
    at.server = await BotServer.open();
    await at.stage.agent({
      kind: 'twilio',
      connection: { kind: 'twilio', url: at.server.url },
      settings: { fallbackExtension: '300' },
    });
    const call = await at.stage.call();
    const first = await at.server.next();
    await call.answered();
    await twilioStream(first);
    at.server.refuseWith = 503;
    first.die();
    // the notice, in our own voice
    await until(() => call.rtp.ear.level(200) > 100, { what: 'the notice at the phone' });
    at.server.refuseWith = null;
    const second = await at.server.next();
    const stream = await twilioStream(second);
    stream.say(toneBytes(1300, 1000, pcmu));
    await call.rtp.ear.hears(1300);
    at.server.refuseWith = 403;
    at.scene.peer.onRefer = () => ({ status: 202, notifies: [{ status: 200 }], thenHangUp: true });
    second.die();
    await call.ended(15_000);
    const { outcome, timeline } = await at.stage.past(call);
    expect(outcome).toBe('Agent failed: the connection to its bot was lost; transferred to 300 Tom Baker');
    expect(timeline.map(({ kind }) => kind).filter((kind) => kind.startsWith('agent '))).toEqual([
      'agent ready',
      'agent lost',
      'agent back',
      'agent lost',
      'agent failed',
    ]);
    expect(timeline.find(({ kind }) => kind === 'announcement')?.text).toBe('One moment, please.');
  });

  test('mute, silent, malformed, flooding, too long: each caller hears why it ends, each call has its own words', async () => {
    at.server = await BotServer.open();
    const talk = async (settings: BotAgent['settings']) => {
      await at.stage.agent({
        kind: 'twilio',
        connection: { kind: 'twilio', url: at.server.url },
        settings: settings ?? {},
      });
      const call = await at.stage.call();
      const bot = await at.server.next();
      await call.answered();
      return { call, bot, stream: await twilioStream(bot) };
    };
    const mute = await talk({ firstWordSeconds: 5 });
    mute.stream.say(toneBytes(1300, 400, pcmu));
    await mute.call.rtp.ear.hears(1300);
    // "hello?", again and again
    const hello = Int16Array.from({ length: 40_000 }, (_, at) => (at < 4000 ? 8000 * Math.sin(at) : 0));
    const asking = Int16Array.from({ length: 5 * hello.length }, (_, at) => hello[at % hello.length] ?? 0);
    void mute.call.rtp.say(samplesSource(asking, mute.call.rtp.codec));
    const long = await talk({ maxDurationSeconds: 10, closingMessage: 'Time is up.' });
    long.bot.speak(1300, pcmu, long.stream.say);
    const silent = await talk({ firstWordSeconds: 1 });
    const malformed = await talk({ fallbackMessage: 'Sorry.' });
    for (let nth = 0; nth < 60; nth++) malformed.bot.socket.send('nonsense');
    const flooding = await talk({ fallbackMessage: 'Sorry.' });
    flooding.bot.socket.send('x'.repeat(7_000_000));
    for (const { call } of [silent, malformed, flooding]) {
      await until(() => call.rtp.ear.level(200) > 100 || call.phase === 'ended', { what: 'the message' });
      expect(
        call.rtp.ear.frames.some(({ payload }) => loudness(decodeFrames(call.rtp.codec, [payload])) > 100),
      ).toBe(true);
    }
    await long.call.rtp.ear.hears(1300);
    await long.call.rtp.ear.stopsHearing(1300, { timeoutMs: 15_000 });
    await until(() => long.call.rtp.ear.level(200) > 100, { what: 'the closing message' });
    for (const [{ call }, outcome, fault] of [
      [mute, 'Agent failed: its bot stopped answering', 'agent'],
      [silent, 'Reached us, agent never spoke', 'agent'],
      [malformed, 'Agent failed: its bot sent what cannot be understood', 'agent'],
      [flooding, 'Agent failed: its bot sent more than can be taken', 'agent'],
      [long, 'Ended at the maximum duration', 'configuration'],
    ] as const) {
      await call.ended(20_000);
      expect(await at.stage.past(call)).toMatchObject({ outcome, fault });
    }
    const { timeline } = await at.stage.past(mute.call);
    expect(timeline.filter(({ kind }) => /^agent|announcement/.test(kind)).map(({ text }) => text)).toEqual([
      expect.stringMatching(/is ready$/),
      'The bot has gone quiet: it has not answered the caller for 5 s',
      expect.stringMatching(/One moment, please/),
      expect.stringMatching(/it has not answered the caller for 5 s, for the second time$/),
      expect.stringMatching(/Goodbye/),
    ]);
  });

  test('kill -9 of the controller: the next one connects the bot again, with the conversation so far', async () => {
    const calls: BotCall[] = [];
    const answers: boolean[] = [];
    const bot = await serveBot({
      port: 0,
      onCall: (call) => {
        calls.push(call);
        call.onAnswered = ({ resumed }) => answers.push(resumed);
      },
    });
    await at.stage.agent({
      kind: 'offhook',
      connection: { kind: 'offhook', url: `ws://127.0.0.1:${bot.port}/` },
    });
    const call = await at.stage.call();
    await call.answered();
    await until(() => answers.length === 1, { what: 'the bot to know that it is answered' });
    calls[0]?.transcript('agent', 'Which department?');
    calls[0]?.transcript('caller', 'Billing.');
    await calls[0]?.mark();
    // written down, so that it outlives the process
    await until(
      async () => {
        const metrics = await (await fetch(`${at.scene.offhook.url}/metrics`)).text();
        return /^offhook_history_pending 0$/m.test(metrics);
      },
      { what: 'the history to be written' },
    );
    await at.scene.offhook.kill();
    await at.scene.offhook.start();
    await until(() => answers.length === 2, { what: 'the bot again', timeoutMs: 20_000 });
    expect(answers).toEqual([false, true]);
    expect(calls[1]?.start.conversation).toEqual([
      { speaker: 'agent', text: 'Which department?' },
      { speaker: 'caller', text: 'Billing.' },
    ]);
    calls[1]?.play(toneBytes(1300, 1000, l16(16_000)));
    await call.rtp.ear.hears(1300);
    calls[1]?.hangUp();
    await call.ended();
    expect((await at.stage.past(call)).outcome).toBe('Agent hung up');
    await bot.close();
  });
};
