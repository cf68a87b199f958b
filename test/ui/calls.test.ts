/**
 * Live calls and the history with a real call: what is said while it is said, a transfer by hand, the ladder afterwards; a
 * call listened to, taken over and handed on, on each switch.
 */
import { rm } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Scene } from '../journeys/scene.ts';
import { inspect, openBrowser, openPage, type Page } from '../kit/browser.ts';
import { Offhook } from '../kit/offhook.ts';
import { toneMicrophone } from '../kit/page-ears.ts';
import { type Pbx, startPbx } from '../kit/pbx.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { switchesUnderTest } from '../kit/switches.ts';
import { liveCallStory, talkStories } from './browser-audio-story.ts';
import { callGoesOnStory } from './call-goes-on-story.ts';

let browser: Browser;
let pbx: Pbx;
let scene: Scene;
let signIn: { email: string; password: string };
let trunkId: string;
let caller: SipPhone;
let microphone: { args: string[]; folder: string };
const microphoneHz = 700;

beforeAll(async () => {
  microphone = await toneMicrophone(microphoneHz);
  [browser, pbx] = await Promise.all([openBrowser({ args: microphone.args }), startPbx()]);
});
afterAll(async () => {
  await browser?.close();
  await pbx?.remove();
  if (microphone) await rm(microphone.folder, { recursive: true });
});

/** Plays the call's recording: seeking by keyboard and mouse, and time that passes only while it plays. */
const hearRecording = async (page: Page): Promise<void> => {
  const player = page.getByRole('region', { name: 'Recording' });
  const place = player.getByRole('slider', { name: 'Place in the recording' });
  const seconds = async (): Promise<number> => Number(await place.inputValue());
  const whole = Number(await place.getAttribute('max'));
  await player.getByRole('button', { name: 'Play' }).click();
  await expect.poll(seconds, { timeout: 10_000 }).toBeGreaterThan(0.3);
  await player.getByRole('button', { name: 'Pause' }).click();
  await player.getByRole('button', { name: 'Play' }).waitFor();
  // in the middle by a click, then to the end and back by the keyboard
  await place.click();
  expect((await seconds()) / whole).toBeCloseTo(0.5, 1);
  const middle = await seconds();
  await page.keyboard.press('ArrowLeft');
  expect(await seconds()).toBeCloseTo(Math.max(0, middle - 2), 1);
  await page.keyboard.press('Home');
  expect(await seconds()).toBe(0);
  await page.keyboard.press('End');
  expect(await seconds()).toBeCloseTo(whole, 1);
  const audio = await page.evaluate<{ duration: number; error: string | null }>(
    '(({ duration, error }) => ({ duration, error: error?.message ?? null }))(document.querySelector("audio"))',
  );
  expect(audio.error).toBeNull();
  expect(audio.duration).toBeCloseTo(whole, 0);
};

