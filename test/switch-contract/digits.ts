/** The switch port's contract: digits, whatever way a phone sends them. */
import { expect, test } from 'vitest';
import { keyTones, samplesSource } from '../kit/tone.ts';
import { staysSo, until } from '../kit/until.ts';
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

  test('digits without a marker bit, and of another payload type', async ({ onTestFinished }) => {
    const stage = use();
    const { call, channel, voice } = await stage.talking(onTestFinished, { call: { dtmfPayloadType: 127 } });
    call.rtp.marksDigits = false;
    await hearEachOther(call, voice);
    await call.rtp.sendDigits('5#');
    await until(() => stage.events.digits(channel.channelId) === '5#', { what: '5#' });
    await stage.switch.sendDtmf(channel.channelId, '38');
    await until(() => call.rtp.digits === '38', { what: '38 at the caller' });
  });

  for (const [contentType, bodyOf] of [
    ['application/dtmf-relay', (digit: string) => `Signal=${digit}\r\nDuration=160\r\n`],
    ['application/dtmf', (digit: string) => digit],
  ] as const) {
    test(`digits by SIP INFO, ${contentType}`, async ({ onTestFinished }) => {
      const stage = use();
      const { call, channel } = await stage.talking(onTestFinished);
      for (const digit of '47') {
        const answer = await call.send('INFO', [['Content-Type', contentType]], bodyOf(digit));
        expect(answer?.status).toBe(200);
      }
      await until(() => stage.events.digits(channel.channelId) === '47', { what: '47' });
    });
  }

  test('digits of whose three ends two are lost', async ({ onTestFinished }) => {
    const stage = use();
    const { call, channel, voice } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    call.rtp.digitEnds = 1;
    await call.rtp.sendDigits('77#');
    await until(() => stage.events.digits(channel.channelId).length >= 3, { what: '3 digits' });
    await staysSo(() => (stage.events.digits(channel.channelId) === '77#' ? null : 'a digit too many'), 500);
  });

  test('digits as tones, where the phone has no telephone-events', async ({ onTestFinished }) => {
    const stage = use();
    const { call, channel, voice } = await stage.talking(onTestFinished, { call: { dtmfPayloadType: null } });
    await hearEachOther(call, voice);
    await call.rtp.say(samplesSource(keyTones('0123456789*#'), call.rtp.codec));
    await until(() => stage.events.digits(channel.channelId).length >= 12, { what: '12 digits' });
    expect(stage.events.digits(channel.channelId)).toBe('0123456789*#');
    await hearEachOther(call, voice, { caller: 600, agent: 1100 });
  });

  test('tones in the voice are no digits where the phone has telephone-events', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const { call, channel, voice } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    await call.rtp.say(samplesSource(keyTones('11'), call.rtp.codec));
    await call.rtp.sendDigits('2');
    await until(() => stage.events.digits(channel.channelId).length > 0, { what: 'a digit' });
    expect(stage.events.digits(channel.channelId)).toBe('2');
  });
};
