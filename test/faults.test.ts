/**
 * What breaks: the controller, the switch, the PBX and the database are killed while calls and registrations stand, on
 * each switch. Everything recovers by itself, and the history tells what happened.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { PastCall } from '../controller/contract/call.ts';
import type { SystemState } from '../controller/contract/live.ts';
import { Scene } from './journeys/scene.ts';
import { AudioClient } from './kit/audio-client.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { SipPhone } from './kit/sip-phone.ts';
import { switchesUnderTest } from './kit/switches.ts';
import { toneSource } from './kit/tone.ts';
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

    /** A call that hears itself through the echo agent. */
    const echoCall = async (extension: string) => {
      const agent = await scene.agent({ kind: 'echo' });
      const trunk = await scene.pbxTrunk({ extension, agentId: agent.id });
      await scene.status(trunk.id, `Registered as ext ${extension}`);
      const phone = await SipPhone.registered({ pbx, extension: '101' });
      const call = await phone.call(extension);
      await call.answered();
      void call.rtp.say(toneSource(900, call.rtp.codec));
      await call.rtp.ear.hears(900);
      return { trunk, phone, call };
    };

    /** Somebody talks to an agent from the browser: a call that is on no switch, and ends with the controller. */
    const testConversation = async () => {
      const agent = await scene.agent({ kind: 'echo' });
      const client = await AudioClient.open(scene.offhook.url, scene.offhook.token);
      onTestFinished(() => client.close());
      client.say(700);
      client.tell({ type: 'start', intent: 'talk', agentId: agent.id });
      const { callId } = await client.told('started');
      await client.hears(700);
      await until(async () => (await scene.timeline(callId)).answeredAt !== null, {
        what: 'the conversation in the history',
        everyMs: 100,
      });
      return {
        client,
        isToldOf: async (): Promise<void> => {
          const past = await until(
            async () => {
              const found = await scene.timeline(callId);
              return found.outcome === null ? null : found;
            },
            { what: 'the outcome of the conversation', everyMs: 100 },
          );
          expect(past).toMatchObject({
            state: 'ended',
            isTest: true,
            outcome: 'Ended by a restart of Offhook',
            fault: 'offhook',
            advice: { check: expect.stringContaining('Talk to the agent again.') as string },
          });
        },
      };
    };

    test('kill -9 of the controller: the registration stands, the call goes on with the next one', async () => {
      const { trunk, phone, call } = await echoCall('1000');
      const registration = await pbx.contactOf('1000');
      const cut = await testConversation();
      await scene.offhook.kill();
      await call.rtp.ear.stopsHearing(900);
      await scene.offhook.start();
      await call.rtp.ear.hears(900, { timeoutMs: 20_000 });
      expect((await pbx.contactOf('1000'))?.callId).toBe(registration?.callId);
      await scene.status(trunk.id, 'Registered as ext 1000');
      await cut.isToldOf();
      await call.hangUp();
      const past = await scene.outcome(trunk.id);
      expect(past.outcome).toBe('Caller hung up');
      const { timeline } = await scene.timeline(past.id);
      expect(timeline.map((entry) => entry.kind)).toEqual([
        'offered',
        'agent ready',
        'answered',
        'adopted',
        'ended',
      ]);
      await phone.close();
    });

    test('SIGTERM ends in order and leaves the call standing', async () => {
      const { trunk, phone, call } = await echoCall('1001');
      const cut = await testConversation();
      await scene.offhook.stop();
      expect((await cut.client.told('ended')).reason).toBe('stopping');
      expect(call.phase).toBe('talking');
      await scene.offhook.start();
      await cut.isToldOf();
      await call.rtp.ear.hears(900, { timeoutMs: 20_000 });
      await call.hangUp();
      expect((await scene.outcome(trunk.id)).outcome).toBe('Caller hung up');
      await phone.close();
    });

    test('trunks change while calls stand and the controller is killed: who can go on does, who cannot is told', async () => {
      const [deactivated, agentless, deleted] = [
        await echoCall('1001'),
        await echoCall('1002'),
        await echoCall('1003'),
      ];
      await scene.offhook.api('PATCH', `/trunks/${deactivated.trunk.id}`, { active: false });
      await scene.offhook.api('PATCH', `/trunks/${agentless.trunk.id}`, { agentId: null });
      await scene.offhook.api('DELETE', `/trunks/${deleted.trunk.id}`);
      await scene.offhook.kill();
      await deactivated.call.rtp.ear.stopsHearing(900);
      await scene.offhook.start();
      for (const { trunk, call } of [deactivated, agentless]) {
        await call.rtp.ear.hears(900, { timeoutMs: 20_000 });
        await call.hangUp();
        const past = await scene.outcome(trunk.id);
        expect(past).toMatchObject({ outcome: 'Caller hung up', fault: 'none' });
        expect(past.agentName).not.toBeNull();
      }
      expect((await deleted.call.ended(20_000)).by).toBe('them');
      const past = await until(
        async () => {
          const { items } = await scene.offhook.api<{ items: PastCall[] }>('GET', '/calls?limit=5');
          return items.find((item) => item.trunkName === deleted.trunk.name && item.outcome !== null);
        },
        { what: 'the outcome', everyMs: 100 },
      );
      expect(past).toMatchObject({
        outcome: 'Ended after a restart: the trunk is not configured',
        fault: 'configuration',
      });
      await Promise.all([deactivated, agentless, deleted].map(({ phone }) => phone.close()));
    });

    test('kill -9 of the switch: the call is closed in words, switch and registration come back by themselves', async () => {
      const { trunk, phone, call } = await echoCall('1002');
      process.kill(await scene.offhook.switchPid(), 'SIGKILL');
      await until(async () => !(await fetch(`${scene.offhook.url}/readyz`)).ok, {
        what: '/readyz to say no',
      });
      const said = await scene.offhook.api<SystemState>('GET', '/system');
      expect(said.switch.text).toContain('not connected');
      await scene.offhook.ready();
      const past = await scene.outcome(trunk.id, 30_000);
      expect(past).toMatchObject({ outcome: 'Lost with the switch', fault: 'offhook', state: 'ended' });
      await call.hangUp();
      await scene.status(trunk.id, 'Registered as ext 1002');
      await until(
        async () => {
          const again = await phone.call('1002');
          const answered = await again.answered(3000).catch(() => null);
          if (!answered) return false;
          void again.rtp.say(toneSource(900, again.rtp.codec));
          await again.rtp.ear.hears(900);
          await again.hangUp();
          return true;
        },
        { what: 'a call after the restart', timeoutMs: 30_000 },
      );
      await phone.close();
    });

    test('the PBX is gone and comes back: said in words, registered again by itself', async () => {
      const agent = await scene.agent({ kind: 'echo' });
      const trunk = await scene.pbxTrunk({ extension: '1003', agentId: agent.id, expirySeconds: 30 });
      await scene.status(trunk.id, 'Registered as ext 1003');
      await pbx.kill();
      await until(
        async () =>
          (await scene.status(trunk.id, 'Failed — Connection refused', 60_000)).status.nextAttemptAt !== null,
        { what: 'the next attempt to be announced', timeoutMs: 60_000 },
      );
      await pbx.start();
      await scene.status(trunk.id, 'Registered as ext 1003', 60_000);
    });

    test('kill -9 of the database in mid-call: the call goes on, a new one is answered, the history is whole', async () => {
      const { trunk, phone, call } = await echoCall('1000');
      const pidFile = join(scene.offhook.dataDir, 'postgres', 'cluster', 'postmaster.pid');
      process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGKILL');
      const second = await phone.call('1000');
      await second.answered();
      void second.rtp.say(toneSource(700, second.rtp.codec));
      await second.rtp.ear.hears(700);
      await second.hangUp();
      await call.rtp.ear.hears(900);
      await call.hangUp();
      await until(
        async () => {
          const { items } = await scene.offhook
            .api<{ items: { outcome: string | null }[] }>('GET', `/calls?trunkId=${trunk.id}`)
            .catch(() => ({ items: [] }));
          return items.length === 2 && items.every((item) => item.outcome === 'Caller hung up');
        },
        { what: 'both calls in the history', timeoutMs: 30_000, everyMs: 200 },
      );
      await phone.close();
    });

    test('nothing of ours is left behind when all is stopped', async () => {
      const pid = await scene.offhook.switchPid();
      await scene.offhook.remove();
      await until(
        () =>
          !execFileSync('ps', ['-A', '-o', 'pid='], { encoding: 'utf8' }).split(/\s+/).includes(String(pid)),
        {
          what: 'the switch to be gone',
        },
      );
    });
  });
}
