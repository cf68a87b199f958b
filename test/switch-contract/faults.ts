/** The switch port's contract: the switch dies, the controller dies, and what stands in between. */
import { expect, test } from 'vitest';
import { EchoController } from '../kit/echo-controller.ts';
import { toneSource } from '../kit/tone.ts';
import { staysSo, until } from '../kit/until.ts';
import { hearEachOther, type Stage } from './stage.ts';

export const faultContract = (use: () => Stage): void => {
  test('a new controller finds the registrations and calls that stand', async ({ onTestFinished }) => {
    const stage = use();
    const account = await stage.registered(stage.account(stage.pbx, '1000'), onTestFinished);
    const before = await stage.pbx.registered('1000');
    const phone = await stage.phone('100', onTestFinished);
    const call = await phone.call('1000');
    const channel = await stage.events.offered(account.trunkId);
    await stage.switch.answer(channel.channelId);
    await call.answered();
    const voice = await stage.voice(channel, onTestFinished);
    await hearEachOther(call, voice);
    voice.close();
    await stage.switch.stop();
    expect(stage.switch.linked).toBe(false);
    await stage.reconnect();
    const { channels, registrations } = await stage.events.linkUp();
    expect(registrations.get(account.trunkId)).toEqual({ phase: 'registered' });
    // what a call offered matters while it rings; a switch need not know it any more
    const { srtpOffer: _, ...known } = channel;
    expect(channels.map(({ srtpOffer: __, ...found }) => found)).toEqual([{ ...known, answered: true }]);
    const again = await stage.voice(channel, onTestFinished);
    await hearEachOther(call, again, { caller: 600, agent: 1100 });
    await stage.switch.putAccount(account);
    expect((await stage.pbx.contactOf('1000'))?.callId).toBe(before.callId);
    await call.hangUp();
    expect(await stage.events.ended(channel.channelId)).toMatchObject({ by: 'caller', cause: 16 });
  });

  test('the controller is killed with -9 and started again: nothing drops, and the audio comes back', async ({
    onTestFinished,
  }) => {
    const stage = use();
    await stage.switch.stop();
    const account = stage.account(stage.pbx, '1000');
    let controller = await EchoController.start({ settings: stage.instance.settings, account });
    try {
      await controller.registered();
      const before = await stage.pbx.registered('1000');
      const phone = await stage.phone('100', onTestFinished);
      const call = await phone.call('1000');
      await call.answered();
      void call.rtp.say(toneSource(500, call.rtp.codec));
      await call.rtp.ear.hears(500);
      await controller.kill();
      await call.rtp.ear.stopsHearing(500);
      // the caller waits, and so does the registration
      await staysSo(() => (call.phase === 'talking' ? null : 'the call was dropped'), 1500);
      expect((await stage.pbx.contactOf('1000'))?.callId).toBe(before.callId);
      controller = await EchoController.start({ settings: stage.instance.settings, account });
      await call.rtp.ear.hears(500, { timeoutMs: 15_000 });
      await controller.registered();
      expect((await stage.pbx.contactOf('1000'))?.callId).toBe(before.callId);
      await call.rtp.sendDigits('7');
      await until(() => controller.said('dtmf').some((event) => event['digit'] === '7'), {
        what: 'the digit 7',
      });
      await call.hangUp();
      await until(() => controller.said('ended').length === 1, { what: 'the end of the call' });
      const next = await phone.call('1000');
      await next.answered();
      await next.hangUp();
    } finally {
      await controller.kill();
      await stage.reconnect();
      await stage.switch.removeAccount(account.trunkId);
    }
  });

  test('the switch is killed with -9: said, ended, and everything works again after its start', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const { account, peer, call, voice, channel } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    const linkUps = stage.events.of('link-up').length;
    const linkDowns = stage.events.of('link-down').length;
    const attempts = peer.attempts.length;
    await stage.instance.kill();
    await until(() => stage.events.of('link-down').length > linkDowns, { what: 'link-down' });
    expect(stage.switch.linked).toBe(false);
    expect(stage.events.hasEnded(channel.channelId)).toBe(false);
    await expect(stage.switch.version()).rejects.toMatchObject({ code: 'disconnected' });
    await stage.instance.restart();
    const { channels } = await stage.events.linkUp(linkUps);
    expect(channels).toEqual([]);
    expect((await stage.events.ended(channel.channelId)).by).toBe('unseen');
    expect(stage.events.of('ended').filter((event) => event.channelId === channel.channelId)).toHaveLength(1);
    await stage.switch.putAccount(account);
    await until(() => peer.attempts.slice(attempts).some((attempt) => attempt.authorized), {
      what: 'a registration with the new switch',
      timeoutMs: 20_000,
    });
    await stage.events.registered(account.trunkId);
    const next = await peer.call('1000');
    const offered = await stage.events.offered(account.trunkId);
    await stage.switch.answer(offered.channelId);
    await next.answered();
    await hearEachOther(next, await stage.voice(offered, onTestFinished));
  });
};
