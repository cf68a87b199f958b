/** The switch port's contract: PBXes of SIP trunks that are deactivated. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { until } from '../kit/until.ts';
import type { Stage } from './stage.ts';
import { pbxOf, putTrunk, rejectedOf } from './trunks.ts';

export const deactivatedTrunkContract = (use: () => Stage): void => {
  test('a deactivated one registers nobody, and its calls come as far as being refused by name', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await putTrunk(stage, onTestFinished);
    const byAddress = await putTrunk(stage, onTestFinished, {
      authentication: 'ip-allowlist',
      allowedAddresses: ['127.0.0.71/32'],
    });
    const both = await putTrunk(stage, onTestFinished, {
      authentication: 'both',
      allowedAddresses: ['127.0.0.72/32'],
    });
    const pbx = await pbxOf(stage, account, onTestFinished);
    expect(await pbx.register(600)).toBe(200);
    await stage.events.pbxRegistered(account.trunkId);
    for (const one of [account, byAddress, both]) await stage.switch.putTrunk({ ...one, active: false });
    await until(
      () => stage.events.of('pbx-unregistered').find(({ trunkId }) => trunkId === account.trunkId),
      { what: 'the registration to be taken away' },
    );
    expect([403, 404]).toContain(await pbx.register(600));
    const rejected = await until(() => rejectedOf(stage, account.username)[0], { what: 'pbx-rejected' });
    expect(rejected).toMatchObject({ trunkId: account.trunkId, reason: 'trunk-inactive' });
    const anybody = { username: '100', passwords: ['none'] as const };
    const allowed = await pbxOf(stage, anybody, onTestFinished, { host: '127.0.0.71' });
    const strict = await pbxOf(stage, both, onTestFinished, { host: '127.0.0.72' });
    for (const [phone, { trunkId }] of [
      [pbx, account],
      [allowed, byAddress],
      [strict, both],
    ] as const) {
      const call = await phone.call('0872500100');
      const channel = await stage.events.offered(trunkId);
      await stage.switch.refuse(channel.channelId, 480);
      expect((await call.ended()).status).toBe(480);
      await stage.events.ended(channel.channelId);
    }
    // its password counts as before, its address too, and it is not called
    const offeredBefore = stage.events.of('offered').length;
    const wrong = await pbxOf(stage, account, onTestFinished, { password: 'not-the-password' });
    expect([401, 403, 407]).toContain((await (await wrong.call('0872500100')).ended()).status);
    const elsewhere = await pbxOf(stage, both, onTestFinished, { host: '127.0.0.73' });
    expect([401, 403, 407]).toContain((await (await elsewhere.call('0872500100')).ended()).status);
    expect(stage.events.of('offered').length).toBe(offeredBefore);
    const order = { callerNumber: '', callerName: '', ringSeconds: 20, number: '215' };
    await expect(
      stage.switch.dial({ ...order, channelId: randomUUID(), trunkId: account.trunkId }),
    ).rejects.toMatchObject({ code: 'rejected' });
    // a controller that has just started puts them as they are, and one that is activated works again
    await stage.switch.stop();
    await stage.reconnect();
    for (const one of [account, byAddress, both]) await stage.switch.putTrunk({ ...one, active: false });
    expect([403, 404]).toContain(await pbx.register(600));
    await stage.switch.putTrunk(account);
    expect(await pbx.register(600)).toBe(200);
  });
};
