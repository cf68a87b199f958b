/**
 * SIP trunks as PBX admins use them, entirely through REST, on each switch: a real PBX registers on Offhook with what its
 * guide says, sends numbers, and has its callers handed back.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PastCall } from '../controller/contract/call.ts';
import type { Guide } from '../controller/contract/guide.ts';
import type { SipTrunk, SipTrunkWithPassword } from '../controller/contract/trunk.ts';
import { Scene } from './journeys/scene.ts';
import { testSecrets } from './journeys/secrets.ts';
import { TrunkDiagnostics } from './journeys/trunk-diagnostics.ts';
import { trunkOverTls } from './journeys/trunk-over-tls.ts';
import { endOfValidation } from './journeys/validation.ts';
import { Offhook } from './kit/offhook.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { registerNow, registrationIs, setTrunk } from './kit/pbx-trunk.ts';
import type { SipCall } from './kit/sip-call.ts';
import { headerOf } from './kit/sip-message.ts';
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
      const environment = { LOG_LEVEL: 'trace', WEBHOOK_PRIVATE_ADDRESSES: 'yes' };
      scene = await Scene.around(await Offhook.started({ switch: kind, environment }), pbx);
      await scene.offhook.api('PATCH', '/settings', { defaultCountry: 'ZA' });
    });
    afterEach(() => scene.clear());
    afterAll(() => scene?.close());

    const create = (input: object): Promise<SipTrunkWithPassword> =>
      scene.offhook.api<SipTrunkWithPassword>('POST', '/trunks', {
        connectionType: 'sip-trunk',
        domain: pbx.host,
        port: pbx.port,
        ...input,
      });
    /** Where the guide tells a PBX to register. */
    const registrarOf = async (trunkId: string): Promise<{ host: string; port: number }> => {
      const answer = await fetch(`${scene.offhook.url}/api/v1/trunks/${trunkId}/guide`, {
        headers: { Accept: 'application/json', Authorization: `Bearer ${scene.offhook.token}` },
      });
      const guide = (await answer.json()) as Guide;
      expect(guide.introduction).toContain('from the machine itself only');
      const values = new Map(
        guide.steps.flatMap((step) => step.values.map(({ label, value }) => [label, value])),
      );
      return { host: values.get('Registrar') ?? '', port: Number(values.get('Registrar port')) };
    };
    const status = (trunkId: string) => scene.offhook.api<SipTrunk>('GET', `/trunks/${trunkId}`);
    const phone = async (extension: string): Promise<SipPhone> => SipPhone.registered({ pbx, extension });
    const hearsItself = async (caller: SipPhone, number: string, hz: number) => {
      const call = await caller.call(number);
      await call.answered();
      void call.rtp.say(toneSource(hz, call.rtp.codec));
      await call.rtp.ear.hears(hz);
      return call;
    };
    /** The trunk's newest call to a number, once it has an outcome. */
    const past = async (trunkId: string, calledNumber: string, outcome?: string): Promise<PastCall> =>
      until(
        async () => {
          const { items } = await scene.offhook.api<{ items: PastCall[] }>(
            'GET',
            `/calls?trunkId=${trunkId}`,
          );
          const call = items.find(
            (one) => one.calledNumber === calledNumber && (outcome === undefined || one.outcome === outcome),
          );
          return call?.outcome ? call : null;
        },
        { what: `the outcome of a call to ${calledNumber}`, timeoutMs: 20_000, everyMs: 100 },
      );

    testSecrets({ scene: () => scene, registrarOf });

    test('a PBX registers, calls a number in any spelling, is limited, and has its caller transferred', async () => {
      const agent = await scene.agent({ kind: 'echo' });
      const trunk = await create({ name: 'Head office', concurrentCallLimit: 1 });
      expect((await status(trunk.id)).status.text).toBe('Waiting for PBX');
      await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
      const number = { number: '087 250 0100', trunkId: trunk.id, agentId: agent.id };
      const { id: numberId } = await scene.offhook.api<{ id: string }>('POST', '/numbers', number);
      const registrar = await registrarOf(trunk.id);
      const { username, password } = trunk;
      // a wrong password first: the admin is told from where and when, and never what was tried
      await setTrunk(pbx, { registrar, credentials: { username, password: 'not-the-password' } });
      const told = await until(
        async () => {
          const { check } = (await status(trunk.id)).status;
          return check.includes('wrong password') ? check : null;
        },
        { what: 'the wrong password to be told', everyMs: 200, timeoutMs: 20_000 },
      );
      expect(told).toMatch(/wrong password \d+ s ago from 127\.0\.0\.1\./);
      expect(told).not.toContain('not-the-password');
      await setTrunk(pbx, { registrar, credentials: { username, password: password ?? '' } });
      await registerNow(pbx);
      await scene.status(trunk.id, 'Active', 20_000);
      const active = await status(trunk.id);
      expect(active.status.check).toBe('');
      expect(active.registration?.sourceAddress).toBe('127.0.0.1');

      const caller = await phone('101');
      const sarah = await phone('215');
      sarah.answerWithTone(1300);
      for (const [number, hz] of [
        ['0872500100', 900],
        ['27872500100', 700],
      ] as const) {
        const call = await hearsItself(caller, number, hz);
        await call.hangUp();
        const ended = { outcome: 'Caller hung up', agentName: agent.name, callerNumber: '101' };
        expect(await past(trunk.id, number)).toMatchObject(ended);
      }
      const call = await hearsItself(caller, '+27872500100', 800);
      // one more is refused: the trunk takes one call
      const second = await phone('102');
      expect((await (await second.call('0872500100')).ended()).status).toBe(503);
      await past(trunk.id, '0872500100', 'Refused: over the concurrent-call limit');
      const [live] = scene.liveCalls(trunk.id).filter(({ state }) => state === 'talking');
      await scene.offhook.api('POST', `/calls/${live?.id ?? ''}/transfer`, { ext: '215' });
      await call.rtp.ear.hears(1300);
      await pbx.talking(['101', '215']);
      await past(trunk.id, '+27872500100', 'Transferred to 215 Sarah');
      await call.hangUp();
      // nobody's number is refused by name
      expect((await (await caller.call('0872500199')).ended()).status).toBe(404);
      await past(trunk.id, '0872500199', 'Refused: the number is not assigned to an agent');
      const secrets = [password ?? '', 'not-the-password'];
      const diagnostics = new TrunkDiagnostics({ scene, trunkId: trunk.id, numberId, secrets });
      await diagnostics.afterCalls(agent.name);

      // rolled back: it stays configured, and takes neither calls nor registrations
      await scene.offhook.api('PATCH', `/trunks/${trunk.id}`, { active: false });
      await scene.status(trunk.id, 'Inactive');
      await registerNow(pbx);
      await registrationIs(pbx, 'Rejected');
      await diagnostics.afterDeactivation(caller, '0872500100');
      await Promise.all([caller, sarah, second].map((one) => one.close()));
      await scene.offhook.api('PATCH', `/trunks/${trunk.id}`, { active: true });
      await registerNow(pbx);
      await scene.status(trunk.id, 'Active', 20_000);
    });

    test('attended with a briefing, bridged, and checked by a call of its own: over the SIP trunk too', async () => {
      const agent = await scene.agent({ kind: 'echo' });
      const trunk = await create({
        name: 'Called',
        pbxType: 'asterisk',
        agentId: agent.id,
        transferMode: 'attended',
        briefTarget: true,
      });
      await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
      await scene.offhook.api('POST', '/numbers', { number: '087 250 0100', trunkId: trunk.id });
      const registrar = await registrarOf(trunk.id);
      const { username, password } = trunk;
      await setTrunk(pbx, { registrar, credentials: { username, password: password ?? '' } });
      await registerNow(pbx);
      await scene.status(trunk.id, 'Active', 20_000);
      const [caller, sarah] = [await phone('101'), await phone('215')];
      const talking = async (): Promise<string> =>
        (
          await until(() => scene.liveCalls(trunk.id).find(({ state }) => state === 'talking'), {
            what: 'the call at the monitor',
          })
        ).id;
      const transfer = (callId: string) =>
        scene.offhook.api<{ result: string; callerStillHere: boolean }>('POST', `/calls/${callId}/transfer`, {
          ext: '215',
        });
      const hears = async (call: SipCall, hz: number) => {
        void call.rtp.say(toneSource(hz, call.rtp.codec));
        await call.rtp.ear.hears(hz);
      };
      const bothHear = async (one: SipCall, other: SipCall) => {
        void one.rtp.say(toneSource(500, one.rtp.codec));
        void other.rtp.say(toneSource(1300, other.rtp.codec));
        await Promise.all([one.rtp.ear.hears(1300), other.rtp.ear.hears(500)]);
      };
      const call = await hearsItself(caller, '0872500100', 900);
      const callId = await talking();
      sarah.onCall = (rung) => rung.reject(486);
      expect(await transfer(callId)).toEqual({ result: 'busy', callerStillHere: true });
      await hears(call, 700);
      // she hears who calls, and hangs up; the caller hears ringing, and then the agent again
      sarah.onCall = (rung) => rung.answer();
      const declined = transfer(callId);
      const rings = call.rtp.ear.hears(425, { timeoutMs: 8000 });
      const first = await until(() => sarah.calls[1], { what: 'the second call at 215' });
      await until(() => first.rtp.ear.level(300) > 100, { what: 'the briefing' });
      await rings;
      await first.hangUp();
      expect(await declined).toEqual({ result: 'declined', callerStillHere: true });
      await hears(call, 900);
      // she hears it to its end, and gets the caller
      const transferred = transfer(callId);
      const second = await until(() => sarah.calls[2], { what: 'the third call at 215' });
      expect(await transferred).toEqual({ result: 'transferred', callerStillHere: false });
      await bothHear(call, second);
      await pbx.talking(['101', '215']);
      const { id } = await past(trunk.id, '0872500100', 'Transferred to 215 Sarah');
      const { timeline } = await scene.timeline(id);
      expect(timeline.find(({ kind }) => kind === 'announcement')?.text).toMatch(
        /^To 215 Sarah: Call from .*1 0 1\. Connecting you now\.$/,
      );
      await call.hangUp();
      await scene.offhook.api('PATCH', `/trunks/${trunk.id}`, { transferMode: 'bridge', briefTarget: false });
      const next = await hearsItself(caller, '+27872500100', 800);
      expect(await transfer(await talking())).toEqual({ result: 'transferred', callerStillHere: false });
      const third = sarah.calls[3];
      if (!third) throw new Error('215 was not called');
      await bothHear(next, third);
      await third.hangUp();
      expect((await next.ended()).by).toBe('them');
      // and the nine points, the test call placed by Offhook
      sarah.onCall = (rung) => rung.ring();
      await scene.offhook.api('PATCH', `/trunks/${trunk.id}`, { transferMode: 'refer' });
      await scene.offhook.api('POST', `/trunks/${trunk.id}/validate`, { transferTo: '215' });
      const validation = await endOfValidation(scene, trunk.id);
      expect(validation.mode).toBe('dial');
      expect(
        validation.points.map(({ result, text, check }) => `${result} ${text} ${check}`).join('\n'),
      ).toMatch(/^(?:passed .+\n){8}passed .+$/);
      await Promise.all([caller.close(), sarah.close()]);
      // a kind of PBX that takes no such call says so, and what to do
      await scene.offhook.api('PATCH', `/trunks/${trunk.id}`, { pbxType: '3cx' });
      await expect(
        scene.offhook.api('POST', `/trunks/${trunk.id}/validate`, { mode: 'dial' }),
      ).rejects.toThrow('by its inbound rules');
    });

    test('a rotated password overlaps, over a restart of the controller, and the registration is never lost', async () => {
      const agent = await scene.agent({ kind: 'echo' });
      // this one over TCP
      const trunk = await create({ name: 'Rotated', agentId: agent.id, transport: 'tcp' });
      const registrar = await registrarOf(trunk.id);
      const { username } = trunk;
      const use = (password: string | null) =>
        setTrunk(pbx, { registrar, credentials: { username, password: password ?? '' }, tcp: true });
      await use(trunk.password);
      await registerNow(pbx);
      await scene.status(trunk.id, 'Active', 20_000);
      expect((await status(trunk.id)).registration?.contact).toMatch(/;transport=tcp/i);
      const path = `/trunks/${trunk.id}/rotate-password`;
      const rotated = await scene.offhook.api<SipTrunkWithPassword>('POST', path, { overlapSeconds: 3600 });
      expect(rotated.notice).toBe('');
      expect(rotated.password).not.toBe(trunk.password);
      await registerNow(pbx);
      await registrationIs(pbx, 'Registered');
      await scene.offhook.kill();
      await scene.offhook.start();
      await scene.status(trunk.id, 'Active', 10_000);
      // the old one, after the restart; a call too
      await registerNow(pbx);
      await registrationIs(pbx, 'Registered');
      const caller = await phone('101');
      await (await hearsItself(caller, '0872500100', 900)).hangUp();
      await use(rotated.password);
      await registerNow(pbx);
      await registrationIs(pbx, 'Registered');
      await (await hearsItself(caller, '0872500100', 700)).hangUp();
      await caller.close();
      // a short overlap: afterwards the one before is refused, and the registration that stands still stands
      const last = await scene.offhook.api<SipTrunkWithPassword>('POST', path, { overlapSeconds: 2 });
      await until(async () => (await status(trunk.id)).oldPasswordUntil === null, {
        what: 'the end of the overlap',
        everyMs: 100,
      });
      await registerNow(pbx);
      await until(async () => (await status(trunk.id)).status.check.includes('wrong password'), {
        what: 'the old password to be refused',
        everyMs: 100,
      });
      expect((await status(trunk.id)).status.text).toBe('Active');
      await use(last.password);
      await registerNow(pbx);
      await registrationIs(pbx, 'Registered');
      await until(async () => (await status(trunk.id)).status.check === '', {
        what: 'nothing to be wrong any more',
        everyMs: 100,
      });
    });

    test('a PBX over TLS trusts the certificate that the API gives, and speaks encrypted audio both ways', async () => {
      const plain = await registrarOf((await create({ name: 'For its port' })).id);
      await trunkOverTls({ scene, create, registrarOf, plain });
    });

    test('a PBX that only calls, beside an extension on the same one; only its own address is let in', async () => {
      const agent = await scene.agent({ kind: 'echo' });
      const trunk = await create({
        name: 'By address',
        agentId: agent.id,
        authentication: 'ip-allowlist',
        allowedAddresses: ['127.0.0.51'],
      });
      expect(trunk.password).toBeNull();
      const extension = await scene.pbxTrunk({ extension: '1000', agentId: agent.id });
      await scene.status(extension.id, 'Registered as ext 1000');
      expect((await status(trunk.id)).status.text).toBe('Waiting for PBX');
      const at = await registrarOf(trunk.id);
      const open = (host: string) => SipPhone.open({ pbx: at, extension: '300', password: 'none', host });
      const allowed = await open('127.0.0.51');
      const call = await hearsItself(allowed, '27872500100', 900);
      expect(headerOf(call.invite, 'Authorization') || headerOf(call.invite, 'Proxy-Authorization')).toBe('');
      await call.hangUp();
      await scene.status(trunk.id, 'Active');
      expect(await past(trunk.id, '27872500100')).toMatchObject({ callerNumber: '300' });
      // the next controller knows of that call, for which nothing in the switch is left
      await scene.offhook.kill();
      await scene.offhook.start();
      await scene.status(trunk.id, 'Active', 10_000);
      const stranger = await open('127.0.0.52');
      expect([401, 403, 407]).toContain((await (await stranger.call('27872500100')).ended()).status);
      const caller = await phone('101');
      await (await hearsItself(caller, '1000', 700)).hangUp();
      expect(await past(extension.id, '1000')).toMatchObject({ outcome: 'Caller hung up' });
      // where encrypted audio is required and the PBX offers none, both kinds of trunk say so
      for (const [of, number, from] of [
        [trunk, '27872500100', allowed],
        [extension, '1000', caller],
      ] as const) {
        await scene.offhook.api('PATCH', `/trunks/${of.id}`, { mediaEncryption: 'required' });
        await until(async () => (await (await from.call(number)).ended()).status === 488, {
          what: `488 to a call to ${number}`,
          everyMs: 200,
        });
        const outcome = 'Refused: the PBX offered no encrypted audio (SRTP), which the trunk requires';
        expect(await past(of.id, number, outcome)).toMatchObject({ fault: 'configuration' });
      }
      await caller.close();
      allowed.vanish();
      stranger.vanish();
    });
  });
}
