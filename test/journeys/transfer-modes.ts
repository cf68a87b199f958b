/**
 * The three ways to hand a caller over: attended and bridge at the real PBX with tones, and what a PBX turned out to refuse
 * at a scripted one. A person at the monitor transfers, as an agent would.
 */
import { afterEach, expect, test } from 'vitest';
import type { TransferResult } from '../../controller/contract/call.ts';
import type { Diagnostics } from '../../controller/contract/diagnostics.ts';
import type { Trunk } from '../../controller/contract/trunk.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import type { Scene } from './scene.ts';
import { endOfValidation } from './validation.ts';

export const transferModeJourneys = (use: () => Scene): void => {
  let phones: SipPhone[] = [];
  afterEach(async () => {
    await Promise.all(phones.map((phone) => phone.close()));
    phones = [];
  });
  const phone = async (extension: string): Promise<SipPhone> => {
    const made = await SipPhone.registered({ pbx: use().pbx, extension });
    phones.push(made);
    return made;
  };
  const trunkTo = async (extension: string, transferMode: 'attended' | 'bridge'): Promise<Trunk> => {
    const scene = use();
    const agent = await scene.agent({ kind: 'echo' });
    const trunk = await scene.pbxTrunk({ extension, agentId: agent.id, transferMode });
    await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
    await scene.status(trunk.id, `Registered as ext ${extension}`);
    return trunk;
  };
  const hearsItself = async (call: SipCall): Promise<void> => {
    void call.rtp.say(toneSource(500, call.rtp.codec));
    await call.rtp.ear.hears(500);
  };
  /** Through the monitor, as soon as the call stands. */
  const transfer = async (trunkId: string, ext: string) => {
    const scene = use();
    const live = await until(
      () => scene.liveCalls(trunkId).find(({ state }) => state === 'talking' || state === 'bridged'),
      { what: 'the call at the monitor' },
    );
    return scene.offhook.api<{ result: TransferResult; callerStillHere: boolean }>(
      'POST',
      `/calls/${live.id}/transfer`,
      { ext },
    );
  };
  const bothHear = async (caller: SipCall, target: SipCall): Promise<void> => {
    void caller.rtp.say(toneSource(500, caller.rtp.codec));
    void target.rtp.say(toneSource(1300, target.rtp.codec));
    await Promise.all([caller.rtp.ear.hears(1300), target.rtp.ear.hears(500)]);
  };

  test('attended: a busy target and one that is not there leave the caller with the agent; one that answers gets him', async () => {
    const scene = use();
    const trunk = await trunkTo('1000', 'attended');
    const [caller, sarah] = [await phone('100'), await phone('215')];
    const call = await caller.call('1000');
    await call.answered();
    await hearsItself(call);
    sarah.onCall = (rung) => rung.reject(486);
    expect(await transfer(trunk.id, '215')).toEqual({ result: 'busy', callerStillHere: true });
    await hearsItself(call);
    // nothing that is not in the directory is dialled, unless the trunk allows it
    expect((await transfer(trunk.id, '399')).result).toBe('no such extension');
    await scene.offhook.api('PATCH', `/trunks/${trunk.id}`, { allowAnyExtension: true });
    const before = (await scene.pbx.log()).length;
    expect(await transfer(trunk.id, '399')).toEqual({ result: 'no such extension', callerStillHere: true });
    expect((await scene.pbx.log()).slice(before)).toContain('399');
    await hearsItself(call);
    sarah.answerWithTone(1300);
    expect(await transfer(trunk.id, '215')).toEqual({ result: 'transferred', callerStillHere: false });
    const atSarah = sarah.calls.at(-1);
    if (!atSarah) throw new Error('215 was not called');
    await bothHear(call, atSarah);
    await scene.pbx.talking(['100', '215']);
    await until(async () => !(await scene.pbx.channels()).some(({ ext }) => ext === '1000'), {
      what: 'our legs to be released',
    });
    expect(await scene.outcome(trunk.id)).toMatchObject({
      outcome: 'Transferred to 215 Sarah',
      transferredTo: '215',
    });
    await until(
      async () =>
        (await scene.offhook.api<Trunk>('GET', `/trunks/${trunk.id}`)).transferSupport.replaces?.supported,
      { what: 'it to be remembered', everyMs: 100 },
    );
  });

  test('bridge: both talk through Offhook, until one hangs up; kill -9 changes nothing, and ends a validation cleanly', async () => {
    const scene = use();
    const trunk = await trunkTo('1001', 'bridge');
    const [caller, sarah] = [await phone('100'), await phone('215')];
    sarah.answerWithTone(1300);
    const call = await caller.call('1001');
    await call.answered();
    await hearsItself(call);
    expect(await transfer(trunk.id, '215')).toEqual({ result: 'transferred', callerStillHere: false });
    const atSarah = sarah.calls.at(-1);
    if (!atSarah) throw new Error('215 was not called');
    await bothHear(call, atSarah);
    expect(scene.liveCalls(trunk.id).at(-1)?.state).toBe('bridged');
    // a validation that waits, and a registration that fails
    const waiting = await scene.pbxTrunk({ extension: '1002', agentId: trunk.agentId });
    const wrong = await scene.pbxTrunk({ extension: '1003', password: 'wrong' });
    await scene.status(wrong.id, 'Failed — Authentication required');
    await scene.status(waiting.id, 'Registered as ext 1002');
    await until(
      async () =>
        (await scene.offhook.api<Diagnostics>('GET', `/trunks/${wrong.id}/diagnostics`)).errors.length > 0,
      { what: 'the failure to be written down', everyMs: 200 },
    );
    await scene.offhook.api('POST', `/trunks/${waiting.id}/validate`, { mode: 'call-in' });
    await scene.offhook.kill();
    await bothHear(call, atSarah);
    await scene.offhook.start();
    await until(
      async () => {
        const { items } = await scene.offhook.api<{ items: { state: string }[] }>('GET', '/calls?live=true');
        return items[0]?.state === 'bridged';
      },
      { what: 'the call to be found bridged', everyMs: 100 },
    );
    await bothHear(call, atSarah);
    const { points } = await endOfValidation(scene, waiting.id);
    expect(points.find(({ name }) => name === 'route')).toMatchObject({
      result: 'skipped',
      text: 'Offhook was restarted in the middle of it.',
    });
    const diagnosed = (trunkId: string) =>
      scene.offhook.api<Diagnostics>('GET', `/trunks/${trunkId}/diagnostics`);
    // the next controller may have met the same failure again
    expect((await diagnosed(wrong.id)).errors.at(-1)).toMatchObject({
      source: 'registration',
      text: 'Failed — Authentication required',
    });
    expect((await diagnosed(waiting.id)).errors).toEqual([]);
    await scene.offhook.api('POST', `/trunks/${waiting.id}/validate`, { mode: 'call-in', waitSeconds: 3 });
    await call.hangUp();
    expect((await atSarah.ended()).by).toBe('them');
    expect(await scene.outcome(trunk.id)).toMatchObject({
      outcome: 'Transferred to 215 Sarah',
      fault: 'none',
    });
  });

  test('a PBX that knows no REFER: told, remembered, shown, and bridged the next time', async () => {
    const scene = use();
    const agent = await scene.agent({ kind: 'echo' });
    const trunk = await scene.peerTrunk({ extension: '2001', agentId: agent.id });
    await scene.status(trunk.id, 'Registered as ext 2001');
    await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
    scene.peer.onRefer = () => ({ status: 405 });
    const call = await scene.peer.call('2001');
    await call.answered();
    await hearsItself(call);
    expect(await transfer(trunk.id, '215')).toEqual({ result: 'not permitted', callerStillHere: true });
    await hearsItself(call);
    const { transferSupport } = await until(
      async () => {
        const known = await scene.offhook.api<Trunk>('GET', `/trunks/${trunk.id}`);
        return known.transferSupport.refer === null ? null : known;
      },
      { what: 'it to be remembered', everyMs: 100 },
    );
    expect(transferSupport.refer).toMatchObject({ supported: false, sipStatus: 405 });
    const transferred = transfer(trunk.id, '215');
    const atSarah = await scene.peer.nextCall();
    expect(atSarah.invite.uri).toContain('sip:215@');
    atSarah.ring();
    atSarah.answer();
    expect(await transferred).toEqual({ result: 'transferred', callerStillHere: false });
    await bothHear(call, atSarah);
    expect(call.receivedOf('REFER')).toHaveLength(1);
    await atSarah.hangUp();
    expect((await call.ended()).by).toBe('them');
    expect((await scene.outcome(trunk.id)).outcome).toBe('Transferred to 215 Sarah');
    // another PBX, or one that was changed: found out again
    const changed = await scene.offhook.api<Trunk>('PATCH', `/trunks/${trunk.id}`, {
      transferMode: 'refer',
    });
    expect(changed.transferSupport).toEqual({ refer: null, replaces: null });
  });

  test('attended, where the PBX knows no Replaces: bridged at once, and nobody is lost', async () => {
    const scene = use();
    const agent = await scene.agent({ kind: 'echo' });
    const trunk = await scene.peerTrunk({ extension: '2002', agentId: agent.id, transferMode: 'attended' });
    await scene.status(trunk.id, 'Registered as ext 2002');
    await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
    scene.peer.onRefer = () => ({ status: 501 });
    const call = await scene.peer.call('2002');
    await call.answered();
    await hearsItself(call);
    const transferred = transfer(trunk.id, '215');
    const atSarah = await scene.peer.nextCall();
    atSarah.ring();
    // the caller hears that somebody is called for him
    await call.rtp.ear.hears(425, { timeoutMs: 8000 });
    atSarah.answer();
    expect(await transferred).toEqual({ result: 'transferred', callerStillHere: false });
    await bothHear(call, atSarah);
    await call.hangUp();
    await atSarah.ended();
  });

  test('the caller hangs up while the target rings: so does the target', async () => {
    const scene = use();
    const trunk = await trunkTo('1002', 'attended');
    const [caller, sarah] = [await phone('100'), await phone('215')];
    sarah.onCall = (rung) => rung.ring();
    const call = await caller.call('1002');
    await call.answered();
    await hearsItself(call);
    const transferred = transfer(trunk.id, '215');
    const rung = await until(() => sarah.calls.at(-1), { what: '215 to ring' });
    await call.hangUp();
    expect((await transferred).result).toBe('caller gone');
    await rung.ended();
    expect((await scene.outcome(trunk.id)).outcome).toBe('Caller hung up during the transfer to 215 Sarah');
  });
};
