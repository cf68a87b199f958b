/**
 * Whole journeys through Offhook as its users run it: a process with its API and its live monitor, a real PBX, phones,
 * on each switch. Audio is proved by tones.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Trunk } from '../controller/contract/trunk.ts';
import { browserAudioJourneys } from './journeys/browser-audio.ts';
import { Scene } from './journeys/scene.ts';
import { transferModeJourneys } from './journeys/transfer-modes.ts';
import { transferJourneys } from './journeys/transfers.ts';
import { validationJourneys } from './journeys/validation.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { headerOf, parseNameAddress, parseSipUri } from './kit/sip-message.ts';
import { ordinaryRegistrar, type RegisterAttempt, SipPeer } from './kit/sip-peer.ts';
import { SipPhone } from './kit/sip-phone.ts';
import { sippCalls } from './kit/sipp.ts';
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

    test('a wrong password is told in words, repaired, and registered', async () => {
      const trunk = await scene.pbxTrunk({ extension: '1000', password: 'wrong' });
      const failed = await scene.status(trunk.id, 'Failed — Authentication required');
      expect(failed.status.check).toContain('1000');
      await scene.offhook.api('PATCH', `/trunks/${trunk.id}`, { password: 'pw-1000' });
      await scene.status(trunk.id, 'Registered as ext 1000');
      expect((await pbx.registered('1000')).ext).toBe('1000');
      await scene.offhook.api('DELETE', `/trunks/${trunk.id}`);
      await pbx.unregistered('1000');
    });

    test.each([
      ['1011', 'Failed — Forbidden (403)'],
      ['1012', 'Failed — Unknown extension (404)'],
    ])('extension %s: %s', async (extension, text) => {
      const trunk = await scene.pbxTrunk({ extension });
      await scene.status(trunk.id, text);
    });

    test('a name that does not exist is told from a PBX that is silent', async ({ onTestFinished }) => {
      const trunk = await scene.pbxTrunk({ extension: '1000', domain: 'no-such-pbx.invalid' });
      const silent = await SipPeer.open({ onRegister: () => 'silent' });
      onTestFinished(() => silent.close());
      const other = await scene.pbxTrunk({ extension: '1001', domain: silent.host, port: silent.port });
      await scene.status(trunk.id, 'Failed — Name not found');
      const failed = await scene.status(other.id, 'Failed — No answer from the PBX', 60_000);
      expect(failed.status.check).not.toBe('');
    });

    test('a deactivated trunk is unregistered, stays configured, and comes back', async () => {
      const trunk = await scene.pbxTrunk({ extension: '1001' });
      await scene.status(trunk.id, 'Registered as ext 1001');
      await scene.offhook.api('PATCH', `/trunks/${trunk.id}`, { active: false });
      await scene.status(trunk.id, 'Inactive');
      await pbx.unregistered('1001');
      await scene.offhook.api('PATCH', `/trunks/${trunk.id}`, { active: true });
      await scene.status(trunk.id, 'Registered as ext 1001');
    });

    test.each(['deleted', 'moved'])(
      'an extension whose trunk was just %s is registered anew behind the last word of the old one',
      async (how) => {
        // extensions of its own: what the scripted PBX has noted of these outlives the test
        const old = await scene.peerTrunk({ extension: '2010' });
        await scene.status(old.id, 'Registered as ext 2010');
        const { contact: oldContact } = await scene.peer.registrationOf('2010');
        const ofOld = ({ user, contact }: RegisterAttempt) => user === '2010' && contact === oldContact;
        // the old one's leave-taking is slow: the PBX answers what is sent again only
        let unanswered = 2;
        const before = scene.peer.attempts.length;
        scene.peer.onRegister = (attempt) =>
          ofOld(attempt) && unanswered-- > 0 ? 'silent' : ordinaryRegistrar(attempt);
        if (how === 'deleted') await scene.offhook.api('DELETE', `/trunks/${old.id}`);
        else
          await scene.offhook.api('PATCH', `/trunks/${old.id}`, { extension: '2011', password: 'pw-2011' });
        const trunk = await scene.pbxTrunk({
          extension: '2010',
          domain: scene.peer.host,
          port: scene.peer.port,
        });
        await scene.status(trunk.id, 'Registered as ext 2010');
        const attempts = scene.peer.attempts.slice(before).filter(({ user }) => user === '2010');
        expect(attempts.some(ofOld)).toBe(true);
        expect(attempts.slice(attempts.findIndex((attempt) => !ofOld(attempt))).filter(ofOld)).toEqual([]);
      },
    );

    test('Re-register tries at once', async () => {
      scene.peer.onRegister = () => ({ status: 403 });
      const trunk = await scene.offhook.api<Trunk>('POST', '/trunks', {
        name: 'Re-register',
        extension: '2000',
        password: 'pw-2000',
        domain: scene.peer.host,
        port: scene.peer.port,
      });
      await scene.status(trunk.id, 'Failed — Forbidden (403)');
      scene.peer.onRegister = () => ({});
      await scene.offhook.api('POST', `/trunks/${trunk.id}/re-register`);
      await scene.status(trunk.id, 'Registered as ext 2000', 10_000);
    });

    test('the echo agent answers a phone of the PBX; the history tells the call', async () => {
      const agent = await scene.agent({ kind: 'echo' });
      const trunk = await scene.pbxTrunk({ extension: '1002', agentId: agent.id });
      await scene.status(trunk.id, 'Registered as ext 1002');
      const phone = await SipPhone.registered({ pbx, extension: '101', name: 'Anna Caller' });
      const call = await phone.call('1002');
      await call.answered();
      void call.rtp.say(toneSource(900, call.rtp.codec));
      await call.rtp.ear.hears(900);
      await call.hangUp();
      await phone.close();
      const past = await scene.outcome(trunk.id);
      expect(past).toMatchObject({
        outcome: 'Caller hung up',
        fault: 'none',
        callerNumber: '101',
        agentName: agent.name,
      });
      const { timeline } = await scene.timeline(past.id);
      expect(timeline.map((entry) => entry.kind)).toEqual(['offered', 'agent ready', 'answered', 'ended']);
    });

    test('the receptionist transfers what was keyed in: the target is told of it, then both talk, Offhook is out', async () => {
      const agent = await scene.agent({ kind: 'receptionist' });
      const told = { transferMode: 'attended', briefTarget: true } as const;
      const trunk = await scene.pbxTrunk({ extension: '1003', agentId: agent.id, ...told });
      await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
      await scene.status(trunk.id, 'Registered as ext 1003');
      const [caller, sarah] = await Promise.all(
        ['101', '215'].map((extension) => SipPhone.registered({ pbx, extension })),
      );
      if (!caller || !sarah) throw new Error('no phones');
      sarah.answerWithTone(1300);
      const call = await caller.call('1003');
      await call.answered();
      await until(() => call.rtp.ear.level(300) > 100, { what: "the receptionist's voice" });
      await call.rtp.sendDigits('215');
      void call.rtp.say(toneSource(450, call.rtp.codec));
      await call.rtp.ear.hears(1300, { timeoutMs: 30_000 });
      await sarah.calls.at(-1)?.rtp.ear.hears(450);
      await pbx.talking(['101', '215']);
      const past = await scene.outcome(trunk.id);
      expect(past).toMatchObject({ outcome: 'Transferred to 215 Sarah', transferredTo: '215' });
      const { timeline } = await scene.timeline(past.id);
      expect(timeline.find(({ kind }) => kind === 'announcement')?.text).toMatch(
        /^To 215 Sarah: Call from .*1 0 1\. The caller pressed 2 1 5\. Connecting you now\.$/,
      );
      await until(async () => !(await pbx.channels()).some((channel) => channel.ext === '1003'), {
        what: 'our leg to be released',
      });
      await Promise.all([caller.close(), sarah.close()]);
    });

    test('the fallback extension is reached though no entry of the directory has it', async () => {
      const agent = await scene.agent({ kind: 'receptionist', settings: { fallbackExtension: '215' } });
      const trunk = await scene.pbxTrunk({ extension: '1003', agentId: agent.id });
      await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '300', name: 'Billing' });
      await scene.status(trunk.id, 'Registered as ext 1003');
      const [caller, sarah] = await Promise.all(
        ['101', '215'].map((extension) => SipPhone.registered({ pbx, extension })),
      );
      if (!caller || !sarah) throw new Error('no phones');
      sarah.answerWithTone(1300);
      const call = await caller.call('1003');
      await call.answered();
      await until(() => call.rtp.ear.level(300) > 100, { what: "the receptionist's voice" });
      await call.rtp.sendDigits('0');
      await call.rtp.ear.hears(1300, { timeoutMs: 30_000 });
      expect(await scene.outcome(trunk.id)).toMatchObject({
        outcome: 'Transferred to 215',
        transferredTo: '215',
      });
      await Promise.all([caller.close(), sarah.close()]);
    });

    test('a refused transfer gives the caller back to the receptionist, who says why; the next one works', async () => {
      const agent = await scene.agent({ kind: 'receptionist' });
      const trunk = await scene.peerTrunk({ extension: '2001', agentId: agent.id });
      await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
      scene.peer.onRefer = () => ({ status: 603 });
      const call = await scene.peer.call('2001');
      await call.answered();
      await until(() => call.rtp.ear.level(300) > 100, { what: "the receptionist's voice" });
      await call.rtp.sendDigits('215');
      await until(() => call.received.some((request) => request.method === 'REFER'), {
        what: 'a REFER',
        timeoutMs: 20_000,
      });
      const saidBefore = scene.agentSaid(trunk.id).length;
      await until(() => scene.agentSaid(trunk.id).length > saidBefore, {
        what: 'the reason',
        timeoutMs: 20_000,
      });
      await until(() => call.rtp.ear.level(300) > 100, { what: "the receptionist's voice again" });
      scene.peer.onRefer = () => ({
        status: 202,
        notifies: [{ status: 100 }, { status: 200 }],
        thenHangUp: true,
      });
      await call.rtp.sendDigits('215');
      await call.ended(20_000);
      const past = await scene.outcome(trunk.id);
      expect(past.outcome).toBe('Transferred to 215 Sarah');
      const results = (await scene.timeline(past.id)).timeline.filter(
        (entry) => entry.kind === 'transfer result',
      );
      expect(results.map((entry) => entry.data?.['result'])).toEqual(['declined', 'transferred']);
    });

    test('one call over the limit is refused with 503 and says so in the history', async () => {
      const agent = await scene.agent({ kind: 'echo' });
      const trunk = await scene.peerTrunk({ extension: '2002', agentId: agent.id, concurrentCallLimit: 1 });
      const first = await scene.peer.call('2002');
      await first.answered();
      const second = await scene.peer.call('2002');
      expect((await second.ended()).status).toBe(503);
      // Asterisk has no way to say when (docs/switches.md)
      const later = second.finalResponse && headerOf(second.finalResponse, 'Retry-After');
      expect(later).toBe(kind === 'freeswitch' ? '30' : '');
      expect(await scene.outcome(trunk.id)).toMatchObject({
        outcome: 'Refused: over the concurrent-call limit',
        fault: 'configuration',
      });
      void first.rtp.say(toneSource(700, first.rtp.codec));
      await first.rtp.ear.hears(700);
      await first.hangUp();
    });

    test('without an agent the call is refused by name', async () => {
      const trunk = await scene.peerTrunk({ extension: '2003' });
      const call = await scene.peer.call('2003');
      expect((await call.ended()).status).toBe(480);
      expect((await scene.outcome(trunk.id)).outcome).toBe('Refused: no agent is linked to the trunk');
    });

    test('sixty calls by sipp, twenty a second: all answered, all in the history, nothing left behind', async () => {
      const agent = await scene.agent({ kind: 'echo' });
      const trunk = await scene.peerTrunk({ extension: '2005', agentId: agent.id, concurrentCallLimit: 100 });
      const { contact } = await scene.peer.registrationOf('2005');
      const requestUri = parseNameAddress(contact).uri;
      const run = await sippCalls({
        requestUri,
        target: parseSipUri(requestUri),
        calls: 60,
        callsPerSecond: 20,
        holdMs: 500,
      });
      expect(run, run.output).toMatchObject({ code: 0, successful: 60, failed: 0 });
      await until(
        () => scene.liveCalls(trunk.id).filter((call) => call.outcome === 'Caller hung up').length === 60,
        {
          what: 'sixty outcomes',
        },
      );
      const { items } = await scene.offhook.api<{ items: unknown[] }>('GET', '/calls?live=true');
      expect(items).toEqual([]);
    });

    test('a caller name of 4 kB with everything in it is shown harmlessly', async () => {
      const agent = await scene.agent({ kind: 'echo' });
      const trunk = await scene.peerTrunk({ extension: '2004', agentId: agent.id });
      const name = `%n\${system rm}{a,b}'<x>&amp;;|\u0007${'ä'.repeat(1900)}`;
      const call = await scene.peer.call('2004', { from: `"${name}" <sip:100@${scene.peer.host}>` });
      await call.answered();
      void call.rtp.say(toneSource(700, call.rtp.codec));
      await call.rtp.ear.hears(700);
      await call.hangUp();
      const past = await scene.outcome(trunk.id);
      expect(past.callerName.length).toBeLessThanOrEqual(200);
      expect(past.callerName).toContain('{system rm}{a,b}');
      expect(past.callerName).not.toMatch(/\p{Cc}/u);
    });

    describe('validate', () => validationJourneys(() => scene));
    describe('transfer modes', () => transferModeJourneys(() => scene));
    describe('browsers', () => browserAudioJourneys(() => scene));
    describe('transfers', () => transferJourneys(() => scene));
  });
}
