/** The switch port's contract: digits, whatever way a phone sends them. */
import { expect, test } from 'vitest';
import { until } from '../kit/until.ts';
import { hearEachOther, type Stage } from './stage.ts';

export const digitContract = (use: () => Stage): void => {
  test('digits both ways', async ({ onTestFinished }) => {
    const stage = use();
    const { call, channel, voice } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    await call.rtp.sendDigits('0123456789*#ABCD');
    await until(() => stage.events.digits(channel.channelId).length >= 16, { what: '16 digits' });
    expect(stage.events.digits(channel.channelId)).toBe('0123456789*#ABCD');
    await stage.switch.sendDtmf(channel.channelId, '1590*#D');
    await until(() => call.rtp.digits.length >= 7, { what: '7 digits at the caller' });
    expect(call.rtp.digits).toBe('1590*#D');
    await hearEachOther(call, voice);
    for (const wrong of ['', 'x', '1;2', '1\n2', '${x}']) {
      await expect(stage.switch.sendDtmf(channel.channelId, wrong)).rejects.toMatchObject({
        code: 'bad-argument',
      });
    }
  });

  test('digits through a real PBX', async ({ onTestFinished }) => {
    const stage = use();
    const account = await stage.desk();
    const phone = await stage.phone('100', onTestFinished);
    const call = await phone.call('1003');
    const channel = await stage.events.offered(account.trunkId);
    await stage.switch.answer(channel.channelId);
    await call.answered();
    const voice = await stage.voice(channel, onTestFinished);
    await hearEachOther(call, voice);
    await call.rtp.sendDigits('42#');
    await until(() => stage.events.digits(channel.channelId) === '42#', { what: '42#' });
    await stage.switch.sendDtmf(channel.channelId, '215');
    await until(() => call.rtp.digits === '215', { what: '215 at the caller' });
  });
};
