/** The switch port's contract: calls that Offhook places itself, what becomes of them, and joining them with a caller. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { DialOrder, DialResult, ExtensionAccount, LiveChannel } from '../../controller/switch/port.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { headerOf } from '../kit/sip-message.ts';
import type { SipPhone } from '../kit/sip-phone.ts';
import { toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { type Finish, hearEachOther, type Stage } from './stage.ts';

const order = (account: ExtensionAccount, number: string, changes: Partial<DialOrder> = {}): DialOrder => ({
  channelId: randomUUID(),
  trunkId: account.trunkId,
  number,
  callerNumber: '',
  callerName: '',
  ringSeconds: 20,
  ...changes,
});

const answeredLeg = (dialled: DialResult): LiveChannel => {
  if (dialled.result !== 'answered') throw new Error(`not answered: ${JSON.stringify(dialled)}`);
  return dialled.channel;
};

/** Dials a phone of the real PBX that answers with a tone. */
const dialPhone = async (stage: Stage, account: ExtensionAccount, phone: SipPhone) => {
  const leg = answeredLeg(await stage.switch.dial(order(account, phone.extension)));
  const call = await until(() => phone.calls.at(-1), { what: 'the call at the phone' });
  return { leg, call };
};

/** A call from 100 through the real PBX that talks to us. */
const callFrom100 = async (stage: Stage, account: ExtensionAccount, finish: Finish) => {
  const phone = await stage.phone('100', finish);
  const call = await phone.call(account.extension);
  const channel = await stage.events.offered(account.trunkId);
  await stage.switch.answer(channel.channelId);
  await call.answered();
  const voice = await stage.voice(channel, finish);
  await hearEachOther(call, voice);
  return { call, channel, voice };
};

const bothHear = async (caller: SipCall, target: SipCall): Promise<void> => {
  void caller.rtp.say(toneSource(500, caller.rtp.codec));
  void target.rtp.say(toneSource(1300, target.rtp.codec));
  await Promise.all([caller.rtp.ear.hears(1300), target.rtp.ear.hears(500)]);
};

