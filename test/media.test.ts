/**
 * The media path as a whole, on each switch: every protocol of a bot on every codec of a line, and a recording that
 * outlives its controller.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PastCallWithTimeline } from '../controller/contract/call.ts';
import { decode } from '../controller/media/g711.ts';
import { headerBytes } from '../controller/recording/wav.ts';
import { botPrograms, type LineCodec } from './bots/bot-sides.ts';
import { Scene } from './journeys/scene.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { SipPhone } from './kit/sip-phone.ts';
import { switchesUnderTest } from './kit/switches.ts';
import { toneShare, toneSource } from './kit/tone.ts';
import { until } from './kit/until.ts';

/** Extensions of the test PBX by the only codec that their trunk may speak. */
const lines: Record<LineCodec, string> = { PCMU: '1001', PCMA: '1002', G722: '1022', OPUS: '1048' };

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

    test('every protocol on every codec: tones both ways, and interrupted at the phone', async ({
      onTestFinished,
    }) => {
      const phone = await SipPhone.registered({ pbx, extension: '101' });
      onTestFinished(() => phone.close());
      const cells = await Promise.all(
        Object.entries(lines).flatMap(([codec, extension]) =>
          Object.entries(botPrograms).map(async ([protocol, open]) => {
            const program = await open(codec as LineCodec);
            onTestFinished(() => program.close());
            const { id } = await scene.agent({
              kind: program.connection.kind,
              connection: program.connection,
            } as Parameters<Scene['agent']>[0]);
            return { name: `${protocol} on ${codec}`, extension, codec, program, agentId: id };
          }),
        ),
      );
      const failures: string[] = [];
      const prove = async (cell: (typeof cells)[number], nth: number): Promise<void> => {
        // tones of its own, so that no call can stand in for another
        const [fromCaller, fromBot] = [400 + 100 * nth, 2300 - 100 * nth];
        const call = await phone.call(cell.extension);
        const bot = await cell.program.next();
        await call.answered();
        void call.rtp.say(toneSource(fromCaller, call.rtp.codec));
        bot.sayAhead(fromBot);
        await Promise.all([bot.hears(fromCaller), call.rtp.ear.hears(fromBot)]);
        bot.interrupt();
        await call.rtp.ear.stopsHearing(fromBot);
        await bot.hears(fromCaller);
        await call.hangUp();
      };
      // all at once, but for the agent of a line, which is another one for each call
      await Promise.all(
        Object.entries(lines).map(async ([codec, extension]) => {
          const trunk = await scene.pbxTrunk({ extension, codecs: [codec as LineCodec] });
          await scene.status(trunk.id, `Registered as ext ${extension}`);
          const proofs: Promise<void>[] = [];
          for (const [nth, cell] of cells.entries()) {
            if (cell.codec !== codec) continue;
            await scene.offhook.api('PATCH', `/trunks/${trunk.id}`, { agentId: cell.agentId });
            const proof = prove(cell, nth).catch((error: unknown) => {
              failures.push(`${cell.name}: ${String(error)}`);
            });
            proofs.push(proof);
            // the next agent when this call has its own
            await until(() => scene.liveCalls(trunk.id).some(({ agentId }) => agentId === cell.agentId), {
              what: `a call for ${cell.name}`,
            });
          }
          await Promise.all(proofs);
        }),
      );
      expect(failures).toEqual([]);
    });

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
