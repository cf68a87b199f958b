/** The settings of a workspace in the browser: people, tokens, webhooks, money, the audit log, the system's health. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiver } from '../../controller/webhooks/test-receiver.ts';
import { accessibilityFaults, openBrowser, openPage } from '../kit/browser.ts';
import { Offhook } from '../kit/offhook.ts';

let browser: Browser;
let offhook: Offhook;
let signIn: { email: string; password: string };

beforeAll(async () => {
  [browser, offhook] = await Promise.all([
    openBrowser(),
    Offhook.started({ switch: 'asterisk', environment: { WEBHOOK_PRIVATE_ADDRESSES: 'yes' } }),
  ]);
  signIn = await offhook.administrator();
});
afterAll(async () => {
  await browser?.close();
  await offhook?.remove();
});

test('people, tokens, webhooks and the wallet are set up, and the audit log tells of it', async () => {
  const program = await receiver();
  const { page, complaints, close } = await openPage(browser, offhook.url, { signIn });

  await page.goto('/settings/users');
  await page.getByRole('button', { name: 'Add a user' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill('not an address');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Olga Operator');
  await dialog.getByLabel('Password').fill('another horse on the line');
  await dialog.getByRole('button', { name: 'Add a user' }).click();
  await dialog
    .getByText(/an e-mail address/i)
    .first()
    .waitFor();
  await dialog.getByLabel('E-mail').fill('olga@example.com');
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Add a user' }).click();
  await page.getByRole('cell', { name: /olga@example.com/ }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.goto('/settings/tokens');
  await page.getByRole('button', { name: 'New token' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('CRM script');
  await dialog.getByRole('button', { name: 'Make the token' }).click();
  await dialog.getByText('it is never shown again').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('cell', { name: 'CRM script' }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.goto('/settings/webhooks');
  await page.getByRole('button', { name: 'New webhook' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('CRM');
  await dialog.getByRole('textbox', { name: 'Address' }).fill(program.url);
  await dialog.getByRole('button', { name: 'Make the webhook' }).click();
  await dialog.getByText('whsec_').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('It arrived: answered 204').waitFor();
  expect(program.received).toHaveLength(1);
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.goto('/settings/wallet');
  await page.getByLabel('Amount').fill('12.50');
  await page.getByRole('button', { name: 'Top up' }).click();
  await page.getByText('12.50 USD').waitFor();
  await page.getByRole('switch', { name: 'Charge calls to the wallet' }).check();
  await page.getByLabel('Price of a minute').fill('0.05');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Filled').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.goto('/settings/audit');
  await page.getByRole('button', { name: /Create webhook CRM/ }).click();
  await page.getByText('[hidden]').first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.goto('/settings/system');
  await page.getByRole('heading', { name: 'Switch' }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
  await program.close();
});
