/**
 * An agent that cannot start: here the receptionist's speech, because its folder cannot be made. The caller is never
 * left in silence, the PBX is told, the history says whose fault it was, and /readyz said so before anybody called.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SystemState } from '../controller/contract/live.ts';
import { Scene } from './journeys/scene.ts';
import { Offhook } from './kit/offhook.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { switchesUnderTest } from './kit/switches.ts';

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
      const offhook = await Offhook.prepare({ switch: kind });
      await writeFile(join(offhook.dataDir, 'speech'), 'a file where a folder has to be');
      await offhook.start({ without: 'speech' });
      scene = await Scene.around(offhook, pbx);
    });
    afterAll(() => scene?.close());

    test('/readyz says that speech does not work, and /system why', async () => {
      const response = await fetch(`${scene.offhook.url}/readyz`);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ ready: false, speech: { ready: false } });
      const said = await scene.offhook.api<SystemState>('GET', '/system');
      expect(said.speech).toMatchObject({ ready: false, text: expect.stringContaining('speech') });
    });

    test('with a fallback extension the caller is answered and put through to it', async () => {
      const agent = await scene.agent({ kind: 'receptionist', settings: { fallbackExtension: '100' } });
      const trunk = await scene.peerTrunk({ extension: '2010', agentId: agent.id });
      scene.peer.onRefer = () => ({
        status: 202,
        notifies: [{ status: 100 }, { status: 200 }],
        thenHangUp: true,
      });
      const call = await scene.peer.call('2010');
      await call.ended(30_000);
      const refer = call.received.find((request) => request.method === 'REFER');
      expect(refer?.headers.find(([name]) => name.toLowerCase() === 'refer-to')?.[1]).toContain('sip:100@');
      expect(await scene.outcome(trunk.id)).toMatchObject({
        outcome: 'Reached us, agent never started; transferred to 100',
        fault: 'agent',
      });
    });

    test('without one the PBX gets 480, so that it can go on by its own rules', async () => {
      const agent = await scene.agent({ kind: 'receptionist' });
      const trunk = await scene.peerTrunk({ extension: '2011', agentId: agent.id });
      const call = await scene.peer.call('2011');
      expect((await call.ended(30_000)).status).toBe(480);
      expect(await scene.outcome(trunk.id)).toMatchObject({
        outcome: 'Reached us, agent never started',
        fault: 'agent',
      });
    });
  });
}
