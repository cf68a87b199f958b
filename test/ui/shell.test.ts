/** The frame of the web UI on a real controller: how it is served, log-in, what a restart of the controller does to it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspect, openBrowser, openPage } from '../kit/browser.ts';
import { Offhook } from '../kit/offhook.ts';

let browser: Browser;
let offhook: Offhook;
let signIn: { email: string; password: string };

beforeAll(async () => {
  [browser, offhook] = await Promise.all([openBrowser(), Offhook.started({ switch: 'asterisk' })]);
  signIn = await offhook.administrator();
});
afterAll(async () => {
  await browser?.close();
  await offhook?.remove();
});

test('pages come fresh with a policy, hashed files for a year and compressed, the API stays the API', async () => {
  const page = await fetch(`${offhook.url}/settings/pbx`, { headers: { accept: 'text/html' } });
  const html = await page.text();
  expect(page.headers.get('cache-control')).toBe('no-store');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self';");
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
  expect(nonce.length).toBeGreaterThan(20);
  expect(html).toContain(`nonce="${nonce}"`);

  const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
  const file = await fetch(`${offhook.url}${script}`, { headers: { 'accept-encoding': 'br' } });
  expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(file.headers.get('content-encoding')).toBe('br');
  expect((await file.text()).length).toBeGreaterThan(100_000);

  expect((await fetch(`${offhook.url}/assets/gone.js`, { headers: { accept: '*/*' } })).status).toBe(404);
  const api = await fetch(`${offhook.url}/api/v1/nothing`, { headers: { accept: 'text/html' } });
  expect(api.headers.get('content-type')).toContain('application/problem+json');
});

// a second try might find no controller
test('a restarted controller: the page says so and comes back by itself', { retry: 0 }, async () => {
  const { page, complaints, close } = await openPage(browser, offhook.url, { signIn });
  await page.goto('/');
  const title = page.getByRole('heading', { level: 1 });
  await title.waitFor();
  await page.getByRole('button', { name: 'All systems work' }).waitFor();
  await offhook.kill();
  await page.getByText('No connection to Offhook').waitFor();
  expect(await title.isVisible()).toBe(true);
  await offhook.start();
  await page.getByRole('button', { name: 'All systems work' }).waitFor({ timeout: 30_000 });
  expect(await page.getByText('No connection to Offhook').count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

test('log-in and frame are accessible, and say what was wrong', async () => {
  const { page, complaints, close } = await openPage(browser, offhook.url);
  await page.goto('/');
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await inspect(page, 'log-in');
  await page.getByLabel('E-mail address').fill(signIn.email);
  await page.getByRole('textbox', { name: 'Password' }).fill('not this one');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('You are not logged in').waitFor();
  await inspect(page, 'log-in-refused');
  await page.getByRole('textbox', { name: 'Password' }).fill(signIn.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).waitFor();
  await inspect(page, 'account-menu');
  await page.goto('/no/such/screen');
  await page.getByText('There is no such screen').waitFor();
  await inspect(page, 'not-found');
  expect(complaints).toEqual([]);
  await close();
});
