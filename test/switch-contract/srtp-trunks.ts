/** The switch port's contract: SRTP off, offered and required for the calls of PBXes that register on the switch, over TLS. */
import { expect, test } from 'vitest';
import { refusals } from '../../controller/calls/outcome.ts';
import type { TrunkAccount } from '../../controller/switch/port.ts';
import type { Pbx } from '../kit/pbx.ts';
import { type Finish, hearEachOther, type Stage } from './stage.ts';

type Scene = {
  stage: Stage;
  pbx: Pbx;
  /** the PBX registers as it, and has this to offer */
  trunk: (finish: Finish, srtp: 'only' | null) => Promise<TrunkAccount>;
};

export const srtpTrunkContract = (use: () => Scene): void => {
  // which of them the controller refuses, and with which words, is in calls/route.test.ts and in sip-trunks.test.ts
  for (const [name, srtp, expected] of [
    ['offers nothing but SRTP', 'only', { off: 'only-encrypted', offered: true, required: true }],
    ['offers no SRTP', null, { off: false, offered: false, required: 'not-encrypted' }],
  ] as const) {
    test(`a SIP trunk whose PBX ${name}: off, offered and required`, async ({ onTestFinished }) => {
      const { stage, pbx, trunk: trunkAt } = use();
      const trunk = await trunkAt(onTestFinished, srtp);
      const phone = await stage.phone('100', onTestFinished);
      for (const mediaEncryption of ['off', 'offered', 'required'] as const) {
        const what = expected[mediaEncryption];
        await stage.switch.putTrunk({ ...trunk, mediaEncryption });
        await pbx.forgetEncryption('offhook');
        const call = await phone.call('0872500100');
        onTestFinished(() => call.hangUp());
        const channel = await stage.events.offered(trunk.trunkId);
        expect(channel.srtpOffer ?? 'none').toBe(srtp ?? 'none');
        if (typeof what === 'string') {
          const { sipStatus } = refusals[what];
          // this one Asterisk has refused by itself, and only tells of it
          if (!(stage.switch.kind === 'asterisk' && what === 'only-encrypted'))
            await stage.switch.refuse(channel.channelId, sipStatus);
          expect(await call.ended()).toMatchObject({ by: 'them', status: sipStatus });
        } else {
          await stage.switch.answer(channel.channelId);
          await call.answered();
          await hearEachOther(call, await stage.voice(channel, onTestFinished));
          expect(await pbx.wasEncrypted('offhook')).toBe(what);
          await call.hangUp();
        }
        await stage.events.ended(channel.channelId);
      }
    });
  }
};
