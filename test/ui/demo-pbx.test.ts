/** Without a PBX at hand: the demo PBX at one click, and its caller is answered and put through, under the admin's eyes. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspect, openBrowser, openPage } from '../kit/browser.ts';
import { Offhook } from '../kit/offhook.ts';

let browser: Browser;
let offhook: Offhook;

beforeAll(async () => {
  [browser, offhook] = await Promise.all([openBrowser(), Offhook.started({ switch: 'asterisk' })]);
});
afterAll(async () => {
  await browser?.close();
  await offhook?.remove();
});

test('the demo PBX is connected at one click, and its caller reaches Sarah', {
  timeout: 150_000,
  // from an installation that nobody had used: there is one
  retry: 0,
}, async () => {
  const signIn = await offhook.administrator();
  const { page, complaints, close } = await openPage(browser, offhook.url, { signIn });
  await page.goto('/start');
  await page.getByRole('button', { name: 'Use a demo PBX' }).click();
  await page.getByText('4 of 6 done').waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Let the demo caller call' }).click();
  await page.waitForURL(/\/live/);
  const row = page.getByRole('button', { name: /Front desk/ }).first();
  await row.waitFor({ timeout: 20_000 });
  await row.click();
  await page
    .getByText(/billing/i)
    .first()
    .waitFor({ timeout: 60_000 });
  await inspect(page, 'live-call');
  await page.getByText('Transfer to 215 Sarah: transferred').first().waitFor({ timeout: 40_000 });
  await page.goto('/start');
  await page.getByRole('heading', { name: 'Offhook answers your calls' }).waitFor({ timeout: 20_000 });
  expect(complaints).toEqual([]);
  await close();
});
