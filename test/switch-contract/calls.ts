/** The switch port's contract: calls, their audio, digits and ends. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RefusalStatus } from '../../controller/switch/port.ts';
import { Baresip } from '../kit/baresip.ts';
import { headerOf } from '../kit/sip-message.ts';
import { shoutAtUdpPorts, udpPortsOf } from '../kit/stray.ts';
import { toneSource } from '../kit/tone.ts';
import { staysSo, until } from '../kit/until.ts';
import { hearEachOther, type Stage } from './stage.ts';

const refusals: RefusalStatus[] = [403, 404, 480, 486, 488, 503, 603];

export const callContract = (use: () => Stage): void => {
  test('a call through a real PBX is offered with who calls whom, rings, and can be refused', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await stage.desk();
    const phone = await stage.phone('100', onTestFinished);
    const call = await phone.call('1003');
    const channel = await stage.events.offered(account.trunkId);
    expect(channel).toMatchObject({
      trunkId: account.trunkId,
      callerNumber: '100',
      callerName: 'Ext 100',
      calledNumber: '1003',
      answered: false,
    });
    expect(channel.sipCallId).not.toBe('');
    await call.rings();
    await stage.switch.refuse(channel.channelId, 486);
    expect(await call.ended()).toMatchObject({ by: 'them', status: 486 });
    expect(await stage.events.ended(channel.channelId)).toMatchObject({ by: 'us' });
  });

  for (const status of refusals) {
    test(`a refusal with ${status} reaches the caller as ${status}`, async ({ onTestFinished }) => {
      const stage = use();
      const { call, channel } = await stage.ringing(onTestFinished);
      expect(channel.sipCallId).toBe(call.callId);
      await stage.switch.refuse(channel.channelId, status, status === 503 ? 7 : undefined);
      expect((await call.ended()).status).toBe(status);
      expect((await stage.events.ended(channel.channelId)).by).toBe('us');
      if (status === 503 && stage.instance.kind === 'freeswitch') {
        expect(headerOf(call.finalResponse ?? { headers: [] }, 'Retry-After')).toBe('7');
      }
    });
  }

  test('audio flows both ways between the agent and phones of a real PBX', async ({ onTestFinished }) => {
    const stage = use();
    const account = await stage.desk();
    const phone = await stage.phone('100', onTestFinished);
    const call = await phone.call('1003');
    const channel = await stage.events.offered(account.trunkId);
    await stage.switch.answer(channel.channelId);
    await call.answered();
    const voice = await stage.voice(channel, onTestFinished);
    await hearEachOther(call, voice);
    // a phone that others wrote hears and is heard too, at the same time as the first
    const other = await Baresip.start({ pbx: stage.pbx, extension: '101', plays: { hz: 1300 } });
    onTestFinished(() => other.stop());
    other.dial('1003');
    const second = await stage.events.offered(account.trunkId);
    await stage.switch.answer(second.channelId);
    await other.talks();
    const secondVoice = await stage.voice(second, onTestFinished);
    secondVoice.say(1700);
    await secondVoice.ear.hears(1300);
    // each keeps to its own: the first pair has not noticed
    await hearEachOther(call, voice);
    expect(secondVoice.ear.share(500)).toBeLessThan(0.05);
    await until(() => secondVoice.leg.counters.framesSent > 60, { what: 'a second of the tone' });
    await stage.switch.hangUp(second.channelId);
    await other.ended();
    expect(await other.heardTone(1700)).toBeGreaterThan(0.9);
    expect(await other.heardTone(900)).toBeLessThan(0.05);
  });

  test('a phone that sends nothing is no lost call', async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice, channel } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    call.rtp.sending = false;
    await voice.ear.stopsHearing(500);
    await staysSo(() => (stage.events.hasEnded(channel.channelId) ? 'the call ended' : null), 2000);
    call.rtp.sending = true;
    await voice.ear.hears(500);
    await call.rtp.ear.hears(900);
  });

  test('the caller is whom P-Asserted-Identity names, then Remote-Party-ID, then From', async () => {
    const stage = use();
    const { peer, account } = await stage.house();
    const from = `"From Name" <sip:1000@${peer.host}>`;
    const remoteParty = `"Remote Party" <sip:0301111@${peer.host}>;party=calling;screen=yes;privacy=off`;
    const asserted = `"Sarah van der Merwe" <sip:+27872500100@${peer.host}>`;
    const cases = [
      {
        headers: [
          ['P-Asserted-Identity', asserted],
          ['Remote-Party-ID', remoteParty],
        ],
        callerNumber: '+27872500100',
        callerName: 'Sarah van der Merwe',
      },
      { headers: [['Remote-Party-ID', remoteParty]], callerNumber: '0301111', callerName: 'Remote Party' },
      { headers: [], callerNumber: '1000', callerName: 'From Name' },
    ] as const;
    for (const { headers, callerNumber, callerName } of cases) {
      const call = await peer.call('1000', { from, headers });
      const channel = await stage.events.offered(account.trunkId);
      expect(channel).toMatchObject({ callerNumber, callerName });
      await stage.switch.refuse(channel.channelId, 480);
      await call.ended();
    }
  });

  test('a hostile caller is only text', async ({ onTestFinished }) => {
    const stage = use();
    const { peer, account } = await stage.house();
    const trap = join(stage.instance.folder, 'owned');
    const bait =
      `Eve %22 %n%s 100% "quoted" \\ {hangup_after_bridge=true}[a=b]<x>,;|&!'\u0001\u0007\u001b\t\u007f \u00fc\u4f60\u{1f600}
      \${system(touch ${trap})} \${SYSTEM(touch ${trap})} \${SHELL(touch ${trap})} ^^:a`.replaceAll(
        /\n\s*/g,
        ' ',
      );
    const name = `${bait}${'A%{}"\\'.repeat(700)}`.slice(0, 4096);
    const quoted = `"${name.replaceAll(/["\\]/g, (sign) => `\\${sign}`)}"`;
    for (const headers of [[], [['P-Asserted-Identity', `${quoted} <sip:100@${peer.host}>`]]] as const) {
      const call = await peer.call('1000', {
        from: `${quoted} <sip:1%2200%7D;x=%24%7B1%7D@${peer.host}>`,
        headers,
      });
      const channel = await stage.events.offered(account.trunkId);
      expect(channel.callerName).toContain('Eve ');
      await stage.switch.answer(channel.channelId);
      await call.answered();
      const voice = await stage.voice(channel, onTestFinished);
      await hearEachOther(call, voice);
      await call.hangUp();
      expect(await stage.events.ended(channel.channelId)).toMatchObject({ by: 'caller', cause: 16 });
    }
    expect(existsSync(trap)).toBe(false);
    expect(stage.switch.linked).toBe(true);
    // and the next caller is as if nothing had been
    const call = await peer.call('1000');
    const channel = await stage.events.offered(account.trunkId);
    expect(channel).toMatchObject({ callerNumber: '100', callerName: 'Caller' });
    await stage.switch.refuse(channel.channelId, 486);
    await call.ended();
  });

  test('the caller hangs up: normal clearing, by the caller', async ({ onTestFinished }) => {
    const stage = use();
    const { call, channel, voice } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    await call.hangUp();
    expect(await stage.events.ended(channel.channelId)).toMatchObject({ by: 'caller', cause: 16 });
    await stage.switch.hangUp(channel.channelId);
    expect(stage.events.of('ended').filter((event) => event.channelId === channel.channelId)).toHaveLength(1);
  });

  test('we hang up: the caller gets a BYE, and it is said to be us', async ({ onTestFinished }) => {
    const stage = use();
    const { call, channel } = await stage.talking(onTestFinished);
    await stage.switch.hangUp(channel.channelId);
    expect(await call.ended()).toMatchObject({ by: 'them', status: null });
    expect(await stage.events.ended(channel.channelId)).toMatchObject({ by: 'us', cause: 16 });
  });

  test('the caller gives up while it rings', async ({ onTestFinished }) => {
    const stage = use();
    const { call, channel } = await stage.ringing(onTestFinished);
    await call.rings();
    await call.hangUp();
    expect(await call.ended()).toMatchObject({ by: 'us', status: 487 });
    expect((await stage.events.ended(channel.channelId)).by).toBe('caller');
  });

  test('commands to a call that is gone say so', async ({ onTestFinished }) => {
    const stage = use();
    const { call, channel } = await stage.ringing(onTestFinished);
    await call.hangUp();
    await stage.events.ended(channel.channelId);
    const { channelId } = channel;
    await expect(stage.switch.answer(channelId)).rejects.toMatchObject({ code: 'no-such-channel' });
    await expect(stage.switch.openMedia(channelId)).rejects.toMatchObject({ code: 'no-such-channel' });
    await expect(stage.switch.sendDtmf(channelId, '1')).rejects.toMatchObject({ code: 'no-such-channel' });
    await stage.switch.hangUp(channelId);
  });

  test('a re-INVITE in the middle of the call does no harm', async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    const answer = await call.reinvite();
    expect(answer?.status).toBe(200);
    await hearEachOther(call, voice, { caller: 600, agent: 1100 });
  });

  test("the switch's own echo", async ({ onTestFinished }) => {
    const stage = use();
    const { call, channel } = await stage.ringing(onTestFinished);
    await stage.switch.answer(channel.channelId);
    await call.answered();
    await stage.switch.startEcho(channel.channelId);
    void call.rtp.say(toneSource(700, call.rtp.codec));
    await call.rtp.ear.hears(700);
  });

  test('datagrams of strangers are counted, and neither played nor heard', async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice, channel } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    voice.ear.clear();
    call.rtp.ear.clear();
    const ports = (await udpPortsOf(process.pid)).filter((port) => port !== call.rtp.port);
    expect(ports.length).toBeGreaterThan(0);
    const before = stage.switch.strayDatagrams;
    await shoutAtUdpPorts(ports, { hz: 2100, codec: call.rtp.codec, frames: 50 });
    await until(() => stage.switch.strayDatagrams >= before + 50, { what: 'the strangers to be counted' });
    expect(voice.ear.framesWith(2100)).toHaveLength(0);
    expect(call.rtp.ear.framesWith(2100)).toHaveLength(0);
    await hearEachOther(call, voice);
    expect(stage.events.hasEnded(channel.channelId)).toBe(false);
  });

  test("a stranger's RTP to the switch does not take the caller's place", async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    voice.ear.clear();
    const ports = await udpPortsOf(await stage.instance.pid());
    await shoutAtUdpPorts(ports, { hz: 2100, codec: call.rtp.codec, frames: 50 });
    expect(voice.ear.framesWith(2100)).toHaveLength(0);
    await hearEachOther(call, voice);
  });

  test('without a controller the caller is refused soon, so that the PBX can fail over', async () => {
    const stage = use();
    const { peer } = await stage.house();
    await stage.switch.stop();
    try {
      const call = await peer.call('1000');
      const { status } = await call.ended(40_000);
      expect([480, 500, 502, 503, 504]).toContain(status);
    } finally {
      await stage.reconnect();
    }
  });
};