export const dialContract = (use: () => Stage): void => {
  test('an extension of a real PBX: it rings, is answered, talks, and is hung up by us', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await stage.desk();
    const sarah = await stage.phone('215', onTestFinished);
    sarah.answerWithTone(1300);
    let rang = 0;
    const dialled = await stage.switch.dial(order(account, '215', { onRinging: () => rang++ }));
    const leg = answeredLeg(dialled);
    expect(rang).toBe(1);
    expect(leg).toMatchObject({ trunkId: account.trunkId, calledNumber: '215', answered: true });
    expect(leg.sipCallId).not.toBe('');
    const call = await until(() => sarah.calls.at(-1), { what: 'the call at 215' });
    await hearEachOther(call, await stage.voice(leg, onTestFinished), { caller: 500, agent: 900 });
    await stage.switch.hangUp(leg.channelId);
    expect((await call.ended()).by).toBe('them');
    expect((await stage.events.ended(leg.channelId)).by).toBe('us');
    // it was ours from the beginning: nobody may take it for a caller
    expect(stage.events.of('offered').some(({ channel }) => channel.channelId === leg.channelId)).toBe(false);
  });

  test('digits go both ways on it, and its end by the other side is told', async ({ onTestFinished }) => {
    const stage = use();
    const account = await stage.desk();
    const sarah = await stage.phone('215', onTestFinished);
    sarah.answerWithTone(1300);
    const { leg, call } = await dialPhone(stage, account, sarah);
    const voice = await stage.voice(leg, onTestFinished);
    await hearEachOther(call, voice);
    await call.rtp.sendDigits('42');
    await until(() => stage.events.digits(leg.channelId) === '42', { what: '42' });
    await call.hangUp();
    expect(await stage.events.ended(leg.channelId)).toMatchObject({ by: 'caller', cause: 16 });
  });

  test('what a real PBX says instead of an answer comes back as its SIP status', async () => {
    const stage = use();
    const account = await stage.desk();
    for (const [number, sipStatus] of [
      ['703', 486],
      ['399', 404],
      ['705', 403],
    ] as const)
      expect(await stage.switch.dial(order(account, number)), number).toEqual({
        result: 'refused',
        sipStatus,
      });
  });

  test('ringing is given up after its time, and when we hang up', async ({ onTestFinished }) => {
    const stage = use();
    const account = await stage.desk();
    const sarah = await stage.phone('215', onTestFinished);
    sarah.onCall = (call) => call.ring();
    expect(await stage.switch.dial(order(account, '215', { ringSeconds: 2 }))).toEqual({
      result: 'no answer',
    });
    await sarah.calls.at(-1)?.ended();
    const second = order(account, '215');
    let rings: () => void = () => undefined;
    const ringing = new Promise<void>((resolve) => {
      rings = resolve;
    });
    const dialled = stage.switch.dial({ ...second, onRinging: rings });
    await ringing;
    await stage.switch.hangUp(second.channelId);
    expect(await dialled).toEqual({ result: 'cancelled' });
    await sarah.calls.at(-1)?.ended();
  });

  test('the target sees who calls, whatever he calls himself', async ({ onTestFinished }) => {
    const stage = use();
    const { peer, account } = await stage.house();
    const callerName = `Eve ' } {a=b}, "x" \${y} <z>;\u0001 van Dam`;
    const dialled = stage.switch.dial(
      order(account, '+27872500100', { callerNumber: '+27821234567', callerName }),
    );
    const call = await peer.nextCall();
    onTestFinished(() => call.hangUp());
    expect(call.invite.uri).toMatch(/^sip:(\+|%2B)27872500100@/i);
    expect(headerOf(call.invite, 'P-Asserted-Identity')).toMatch(/Eve .*van Dam.*<sip:\+27821234567@/);
    expect(headerOf(call.invite, 'From')).toContain('sip:1000@');
    call.ring();
    call.answer();
    const leg = answeredLeg(await dialled);
    await hearEachOther(call, await stage.voice(leg, onTestFinished));
    await call.hangUp();
    await stage.events.ended(leg.channelId);
  });

  test('a trunk that requires encryption offers keys, and no plain leg comes of it', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const peer = await stage.peer(onTestFinished);
    const account = await stage.registered(
      stage.account(peer, '1000', { mediaEncryption: 'required' }),
      onTestFinished,
    );
    const dialled = stage.switch.dial(order(account, '215'));
    const call = await peer.nextCall();
    expect(call.invite.body).toMatch(/^a=crypto:/m);
    call.reject(488);
    expect(await dialled).toEqual({ result: 'refused', sipStatus: 488 });
  });

  test('what cannot be dialled is refused before anything is sent', async () => {
    const stage = use();
    const { peer, account } = await stage.house();
    const calls = peer.calls.length;
    for (const number of ['', '21 5', '215@evil', '215;x', "2'15", '215,216', 'x', '2\n15', '${system(id)}'])
      await expect(stage.switch.dial(order(account, number))).rejects.toMatchObject({ code: 'bad-argument' });
    await expect(stage.switch.dial(order(account, '215', { channelId: 'x' }))).rejects.toMatchObject({
      code: 'bad-argument',
    });
    await expect(
      stage.switch.dial(order({ ...account, trunkId: 'trunk-nobody' }, '215')),
    ).rejects.toMatchObject({ code: 'rejected' });
    expect(peer.calls).toHaveLength(calls);
  });

  test('our own extension: the PBX brings the call back to us, and the two legs hear each other', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await stage.desk();
    const dialling = stage.switch.dial(order(account, account.extension));
    const offered = await stage.events.offered(account.trunkId);
    await stage.switch.answer(offered.channelId);
    const leg = answeredLeg(await dialling);
    expect(leg.channelId).not.toBe(offered.channelId);
    const [agent, test] = await Promise.all([
      stage.voice(offered, onTestFinished),
      stage.voice(leg, onTestFinished),
    ]);
    agent.say(900);
    test.say(500);
    await Promise.all([test.ear.hears(900), agent.ear.hears(500)]);
    await stage.switch.hangUp(leg.channelId);
    await Promise.all([stage.events.ended(leg.channelId), stage.events.ended(offered.channelId)]);
  });

  test('REFER with Replaces: the caller takes the place of our leg, and both of ours are out', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await stage.desk();
    const sarah = await stage.phone('215', onTestFinished);
    sarah.answerWithTone(1300);
    const { call, channel } = await callFrom100(stage, account, onTestFinished);
    const { leg, call: atSarah } = await dialPhone(stage, account, sarah);
    const target = {
      extension: '215',
      domain: stage.pbx.host,
      port: stage.pbx.port,
      transport: 'udp',
      replaces: leg.channelId,
    } as const;
    expect(await stage.switch.refer(channel.channelId, target, 15_000)).toEqual({ result: 'accepted' });
    await stage.switch.hangUp(channel.channelId);
    await stage.events.ended(channel.channelId);
    // the PBX drops the leg that was replaced
    await stage.events.ended(leg.channelId);
    await bothHear(call, atSarah);
    await stage.pbx.talking(['100', '215']);
  });

  for (const who of ['caller', 'target'] as const) {
    test(`bridged: caller and target talk through us, until the ${who} hangs up`, async ({
      onTestFinished,
    }) => {
      const stage = use();
      const account = await stage.desk();
      const sarah = await stage.phone('215', onTestFinished);
      sarah.answerWithTone(1300);
      const { call, channel, voice } = await callFrom100(stage, account, onTestFinished);
      const { leg, call: atSarah } = await dialPhone(stage, account, sarah);
      await stage.switch.bridge(channel.channelId, leg.channelId);
      await bothHear(call, atSarah);
      voice.ear.clear();
      await (who === 'caller' ? call : atSarah).hangUp();
      expect((await (who === 'caller' ? atSarah : call).ended()).by).toBe('them');
      await Promise.all([stage.events.ended(channel.channelId), stage.events.ended(leg.channelId)]);
      expect(voice.ear.frames).toHaveLength(0);
    });
  }

  test('a new controller ends a leg that waits for nobody, and leaves a bridged pair talking', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await stage.desk();
    const [sarah, thabo] = [
      await stage.phone('215', onTestFinished),
      await stage.phone('216', onTestFinished),
    ];
    for (const phone of [sarah, thabo]) phone.answerWithTone(1300);
    const { call, channel } = await callFrom100(stage, account, onTestFinished);
    const { leg, call: atSarah } = await dialPhone(stage, account, sarah);
    await stage.switch.bridge(channel.channelId, leg.channelId);
    await bothHear(call, atSarah);
    const { call: atThabo } = await dialPhone(stage, account, thabo);
    const ringing = await stage.phone('217', onTestFinished);
    ringing.onCall = (rung) => rung.ring();
    const lost = stage.switch.dial(order(account, '217'));
    const failed = expect(lost).rejects.toMatchObject({ code: 'disconnected' });
    const rung = await until(() => ringing.calls.at(-1), { what: '217 to ring' });
    await stage.switch.stop();
    await failed;
    await stage.reconnect();
    const { channels } = await stage.events.linkUp();
    expect(channels.map(({ channelId, bridgedTo }) => ({ channelId, bridgedTo }))).toEqual([
      { channelId: channel.channelId, bridgedTo: '215' },
    ]);
    expect((await atThabo.ended()).by).toBe('them');
    expect((await rung.ended()).by).toBe('them');
    await bothHear(call, atSarah);
    await call.hangUp();
    expect((await atSarah.ended()).by).toBe('them');
    await stage.events.ended(channel.channelId);
  });
};