const callStories = (): void => {
  beforeAll(async () => {
    const agent = await scene.agent({
      kind: 'receptionist',
      name: 'Front desk',
      settings: { recording: { enabled: true, notice: true, noticeText: '' } },
    });
    const trunk = await scene.pbxTrunk({ name: 'Head office', extension: '1003', agentId: agent.id });
    trunkId = trunk.id;
    for (const [ext, name] of [
      ['215', 'Sarah Jones'],
      ['216', 'Billing'],
    ]) {
      await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext, name });
    }
    await scene.status(trunk.id, 'Registered as ext 1003');
  });

  test('a call is followed while it is talked, transferred by hand, and told in the history with its ladder', {
    timeout: 120_000,
  }, async () => {
    const { page, complaints, close } = await openPage(browser, scene.offhook.url, {
      signIn,
    });
    onTestFinished(close);
    const sarah = await SipPhone.registered({ pbx, extension: '215' });
    onTestFinished(() => sarah.close());
    sarah.answerWithTone(1300);
    await page.goto('/live');
    await page.getByRole('heading', { name: 'No calls right now' }).waitFor();

    const call = await caller.call('1003');
    onTestFinished(() => call.hangUp());
    await call.answered();
    const row = page.getByRole('button', { name: /Ext 101 \(101\) → Front desk/ });
    // chosen and transferred by the keyboard alone
    await row.press('Enter');
    // the greeting appears while it is spoken
    await page
      .getByRole('region', { name: 'What happened' })
      .getByText('Agent', { exact: true })
      .first()
      .waitFor();
    await inspect(page, 'live');

    // enough to play and to seek in
    await page
      .getByText(/· 0:(0[6-9]|[1-5]\d)/)
      .first()
      .waitFor();
    const transfer = page.getByRole('button', { name: 'Transfer', exact: true });
    await transfer.press('Enter');
    await page.getByLabel('Transfer to').press('Escape');
    await page.getByLabel('Transfer to').waitFor({ state: 'hidden' });
    await transfer.press('Enter');
    await page.getByRole('option', { name: /Sarah/ }).waitFor();
    await page.keyboard.type('sarah');
    await page.getByRole('option', { name: /Billing/ }).waitFor({ state: 'hidden' });
    await page.keyboard.press('Enter');
    await call.rtp.ear.hears(1300, { timeoutMs: 20_000 });
    await page.getByText('Transfer to 215 Sarah Jones: transferred').first().waitFor();
    await call.hangUp();

    await page.getByRole('link', { name: 'All details' }).click();
    await page.getByRole('heading', { name: /Call from Ext 101/ }).waitFor();
    await page.getByText('Transferred to 215 Sarah Jones').first().waitFor();
    await page.getByText('Announcement: This call is recorded.').waitFor();
    await hearRecording(page);
    await inspect(page, 'call');
    await page.getByRole('tab', { name: 'SIP messages' }).click();
    const refer = page.getByRole('button', { name: /REFER .*from Offhook to the PBX/ });
    await refer.click();
    await page.getByText('Refer-To:').first().waitFor();
    await inspect(page, 'ladder');
    expect(complaints).toEqual([]);
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
    await inspect(page, 'history');
    // by how it ended and by the day; kept in the address
    await page.goto(`/history?trunkId=${trunkId}`);
    await page.getByRole('combobox', { name: 'Outcome' }).click();
    await page.getByRole('option', { name: 'Agent failed' }).click();
    await page.getByRole('heading', { name: 'No call fits these filters' }).waitFor();
    await page.getByRole('combobox', { name: 'Outcome' }).click();
    await page.getByRole('option', { name: 'Transferred', exact: true }).click();
    await page.getByText('Transferred to 215 Sarah Jones').first().waitFor();
    const today = await page.evaluate<string>('new Intl.DateTimeFormat("sv-SE").format(new Date())');
    await page.getByLabel('Until', { exact: true }).fill('2020-02-29');
    await page.getByRole('heading', { name: 'No call fits these filters' }).waitFor();
    // in one go, as a form filler does: the second must not undo the first
    await page.evaluate(`for (const day of document.querySelectorAll('input[type=date]')) {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(day, '${today}');
      day.dispatchEvent(new Event('input', { bubbles: true }));
    }`);
    await page.waitForURL(`**/history?trunkId=${trunkId}&outcome=transferred&to=${today}&from=${today}`);
    await page.reload();
    await page.getByText('Transferred to 215 Sarah Jones').first().waitFor();
    expect(await page.getByLabel('From', { exact: true }).inputValue()).toBe(today);
    await page.getByLabel('Search').fill('nobody of this name');
    await page.getByRole('heading', { name: 'No call fits these filters' }).waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.getByRole('row', { name: /101/ }).first().click();
    await page.getByRole('heading', { name: /Call from Ext 101/ }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('the dashboards count the calls, and say the same as tables', async () => {
    const { page, complaints, close } = await openPage(browser, scene.offhook.url, { signIn });
    await page.goto('/dashboards');
    const outcomes = page.getByRole('region', { name: 'Calls by outcome' });
    // for who does not see the chart
    await outcomes.getByRole('row', { name: /^Transferred As it should [1-9]/ }).waitFor();
    await page
      .getByRole('region', { name: 'Calls by agent' })
      .getByRole('row', { name: /^Front desk [1-9]/ })
      .waitFor();
    await page
      .getByRole('region', { name: 'Transfers by result' })
      .getByRole('row', { name: /^Transferred [1-9]/ })
      .waitFor();
    await page.getByText(/^[1-9]\d* of [1-9]\d*$/).waitFor();
    await inspect(page, 'dashboards');
    await outcomes.getByRole('button', { name: 'Calls by outcome as a table' }).click();
    await outcomes.getByRole('columnheader', { name: 'Outcome' }).waitFor();
    await page.getByText('24 hours').click();
    await page.waitForURL(/days=1$/);
    await page.getByRole('region', { name: 'Trunks over time' }).getByRole('row').nth(1).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
};

for (const { kind, missing } of switchesUnderTest()) {
  if (missing !== null) continue; // said by the switch contract and by the last line of the run
  describe(kind, () => {
    const isWhole = kind === 'asterisk';
    const look = isWhole ? inspect : () => Promise.resolve();
    const stage = () => ({ browser, scene, signIn, caller, microphoneHz, look });
    beforeAll(async () => {
      const environment = { WEBHOOK_PRIVATE_ADDRESSES: 'yes' };
      scene = await Scene.around(await Offhook.started({ switch: kind, environment }), pbx);
      signIn = await scene.offhook.administrator();
      caller = await SipPhone.registered({ pbx, extension: '101' });
    });
    afterAll(async () => {
      await caller?.close();
      await scene?.close();
    });
    if (isWhole) callStories();
    liveCallStory(stage);
    callGoesOnStory(stage);
    if (isWhole) talkStories(stage);
  });
}
