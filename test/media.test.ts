/**
 * The media path as a whole, on each switch: every protocol of a bot on every codec of a line, and a recording that
 * outlives its controller.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PastCallWithTimeline } from '../controller/contract/call.ts';
import { decode } from '../controller/media/g711.ts';
import { headerBytes, rateOfHeader } from '../controller/recording/wav.ts';
import { botPrograms, type LineCodec } from './bots/bot-sides.ts';
import { Scene } from './journeys/scene.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { SipPhone } from './kit/sip-phone.ts';
import { switchesUnderTest } from './kit/switches.ts';
import { toneSamples, toneShare, toneSource, writeWav } from './kit/tone.ts';
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
      await until(async () => ((await recordingOf(scene, callId))?.audio.length ?? 0) > 40_000, {
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
      const recording = await until(
        async () => {
          const found = await recordingOf(scene, past.id);
          return found && heard(found, 'caller', 1100) && heard(found, 'agent', 1100) ? found : null;
        },
        { what: 'both sides of the second part in the recording' },
      );
      expect(recording.rate).toBe(8000);
      expect([heard(recording, 'caller', 700), heard(recording, 'agent', 700)]).toEqual([true, true]);
    });

    test('what lies above 4 kHz is in the recording of a wideband call, on both sides', async ({
      onTestFinished,
    }) => {
      // no phone of the kit speaks more than G.711: the PBX itself calls, and plays a file
      await writeWav(`${pbx.folder}/wide.wav16`, toneSamples(5000, 30, 8000, 16_000), 16_000);
      const prove = async (codec: 'G722' | 'OPUS', protocol: string): Promise<void> => {
        const open = botPrograms[protocol];
        if (!open) throw new Error(protocol);
        const program = await open(codec);
        onTestFinished(() => program.close());
        const { id: agentId } = await scene.agent({
          kind: program.connection.kind,
          connection: program.connection,
          settings: { recording: { enabled: true, notice: false, noticeText: '' } },
        } as Parameters<Scene['agent']>[0]);
        const trunk = await scene.pbxTrunk({ extension: lines[codec], codecs: [codec], agentId });
        await scene.status(trunk.id, `Registered as ext ${lines[codec]}`);
        await pbx.cli(`channel originate PJSIP/${lines[codec]} application Playback ${pbx.folder}/wide`);
        const bot = await program.next();
        bot.sayAhead(5500);
        const call = await until(() => scene.liveCalls(trunk.id)[0], { what: `a call over ${codec}` });
        const recording = await until(
          async () => {
            const found = await recordingOf(scene, call.id);
            return found && heard(found, 'caller', 5000) && heard(found, 'agent', 5500) ? found : null;
          },
          { what: `both tones in the recording over ${codec}`, timeoutMs: 15_000 },
        );
        expect(recording.rate).toBe(16_000);
        await scene.offhook.api('POST', `/calls/${call.id}/hang-up`);
        expect((await scene.outcome(trunk.id)).outcome).toBe('Hung up from the monitor');
      };
      // bots of 24 and of 16 kHz
      await Promise.all([prove('G722', 'jambonz streaming'), prove('OPUS', 'offhook.v1')]);
    });
  });
}

type Recorded = { rate: number; audio: Uint8Array };

/** null: there is none yet. */
const recordingOf = async (scene: Scene, callId: string): Promise<Recorded | null> => {
  const response = await fetch(`${scene.offhook.url}/api/v1/calls/${callId}/recording`, {
    headers: { Authorization: `Bearer ${scene.offhook.token}` },
  });
  if (!response.ok) return null;
  const file = new Uint8Array(await response.arrayBuffer());
  return { rate: rateOfHeader(file), audio: file.subarray(headerBytes) };
};

/** Whether a side has half a second of a tone somewhere. */
const heard = ({ rate, audio }: Recorded, side: 'caller' | 'agent', hz: number): boolean => {
  const samples = decode(
    'PCMU',
    audio.filter((_, at) => at % 2 === (side === 'caller' ? 0 : 1)),
  );
  const half = rate / 2;
  for (let at = 0; at + half <= samples.length; at += half / 2)
    if (toneShare(samples.subarray(at, at + half), hz, rate) > 0.8) return true;
  return false;
};
