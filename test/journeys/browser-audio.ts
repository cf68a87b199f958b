/** Browsers at a call of a real phone: one listens, one takes over, hands back, takes over again and transfers. */
import { expect, test } from 'vitest';
import type { AuditEntry } from '../../controller/contract/audit.ts';
import type { CallRecord, PastCall } from '../../controller/contract/call.ts';
import { AudioClient } from '../kit/audio-client.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import type { Scene } from './scene.ts';

export const browserAudioJourneys = (scene: () => Scene): void => {
  test('an agent is talked to without any PBX: a test call, which transfers nobody', async ({
    onTestFinished,
  }) => {
    const { offhook } = scene();
    const agent = await scene().agent({ kind: 'echo' });
    const before = await endedCalls(offhook.url);
    // as behind a proxy on this machine
    const client = await AudioClient.open(offhook.url, offhook.token, { 'x-forwarded-for': '203.0.113.7' });
    onTestFinished(() => client.close());
    client.say(700);
    client.tell({ type: 'start', intent: 'talk', agentId: agent.id });
    const { callId } = await client.told('started');
    await client.hears(700);
    const { items } = await offhook.api<{ items: AuditEntry[] }>('GET', '/audit?limit=20');
    expect(items.find(({ resourceId }) => resourceId === agent.id)).toMatchObject({
      action: 'talkToAgent',
      address: '203.0.113.7',
    });
    expect(await offhook.api('POST', `/calls/${callId}/transfer`, { ext: '215' })).toEqual({
      result: 'not permitted',
      callerStillHere: true,
    });
    await client.hears(700);
    client.tell({ type: 'hang up' });
    expect((await client.told('ended')).reason).toBe('call over');
    const past = await until(
      async () => {
        const call = await scene().timeline(callId);
        return call.outcome === null ? null : call;
      },
      { what: 'the outcome' },
    );
    expect(past).toMatchObject({
      isTest: true,
      trunkId: null,
      trunkName: 'Browser',
      agentName: agent.name,
      outcome: 'Caller hung up',
      fault: 'none',
    });
    for (const isTest of [true, false]) {
      const { items: listed } = await offhook.api<{ items: PastCall[] }>('GET', `/calls?isTest=${isTest}`);
      expect(listed.some(({ id }) => id === callId)).toBe(isTest);
    }
    expect(past.timeline.map(({ kind }) => kind)).toEqual([
      'offered',
      'agent ready',
      'answered',
      'transfer result',
      'ended',
    ]);
    expect(await endedCalls(offhook.url)).toBe(before);
  });

  test('a call is listened to, taken over, handed back, taken over again and transferred', async ({
    onTestFinished,
  }) => {
    const { offhook, pbx } = scene();
    const agent = await scene().agent({ kind: 'echo' });
    const trunk = await scene().pbxTrunk({ extension: '1002', agentId: agent.id });
    await offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
    await scene().status(trunk.id, 'Registered as ext 1002');
    const [caller, sarah] = await Promise.all(
      ['101', '215'].map((extension) => SipPhone.registered({ pbx, extension })),
    );
    if (!caller || !sarah) throw new Error('no phones');
    onTestFinished(async () => {
      await Promise.all([caller.close(), sarah.close()]);
    });
    sarah.answerWithTone(1300);
    const call = await caller.call('1002');
    await call.answered();
    void call.rtp.say(toneSource(900, call.rtp.codec));
    await call.rtp.ear.hears(900);
    const live = await until(() => scene().liveCalls(trunk.id).at(-1), { what: 'the call' });
    const join = async (intent: 'listen' | 'take over'): Promise<AudioClient> => {
      const client = await AudioClient.open(offhook.url, offhook.token);
      onTestFinished(() => client.close());
      client.tell({ type: 'start', intent, callId: live.id });
      await client.told('started');
      return client;
    };

    const listener = await join('listen');
    await Promise.all([listener.hears(900, 'left'), listener.hears(900, 'right')]);
    const person = await join('take over');
    person.say(700);
    await Promise.all([
      person.hears(900),
      call.rtp.ear.hears(700),
      listener.hears(900, 'left'),
      listener.hears(700, 'right'),
    ]);
    const record = () => scene().liveCalls(trunk.id).at(-1) as CallRecord;
    expect(record().takenOverBy).toBe('the token in the data directory');
    person.tell({ type: 'hand back' });
    expect((await person.told('ended')).reason).toBe('handed back');
    await call.rtp.ear.hears(900);
    expect(record().takenOverBy).toBeUndefined();

    const again = await join('take over');
    again.say(600);
    await call.rtp.ear.hears(600);
    const { result } = await offhook.api<{ result: string }>('POST', `/calls/${live.id}/transfer`, {
      ext: '215',
    });
    expect(result).toBe('transferred');
    await call.rtp.ear.hears(1300, { timeoutMs: 20_000 });
    expect((await again.told('ended')).reason).toBe('call over');
    expect((await listener.told('ended')).reason).toBe('call over');
    const past = await scene().outcome(trunk.id);
    expect(past).toMatchObject({ outcome: 'Transferred to 215 Sarah', fault: 'none' });
    const { timeline } = await scene().timeline(past.id);
    expect(timeline.map(({ kind }) => kind)).toEqual([
      'offered',
      'agent ready',
      'answered',
      'taken over',
      'handed back',
      'taken over',
      'transfer started',
      'transfer result',
      'ended',
    ]);
    const { items } = await offhook.api<{ items: { action: string; resourceId: string }[] }>(
      'GET',
      '/audit?limit=20',
    );
    expect(items.filter(({ resourceId }) => resourceId === live.id).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['listenToCall', 'takeOverCall']),
    );
  });
};

/** As the metrics count calls of PBXes. */
const endedCalls = async (url: string): Promise<string> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('offhook_calls_ended_total'))
    .join('\n');
};
