/** The switch port's contract: SRTP that is offered in calls that Offhook places itself, at a PBX over TLS. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ExtensionAccount } from '../../controller/switch/port.ts';
import type { Pbx } from '../kit/pbx.ts';
import type { Stage } from './stage.ts';

type Scene = { stage: Stage; pbx: Pbx; account: (extension: string) => ExtensionAccount };

/** What the PBX does with SRTP towards these extensions is in tls.test.ts. */
const extensions: readonly [string, string, boolean][] = [
  ['that takes nothing else', '1061', true],
  ['that takes it too', '1062', true],
  ['without', '1000', false],
];

export const srtpDialContract = (use: () => Scene): void => {
  for (const [name, extension, isEncrypted] of extensions) {
    test(`a call that we place has audio both ways, SRTP offered, at a PBX ${name}`, async ({
      onTestFinished,
    }) => {
      const { stage, pbx, account } = use();
      const one = await stage.registered(account(extension), onTestFinished);
      const dialled = await stage.switch.dial({
        channelId: randomUUID(),
        trunkId: one.trunkId,
        number: '700',
        callerNumber: '',
        callerName: '',
        ringSeconds: 10,
      });
      if (dialled.result !== 'answered') throw new Error(JSON.stringify(dialled));
      const voice = await stage.voice(dialled.channel, onTestFinished);
      // the PBX sends back what it could read
      voice.say(900);
      await voice.ear.hears(900);
      expect(await pbx.wasEncrypted(extension)).toBe(isEncrypted);
      await stage.switch.hangUp(dialled.channel.channelId);
      await stage.events.ended(dialled.channel.channelId);
    });
  }
};
