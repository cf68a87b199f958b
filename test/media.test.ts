/**
 * The media path as a whole, on each switch: every codec of a line with a bot of another rate, and a recording that outlives
 * its controller.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { l16 } from '../controller/contract/audio.ts';
import type { PastCallWithTimeline } from '../controller/contract/call.ts';
import { decode } from '../controller/media/g711.ts';
import { headerBytes } from '../controller/recording/wav.ts';
import { Scene } from './journeys/scene.ts';
import { BotServer } from './kit/bot-server.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { SipPhone } from './kit/sip-phone.ts';
import { switchesUnderTest } from './kit/switches.ts';
import { toneShare, toneSource } from './kit/tone.ts';
import { until } from './kit/until.ts';

let pbx: Pbx;
beforeAll(async () => {
  pbx = await startPbx();
});
afterAll(() => pbx.remove());

for (const { kind, missing } of switchesUnderTest()) {
  if (missing !== null) continue; // said by the switch contract and by the last line of the run
  describe(kind, () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await Scene.set(kind, pbx);
    });
    afterEach(() => scene.clear());
    afterAll(() => scene?.close());

    for (const [codec, extension, rate] of [
      ['PCMU', '1001', 16_000],
      ['PCMA', '1002', 24_000],
      ['G722', '1022', 24_000],
      ['OPUS', '1048', 16_000],
    ] as const) {
      test(`a line of ${codec} and a bot at ${rate} Hz hear each other`, async ({ onTestFinished }) => {
        const server = await BotServer.open();
        onTestFinished(() => server.close());
        const agent = await scene.agent({
          kind: 'jambonz',
          connection: { kind: 'jambonz', url: server.url, mode: 'streaming', sampleRate: rate } as never,
        });
        const trunk = await scene.pbxTrunk({ extension, codecs: [codec], agentId: agent.id });
        await scene.status(trunk.id, `Registered as ext ${extension}`);
        const phone = await SipPhone.registered({ pbx, extension: '101' });
        onTestFinished(() => phone.close());
        const call = await phone.call(extension);
        const bot = await server.next();
        await call.answered();
        bot.onBinary = (bytes) => bot.hear(bytes, l16(rate));
        bot.speak(1300, l16(rate), (audio) => bot.socket.send(audio));
        void call.rtp.say(toneSource(900, call.rtp.codec));
        await Promise.all([bot.hears(900), call.rtp.ear.hears(1300)]);
        await call.hangUp();
      });
    }

    test('a recording goes on after kill -9 of the controller, caller left, agent right', async ({
      onTestFinished,
    }) => {
      const agent = await scene.agent({
        kind: 'echo',
        settings: { recording: { enabled: true, notice: true, noticeText: '' } },
      });
      const trunk = await scene.pbxTrunk({ extension: '1003', agentId: agent.id });
      await scene.status(trunk.id, 'Registered as ext 1003');
      const phone = await SipPhone.registered({ pbx, extension: '102' });
      onTestFinished(() => phone.close());
      const call = await phone.call('1003');
      await call.answered();
      void call.rtp.say(toneSource(700, call.rtp.codec));
      // the notice comes first; then the echo
      await call.rtp.ear.hears(700, { timeoutMs: 15_000 });
      const { items } = await scene.offhook.api<{ items: { id: string; trunkId: string }[] }>(
        'GET',
        '/calls?live=true',
      );
      const callId = items.find(({ trunkId }) => trunkId === trunk.id)?.id ?? '';
      await until(async () => (await recordingOf(scene, callId)).length > 40_000, {
        what: 'a recording that grows',
      });
      await scene.offhook.kill();
      await scene.offhook.start();
      await call.rtp.ear.hears(700, { timeoutMs: 20_000 });
      call.rtp.hush();
      void call.rtp.say(toneSource(1100, call.rtp.codec));
      await call.rtp.ear.hears(1100, { timeoutMs: 15_000, lastMs: 1000 });
      await call.hangUp();
      const past = await scene.outcome(trunk.id);
      const { timeline } = await scene.offhook.api<PastCallWithTimeline>('GET', `/calls/${past.id}`);
      expect(timeline.filter((entry) => entry.kind === 'recording').map((entry) => entry.text)).toEqual([
        'The call is recorded',
        'The recording goes on',
      ]);
      expect(timeline.filter((entry) => entry.kind === 'announcement').map((entry) => entry.text)).toEqual([
        'This call is recorded.',
      ]);
      const audio = await until(
        async () => {
          const bytes = await recordingOf(scene, past.id);
          return heard(bytes, 'caller', 1100) && heard(bytes, 'agent', 1100) ? bytes : null;
        },
        { what: 'both sides of the second part in the recording' },
      );
      expect([heard(audio, 'caller', 700), heard(audio, 'agent', 700)]).toEqual([true, true]);
    });
  });
}

const recordingOf = async (scene: Scene, callId: string): Promise<Uint8Array> => {
  const response = await fetch(`${scene.offhook.url}/api/v1/calls/${callId}/recording`, {
    headers: { Authorization: `Bearer ${scene.offhook.token}` },
  });
  return response.ok ? new Uint8Array(await response.arrayBuffer()).subarray(headerBytes) : new Uint8Array(0);
};

/** Whether a side has half a second of a tone somewhere. */
const heard = (audio: Uint8Array, side: 'caller' | 'agent', hz: number): boolean => {
  const samples = decode(
    'PCMU',
    audio.filter((_, at) => at % 2 === (side === 'caller' ? 0 : 1)),
  );
  for (let at = 0; at + 4000 <= samples.length; at += 2000)
    if (toneShare(samples.subarray(at, at + 4000), hz) > 0.8) return true;
  return false;
};
