/** Live calls and the history with a real call: what is said while it is said, a transfer by hand, the ladder afterwards. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repositoryRoot } from '../../controller/paths.ts';
import { Scene } from '../journeys/scene.ts';
import { accessibilityFaults, openBrowser, openPage, type Page } from '../kit/browser.ts';
import { type Pbx, startPbx } from '../kit/pbx.ts';
import { SipPhone } from '../kit/sip-phone.ts';

let browser: Browser;
let pbx: Pbx;
let scene: Scene;
let signIn: { email: string; password: string };
let trunkId: string;
let caller: SipPhone;

beforeAll(async () => {
  [browser, pbx] = await Promise.all([openBrowser(), startPbx()]);
  scene = await Scene.set('asterisk', pbx);
  signIn = await scene.offhook.administrator();
  const agent = await scene.agent({ kind: 'receptionist', name: 'Front desk' });
  const trunk = await scene.pbxTrunk({ name: 'Head office', extension: '1003', agentId: agent.id });
  trunkId = trunk.id;
  for (const [ext, name] of [
    ['215', 'Sarah Jones'],
    ['216', 'Billing'],
  ]) {
    await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext, name });
  }
  await scene.status(trunk.id, 'Registered as ext 1003');
  caller = await SipPhone.registered({ pbx, extension: '101' });
});
afterAll(async () => {
  await caller?.close();
  await browser?.close();
  await scene?.close();
  await pbx?.remove();
});

/** Pictures of what the test saw, for people. */
const picture = async (page: Page, name: string): Promise<void> => {
  const folder = join(repositoryRoot, 'test-output', 'screenshots');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
};

test('a call is followed while it is talked, transferred by hand, and told in the history with its ladder', async () => {
  const { page, complaints, close } = await openPage(browser, scene.offhook.url, {
    signIn,
  });
  const sarah = await SipPhone.registered({ pbx, extension: '215' });
  sarah.answerWithTone(1300);
  await page.goto('/live');
  await page.getByRole('heading', { name: 'No calls right now' }).waitFor();

  const call = await caller.call('1003');
  await call.answered();
  const row = page.getByRole('button', { name: /Ext 101 \(101\) → Front desk/ });
  await row.click();
  // the greeting appears while it is spoken
  await page
    .getByRole('region', { name: 'What happened' })
    .getByText('Agent', { exact: true })
    .first()
    .waitFor();
  await picture(page, 'live');
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.getByRole('button', { name: 'Transfer', exact: true }).click();
  await page.getByLabel('Transfer to').fill('sarah');
  await page.keyboard.press('Enter');
  await call.rtp.ear.hears(1300, { timeoutMs: 20_000 });
  await page.getByText('Transfer to 215 Sarah Jones: transferred').first().waitFor();
  await call.hangUp();
  await sarah.close();

  await page.getByRole('link', { name: 'All details' }).click();
  await page.getByRole('heading', { name: /Call from Ext 101/ }).waitFor();
  await page.getByText('Transferred to 215 Sarah Jones').first().waitFor();
  await picture(page, 'call');
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('tab', { name: 'SIP messages' }).click();
  const refer = page.getByRole('button', { name: /REFER .*from Offhook to the PBX/ });
  await refer.click();
  await page.getByText('Refer-To:').first().waitFor();
  await picture(page, 'ladder');
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('the history is found by what one remembers of a call, and a view can be sent by its address', async () => {
  const { page, complaints, close } = await openPage(browser, scene.offhook.url, {
    signIn,
    colorScheme: 'dark',
  });
  await page.goto(`/history?trunkId=${trunkId}`);
  await page.getByRole('row', { name: /101/ }).first().waitFor();
  await page.getByLabel('Search').fill('sarah jones');
  await page.waitForURL(/search=sarah/);
  await page.getByText('Transferred to 215 Sarah Jones').first().waitFor();
  await picture(page, 'history-dark');
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByLabel('Search').fill('nobody of this name');
  await page.getByRole('heading', { name: 'No call fits these filters' }).waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await page.getByRole('row', { name: /101/ }).first().click();
  await page.getByRole('heading', { name: /Call from Ext 101/ }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});
