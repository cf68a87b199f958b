/** The switch port's contract: codecs, and frames as they come and go. */
import { expect, test } from 'vitest';
import { CallAudio } from '../../controller/media/call-audio.ts';
import { bytesOf } from '../../controller/media/l16.ts';
import { Pacer } from '../../controller/media/pacer.ts';
import { toneSamples } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { hearEachOther, type Stage } from './stage.ts';

export const audioContract = (use: () => Stage): void => {
  test('A-law where the PBX offers nothing else', async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice } = await stage.talking(onTestFinished, { call: { codecs: ['PCMA'] } });
    expect(voice.leg.codec).toBe('PCMA');
    expect(call.rtp.codec).toBe('PCMA');
    await hearEachOther(call, voice);
  });

  for (const [codec, extension, sampleRate] of [
    ['G722', '1022', 16000],
    ['OPUS', '1048', 48000],
  ] as const) {
    test(`${codec} where the PBX offers nothing else`, async ({ onTestFinished }) => {
      const stage = use();
      const account = await stage.registered(
        stage.account(stage.pbx, extension, { codecs: ['PCMU', codec] }),
        onTestFinished,
      );
      const phone = await stage.phone('100', onTestFinished);
      const call = await phone.call(extension);
      const channel = await stage.events.offered(account.trunkId);
      await stage.switch.answer(channel.channelId);
      await call.answered();
      const voice = await stage.voice(channel, onTestFinished);
      expect(voice.leg.codec).toBe(codec);
      expect(voice.leg.format).toEqual({ encoding: 'L16', sampleRate });
      await hearEachOther(call, voice);
      // audio opened anew, as after a transfer that failed
      const again = await stage.voice(channel, onTestFinished);
      await hearEachOther(call, again, { caller: 700, agent: 1100 });
      expect(again.leg.counters.malformed).toBe(0);
    });
  }

  test("the account's order of codecs decides", async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice } = await stage.talking(onTestFinished, { account: { codecs: ['PCMA', 'PCMU'] } });
    expect(voice.leg.codec).toBe('PCMA');
    await hearEachOther(call, voice);
  });

  test('frames are whole, steady and counted', async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    voice.ear.clear();
    call.rtp.ear.clear();
    await until(() => voice.ear.frames.length >= 100 && call.rtp.ear.frames.length >= 100, {
      what: 'two seconds of audio',
    });
    expect(voice.ear.frames.every((frame) => frame.payload.length === 160)).toBe(true);
    expect(call.rtp.ear.frames.every((frame) => frame.payload.length === 160)).toBe(true);
    expect(voice.ear.framesWith(500).length / voice.ear.frames.length).toBeGreaterThan(0.95);
    expect(call.rtp.ear.framesWith(900).length / call.rtp.ear.frames.length).toBeGreaterThan(0.95);
    const { counters } = voice.leg;
    expect(counters.framesReceived).toBeGreaterThanOrEqual(100);
    expect(counters.framesSent).toBeGreaterThanOrEqual(100);
    expect(counters.malformed).toBe(0);
  });

  test('what the agent stops saying is not heard for long', async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    const before = call.rtp.ear.framesWith(900).length;
    voice.hush();
    await call.rtp.ear.stopsHearing(900);
    // at most what was on its way: nothing may queue in the switch
    expect(call.rtp.ear.framesWith(900).length - before).toBeLessThanOrEqual(4);
    voice.say(900);
    await call.rtp.ear.hears(900);
  });

  test('after a flush the phone hears what was said to be played, to the frame, and no more', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const { call, channel } = await stage.talking(onTestFinished);
    const pacer = new Pacer({
      onError: (error) => {
        throw error;
      },
    });
    const audio = new CallAudio({ pacer });
    onTestFinished(() => audio.close());
    audio.attach(await stage.switch.openMedia(channel.channelId));
    // ten minutes at once, of which the caller wants to hear a moment
    const playback = audio.play(bytesOf(toneSamples(900, 600)));
    await call.rtp.ear.hears(900);
    audio.flush();
    const playedFrames = playback.playedMs / 20;
    expect(await playback.done).toBe('flushed');
    await call.rtp.ear.stopsHearing(900);
    const heard = call.rtp.ear.framesWith(900).length;
    expect(heard).toBeLessThanOrEqual(playedFrames);
    expect(heard).toBeGreaterThanOrEqual(playedFrames - 2 - call.rtp.counters.lost);
    // and what comes next is heard at once
    const next = audio.play(bytesOf(toneSamples(1300, 0.4)));
    expect(await next.done).toBe('played');
    await until(() => call.rtp.ear.framesWith(1300).length >= 19, { what: '400 ms of the next tone' });
    expect(call.rtp.ear.framesWith(900).length).toBe(heard);
  });
};
