/**
 * The live page while the controller is killed under a call: the call goes on, the page shows it again by itself and ends
 * it; a program is told, and what it was told is in the webhook's list.
 */
import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { receiver } from '../../controller/webhooks/test-receiver.ts';
import type { Scene } from '../journeys/scene.ts';
import { openPage, type Page } from '../kit/browser.ts';
import type { SipPhone } from '../kit/sip-phone.ts';
import { toneSource } from '../kit/tone.ts';

type Stage = {
  browser: Browser;
  scene: Scene;
  signIn: { email: string; password: string };
  caller: SipPhone;
  look: (page: Page, name: string) => Promise<void>;
};

export const callGoesOnStory = (stage: () => Stage): void => {
  test('the controller is killed under the live page: the call goes on, is shown again, and is hung up there', async () => {
    const { browser, scene, signIn, caller, look } = stage();
    const { offhook } = scene;
    const mark = randomUUID().slice(0, 4);
    const program = await receiver();
    const agent = await scene.agent({ kind: 'echo', name: `Echo ${mark}` });
    const trunk = await scene.pbxTrunk({ name: `Line ${mark}`, extension: '1000', agentId: agent.id });
    const webhook = await offhook.api<{ id: string }>('POST', '/webhooks', {
      name: `Program ${mark}`,
      url: program.url,
      events: ['call.ended'],
    });
    const { page, complaints, close } = await openPage(browser, offhook.url, { signIn });
    onTestFinished(async () => {
      await close();
      await offhook.api('DELETE', `/webhooks/${webhook.id}`);
      await offhook.api('DELETE', `/trunks/${trunk.id}`);
      await program.close();
    });
    await scene.status(trunk.id, 'Registered as ext 1000');
    await page.goto('/live');
    const call = await caller.call('1000');
    onTestFinished(() => call.hangUp());
    await call.answered();
    void call.rtp.say(toneSource(900, call.rtp.codec));
    const row = page.getByRole('button', { name: new RegExp(`→ Echo ${mark}`) });
    await row.click();
    await call.rtp.ear.hears(900);

    let isDown = true;
    onTestFinished(async () => {
      if (isDown) await offhook.start();
    });
    await offhook.kill();
    await call.rtp.ear.stopsHearing(900);
    await page.getByText('No connection to Offhook').waitFor();
    // what was known stays in sight
    expect(await row.isVisible()).toBe(true);
    await offhook.start();
    isDown = false;
    await call.rtp.ear.hears(900, { timeoutMs: 20_000 });
    await page.getByText('No connection to Offhook').waitFor({ state: 'detached' });
    await page.getByText('Taken up again after a restart of the controller').waitFor();
    await row.waitFor();
    expect(call.ending).toBeNull();
    await look(page, 'live-after-restart');

    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
    expect(await call.ended(15_000)).toMatchObject({ by: 'them' });
    await row.waitFor({ state: 'detached' });
    const { id, outcome } = await scene.outcome(trunk.id);
    await page
      .getByText(outcome ?? '', { exact: true })
      .first()
      .waitFor();

    await program.until(1);
    expect(JSON.parse(program.received[0]?.body ?? '')).toMatchObject({
      type: 'call.ended',
      data: { call: { id } },
    });
    await page.goto('/settings/webhooks');
    await page.getByRole('button', { name: 'Deliveries' }).click();
    await page.getByRole('row', { name: /call\.ended Delivered/ }).waitFor();
    await look(page, 'webhook-deliveries');
    expect(complaints).toEqual([]);
  });
};
