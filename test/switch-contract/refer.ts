/** The switch port's contract: REFER, each thing that a PBX makes of it, and what is left of the call. */
import { expect, test } from 'vitest';
import type { ExtensionAccount } from '../../controller/switch/port.ts';
import { credentialsAreRight, digestFields, newChallenge } from '../kit/sip-digest.ts';
import { headerOf } from '../kit/sip-message.ts';
import { toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { type At, type Finish, hearEachOther, type Stage } from './stage.ts';

const target = (at: At, extension = '215') =>
  ({ extension, domain: at.host, port: at.port, transport: 'udp' }) as const;

/** A call from 100 through the real PBX to our extension, answered, with audio. */
const callThroughPbx = async (stage: Stage, account: ExtensionAccount, finish: Finish) => {
  const caller = await stage.phone('100', finish);
  const call = await caller.call(account.extension);
  const channel = await stage.events.offered(account.trunkId);
  await stage.switch.answer(channel.channelId);
  await call.answered();
  const voice = await stage.voice(channel, finish);
  await hearEachOther(call, voice);
  return { call, channel, voice };
};

export const referContract = (use: () => Stage): void => {
  test('accepted by a real PBX: the caller talks to the target, and our leg is ours to end', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const sarah = await stage.phone('215', onTestFinished);
    sarah.answerWithTone(1300);
    const { call, channel } = await callThroughPbx(stage, await stage.desk(), onTestFinished);
    expect(await stage.switch.refer(channel.channelId, target(stage.pbx), 15_000)).toEqual({
      result: 'accepted',
    });
    await stage.switch.hangUp(channel.channelId);
    expect((await stage.events.ended(channel.channelId)).by).toBe('us');
    await call.rtp.ear.hears(1300);
    const atSarah = await until(() => sarah.calls[0], { what: 'the call at 215' });
    void call.rtp.say(toneSource(500, call.rtp.codec));
    await atSarah.rtp.ear.hears(500);
    await stage.pbx.talking(['100', '215']);
    expect(call.phase).toBe('talking');
  });

  test('refused by a real PBX: the caller is still ours, and both hear each other', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await stage.registered(stage.account(stage.pbx, '1009'), onTestFinished);
    const { call, channel, voice } = await callThroughPbx(stage, account, onTestFinished);
    const result = await stage.switch.refer(channel.channelId, target(stage.pbx), 15_000);
    expect(result).toEqual({ result: 'refused', sipStatus: 603 });
    await hearEachOther(call, voice, { caller: 600, agent: 1100 });
    // and once more, since nothing may be left over from the first
    expect(await stage.switch.refer(channel.channelId, target(stage.pbx), 15_000)).toEqual(result);
    await hearEachOther(call, voice);
    await call.hangUp();
    expect(await stage.events.ended(channel.channelId)).toMatchObject({ by: 'caller', cause: 16 });
  });

  test('a number that a real PBX has not: failed, and what it says of the leg is true', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const { call, channel, voice } = await callThroughPbx(stage, await stage.desk(), onTestFinished);
    const result = await stage.switch.refer(channel.channelId, target(stage.pbx, '399'), 15_000);
    expect(result).toMatchObject({ result: 'failed', sipStatus: 404 });
    if (result.result === 'failed' && result.legAlive) await hearEachOther(call, voice);
    await stage.switch.hangUp(channel.channelId);
    await stage.events.ended(channel.channelId);
  });

  for (const status of [603, 405, 403, 500] as const) {
    test(`${status} to the REFER itself leaves the call as it was`, async ({ onTestFinished }) => {
      const stage = use();
      const { peer, call, channel, voice } = await stage.talking(onTestFinished);
      peer.onRefer = () => ({ status });
      expect(await stage.switch.refer(channel.channelId, target(peer), 10_000)).toEqual({
        result: 'refused',
        sipStatus: status,
      });
      expect(call.receivedOf('REFER')).toHaveLength(1);
      await hearEachOther(call, voice);
      expect(stage.events.hasEnded(channel.channelId)).toBe(false);
    });
  }

  test('the REFER names the target, and who refers', async ({ onTestFinished }) => {
    const stage = use();
    const { peer, call, channel } = await stage.talking(onTestFinished);
    await stage.switch.refer(channel.channelId, target(peer), 10_000);
    const refer = call.receivedOf('REFER')[0] ?? { headers: [] };
    expect(headerOf(refer, 'Refer-To')).toMatch(new RegExp(`^<?sip:215@127\\.0\\.0\\.1:${peer.port}\\b`));
    expect(headerOf(refer, 'Referred-By')).toContain('sip:');
  });

  test('a REFER that is never answered: silent, and the caller is still ours', async ({ onTestFinished }) => {
    const stage = use();
    const { peer, call, channel, voice } = await stage.talking(onTestFinished);
    peer.onRefer = () => ({ status: 'silent' });
    expect(await stage.switch.refer(channel.channelId, target(peer), 3000)).toEqual({
      result: 'silent',
      legAlive: true,
    });
    await hearEachOther(call, voice);
  });

  test('202 and then nothing: silent, and the caller is still ours', async ({ onTestFinished }) => {
    const stage = use();
    const { peer, call, channel, voice } = await stage.talking(onTestFinished);
    peer.onRefer = () => ({ status: 202 });
    expect(await stage.switch.refer(channel.channelId, target(peer), 3000)).toEqual({
      result: 'silent',
      legAlive: true,
    });
    await hearEachOther(call, voice);
  });

  for (const status of [486, 404, 603, 480, 503] as const) {
    test(`202 and then NOTIFY ${status}: failed, and what it says of the leg is true`, async ({
      onTestFinished,
    }) => {
      const stage = use();
      const { peer, call, channel, voice } = await stage.talking(onTestFinished);
      peer.onRefer = () => ({ status: 202, notifies: [{ status: 100 }, { status }] });
      const result = await stage.switch.refer(channel.channelId, target(peer), 10_000);
      expect(result).toMatchObject({ result: 'failed', sipStatus: status });
      if (result.result === 'failed' && result.legAlive) await hearEachOther(call, voice);
      await stage.switch.hangUp(channel.channelId);
      await stage.events.ended(channel.channelId);
      await call.ended();
    });
  }

  test('202, NOTIFY 100, 180, 200: accepted, after which we end our leg', async ({ onTestFinished }) => {
    const stage = use();
    const { peer, call, channel } = await stage.talking(onTestFinished);
    peer.onRefer = () => ({
      status: 202,
      notifies: [{ status: 100 }, { status: 180, afterMs: 300 }, { status: 200 }],
    });
    expect(await stage.switch.refer(channel.channelId, target(peer), 10_000)).toEqual({ result: 'accepted' });
    await stage.switch.hangUp(channel.channelId);
    expect((await stage.events.ended(channel.channelId)).by).toBe('us');
    await call.ended();
  });

  test('a PBX that hangs up our leg after the last NOTIFY is fine too', async ({ onTestFinished }) => {
    const stage = use();
    const { peer, channel } = await stage.talking(onTestFinished);
    peer.onRefer = () => ({ status: 202, notifies: [{ status: 100 }, { status: 200 }], thenHangUp: true });
    expect(await stage.switch.refer(channel.channelId, target(peer), 10_000)).toEqual({ result: 'accepted' });
    await stage.switch.hangUp(channel.channelId);
    await stage.events.ended(channel.channelId);
  });

  test('202 and then a BYE without a NOTIFY: the PBX has the caller; after NOTIFY 180 the caller has hung up', async ({
    onTestFinished,
  }) => {
    const stage = use();
    for (const [notifies, result] of [
      [[], { result: 'accepted', unconfirmed: true }],
      [[{ status: 100 }, { status: 180 }], { result: 'gone' }],
    ] as const) {
      const { peer, channel } = await stage.talking(onTestFinished);
      peer.onRefer = () => ({ status: 202, notifies, thenHangUp: true });
      expect(await stage.switch.refer(channel.channelId, target(peer), 10_000)).toEqual(result);
      expect((await stage.events.ended(channel.channelId)).by).toBe('caller');
    }
  });

  test('the caller hangs up before the PBX has said anything: gone', async ({ onTestFinished }) => {
    const stage = use();
    const { peer, call, channel } = await stage.talking(onTestFinished);
    peer.onRefer = () => {
      void call.hangUp();
      return { status: 'silent' };
    };
    expect(await stage.switch.refer(channel.channelId, target(peer), 10_000)).toEqual({ result: 'gone' });
    expect((await stage.events.ended(channel.channelId)).by).toBe('caller');
  });

  test('a REFER that is challenged is answered with the credentials of its own trunk', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const peer = await stage.peer(onTestFinished);
    const accounts = [];
    for (const extension of ['1000', '1001', '1002']) {
      accounts.push(await stage.registered(stage.account(peer, extension), onTestFinished));
    }
    for (const account of accounts) {
      const call = await peer.call(account.extension);
      const channel = await stage.events.offered(account.trunkId);
      await stage.switch.answer(channel.channelId);
      await call.answered();
      await stage.voice(channel, onTestFinished);
      let user: string | undefined;
      peer.onRefer = (request) => {
        const proof = headerOf(request, 'Proxy-Authorization');
        if (!proof) return { status: 407, headers: [['Proxy-Authenticate', newChallenge(peer.realm)]] };
        user = digestFields(proof).get('username');
        const right = credentialsAreRight(proof, 'REFER', `pw-${account.extension}`);
        return right ? { status: 202, notifies: [{ status: 100 }, { status: 200 }] } : { status: 403 };
      };
      const result = await stage.switch.refer(channel.channelId, target(peer), 10_000);
      expect({ user, result }).toEqual({ user: account.authId, result: { result: 'accepted' } });
      await stage.switch.hangUp(channel.channelId);
      await call.ended();
    }
  });
};
