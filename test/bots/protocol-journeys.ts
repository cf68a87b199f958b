/** Each protocol on a real switch: tones both ways, interruption heard at the phone, REST, tools. */
import { expect, test } from 'vitest';
import { type BotCall, serveBot } from '../../controller/bots/client/offhook-bot.ts';
import { l16, pcmu } from '../../controller/contract/audio.ts';
import { Scene } from '../journeys/scene.ts';
import { BotServer, to8k, toneBytes } from '../kit/bot-server.ts';
import { RealtimeServer } from '../kit/realtime-server.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { toneShare, toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { type BotJourney } from './bot-stage.ts';

import { twilioStream } from './twilio-stream.ts';

export const protocolJourneys = (at: BotJourney): void => {
  test('Twilio: the documented messages, tones both ways, interruption at the phone, stop', async () => {
    at.server = await BotServer.open();
    await at.stage.agent({
      kind: 'twilio',
      connection: { kind: 'twilio', url: at.server.url, parameters: { campaign: 'spring' } },
    });
    const call = await at.stage.call();
    const bot = await at.server.next();
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
    expect((await at.stage.past(call)).outcome).toBe('Caller hung up');
  });

  test('Twilio: REST ends the call, as Pipecat does it, and transfers by TwiML with the result', async () => {
    at.server = await BotServer.open();
    const agentId = await at.stage.agent({
      kind: 'twilio',
      connection: { kind: 'twilio', url: at.server.url, authToken: 'rest-secret' },
    });
    const accountSid = `AC${agentId.replaceAll('-', '')}`;
    const call = await at.stage.call();
    const bot = await at.server.next();
    await call.answered();
    const { start } = await twilioStream(bot);
    const { callSid } = start['start'] as { callSid: string };
    const rest = (form: Record<string, string>, token = 'rest-secret') =>
      fetch(`${at.scene.offhook.url}/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${token}`).toString('base64')}` },
        body: new URLSearchParams(form),
      });
    expect((await rest({ Status: 'completed' }, 'wrong')).status).toBe(401);
    at.scene.peer.onRefer = () => ({ status: 603 });
    const declined = await rest({ Twiml: '<Response><Dial>215</Dial></Response>' });
    expect(await declined.json()).toMatchObject({ offhook: { result: 'declined', callerStillHere: true } });
    expect(call.phase).toBe('talking');
    expect((await rest({ Status: 'completed' })).status).toBe(200);
    await call.ended();
    expect((await at.stage.past(call)).outcome).toBe('Agent hung up');
    const gone = await rest({ Status: 'completed' });
    expect([gone.status, ((await gone.json()) as { code: number }).code]).toEqual([404, 20404]);
  });

  test('OpenAI Realtime: tones both ways, interruption heard at the phone, truncated to what was played', async () => {
    const model = await RealtimeServer.open();
    at.server = model.bots;
    await at.stage.agent({
      kind: 'openai-realtime',
      connection: { kind: 'openai-realtime', url: model.url },
    });
    const call = await at.stage.call();
    const session = await model.next();
    await call.answered();
    void call.rtp.say(toneSource(900, call.rtp.codec));
    await session.connection.hears(900);
    session.saysMs = 30_000;
    const { itemId } = session.respond({ leaveOpen: true });
    await call.rtp.ear.hears(1300);
    session.speechStarted();
    await call.rtp.ear.stopsHearing(1300);
    await until(() => session.named('conversation.item.truncate').length > 0, { what: 'the truncation' });
    const truncated = session.named('conversation.item.truncate').find(({ item_id }) => item_id === itemId);
    const heardMs = call.rtp.ear.framesWith(1300).length * 20;
    expect(heardMs).toBeLessThan(30_000 / 5);
    // the greeting may have been heard before it
    expect(truncated?.audio_end_ms).toBeLessThanOrEqual(heardMs + 100);
    expect(session.errors).toEqual([]);
    await call.hangUp();
    const { timeline, outcome } = await at.stage.past(call);
    expect(outcome).toBe('Caller hung up');
    expect(timeline.map((entry) => entry.kind)).toContain('interrupted');
    expect(timeline.find((entry) => entry.kind === 'agent said')?.text).toBe('a tone of 1300 Hz');
  });

  test('jambonz: tones both ways at 16 kHz, killAudio heard at the phone', async () => {
    at.server = await BotServer.open();
    await at.stage.agent({
      kind: 'jambonz',
      connection: { kind: 'jambonz', url: at.server.url, sampleRate: 16_000 },
    });
    const call = await at.stage.call();
    const bot = await at.server.next();
    await call.answered();
    bot.onBinary = (bytes) => bot.hear(bytes, l16(16_000));
    await until(() => bot.messages.length > 0, { what: 'the metadata' });
    expect(bot.request.headers['sec-websocket-protocol']).toContain('audio.jambonz.org');
    void call.rtp.say(toneSource(900, call.rtp.codec));
    await bot.hears(900);
    for (let at = 0; at < 30_000; at += 1000) bot.socket.send(toneBytes(1300, 1000, l16(16_000), at));
    await call.rtp.ear.hears(1300);
    bot.send({ type: 'killAudio' });
    await call.rtp.ear.stopsHearing(1300);
    bot.send({ type: 'disconnect' });
    await call.ended();
    expect((await at.stage.past(call)).outcome).toBe('Agent hung up');
  });

  test('offhook.v1 through the real PBX: rings until ready, tones both ways, a tool transfers to a phone', async () => {
    let ready = (): void => undefined;
    const calls: BotCall[] = [];
    const bot = await serveBot({
      port: 0,
      onCall: (call) => {
        calls.push(call);
        return new Promise<void>((resolve) => {
          ready = resolve;
        });
      },
    });
    const agent = await at.scene.agent({
      kind: 'offhook',
      connection: { kind: 'offhook', url: `ws://127.0.0.1:${bot.port}/` },
    } as Parameters<Scene['agent']>[0]);
    const trunk = await at.scene.pbxTrunk({ extension: '1003', agentId: agent.id });
    await at.scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
    await at.scene.status(trunk.id, 'Registered as ext 1003');
    const [caller, sarah] = await Promise.all(
      ['101', '215'].map((extension) => SipPhone.registered({ pbx: at.scene.pbx, extension })),
    );
    if (!caller || !sarah) throw new Error('no phones');
    sarah.answerWithTone(1700);
    const call = await caller.call('1003');
    await call.rings();
    const side = await until(() => calls[0], { what: 'the call at the bot' });
    expect(call.phase).toBe('calling');
    expect(side.start).toMatchObject({ from: { number: '101' }, to: '1003' });
    let heard: Buffer = Buffer.alloc(0);
    side.onAudio = (audio) => {
      heard = Buffer.concat([heard, audio]).subarray(-9600);
    };
    ready();
    await call.answered();
    void call.rtp.say(toneSource(900, call.rtp.codec));
    await until(() => toneShare(to8k(heard, l16(16_000)), 900) > 0.85, { what: '900 Hz at the bot' });
    side.play(toneBytes(1300, 1000, l16(16_000)));
    await call.rtp.ear.hears(1300);
    const transfer = side.tool('transfer_to_pbx', { destination: 'put me through to Sarah' });
    await call.rtp.ear.hears(1700, { timeoutMs: 20_000 });
    expect(await transfer).toMatchObject({ result: 'transferred', to: '215', name: 'Sarah' });
    expect((await at.scene.outcome(trunk.id)).outcome).toBe('Transferred to 215 Sarah');
    await Promise.all([caller.close(), sarah.close()]);
    await bot.close();
    await at.scene.offhook.api('DELETE', `/trunks/${trunk.id}`);
  });

  test('the address for tools works while the call lives, and never after it', async () => {
    at.server = await BotServer.open();
    await at.stage.agent({ kind: 'jambonz', connection: { kind: 'jambonz', url: at.server.url } });
    const call = await at.stage.call();
    const bot = await at.server.next();
    await call.answered();
    const [metadata] = await until(() => (bot.messages.length > 0 ? bot.messages : null), {
      what: 'the metadata',
    });
    if (!metadata) throw new Error('no metadata');
    const { toolsUrl } = metadata['offhook'] as { toolsUrl: string };
    const tool = async (name: string, input: object) => {
      const response = await fetch(`${toolsUrl}/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(input),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    expect(await tool('transfer_to_pbx', { destination: 'Sarah' })).toMatchObject({
      status: 200,
      body: { result: 'ambiguous', candidates: [{ ext: '215' }, { ext: '216' }] },
    });
    expect(await tool('transfer_call', { number: '+27872500100' })).toMatchObject({
      body: { result: 'not allowed' },
    });
    expect(await tool('send_dtmf', { digits: '42' })).toMatchObject({ body: { result: 'sent' } });
    await until(() => call.rtp.digits === '42', { what: 'the digits at the phone' });
    expect(await tool('hang_up', {})).toMatchObject({ body: { result: 'hung up' } });
    await call.ended();
    expect((await at.stage.past(call)).outcome).toBe('Agent hung up');
    expect((await tool('hang_up', {})).status).toBe(404);
  });
};
