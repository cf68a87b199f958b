/**
 * A PBX admin who has never seen Offhook: from the first run to an answered and transferred call, on a real PBX with real
 * phones; a registration that fails and is repaired; a directory from a file with bad rows.
 */
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspect, type OpenPage, openBrowser, openPage, type Page } from '../kit/browser.ts';
import { Offhook } from '../kit/offhook.ts';
import { type Pbx, startPbx } from '../kit/pbx.ts';
import { registerNow, registrationIs, setTrunk } from '../kit/pbx-trunk.ts';
import { SipPhone } from '../kit/sip-phone.ts';

let browser: Browser;
let pbx: Pbx;
let offhook: Offhook;
let opened: OpenPage;
let page: Page;

beforeAll(async () => {
  [browser, pbx, offhook] = await Promise.all([
    openBrowser(),
    startPbx(),
    Offhook.started({ switch: 'asterisk' }),
  ]);
  opened = await openPage(browser, offhook.url);
  page = opened.page;
});
afterAll(async () => {
  await opened?.close();
  await browser?.close();
  await offhook?.remove();
  await pbx?.remove();
});

const fillTrunk = async (password: string): Promise<void> => {
  await page.getByLabel('PBX SIP Domain').fill(pbx.host);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Advanced Settings' }).click();
  await page.getByLabel('Port', { exact: true }).fill(String(pbx.port));
};

test('from the first run to a caller who is put through', { timeout: 150_000 }, async () => {
  await page.goto('/');
  await page.getByRole('heading', { name: 'Welcome to Offhook' }).waitFor();
  await inspect(page, 'first-run');
  await page.getByLabel('Your name').fill('Ann Admin');
  await page.getByLabel('E-mail address').fill('ann@example.com');
  await page.getByRole('textbox', { name: 'Password' }).fill('short');
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.getByText('At least 10 characters.', { exact: true }).waitFor();
  await page.getByRole('textbox', { name: 'Password' }).fill('a horse on the line');
  await page.getByRole('button', { name: 'Create administrator' }).click();

  await page.getByRole('heading', { name: 'Get started' }).waitFor();
  await page.getByText('0 of 6 done').waitFor();
  await inspect(page, 'start');
  await page.getByRole('link', { name: 'Connect a PBX' }).click();
  await page.getByRole('heading', { name: 'What PBX are you using?' }).waitFor();
  await inspect(page, 'which-pbx');
  await page.getByRole('link', { name: /^Asterisk/ }).click();
  await page.getByRole('radio', { name: /Add Offhook as a phone on your PBX/ }).check();
  await page.getByLabel('Trunk name').fill('Head office');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  // nothing was sent: each missing value is said where it is missing
  await page.getByText('2 to 6 digits.').waitFor();
  await page.getByRole('textbox', { name: 'Extension' }).fill('1000');
  await fillTrunk('pw-1000');
  await inspect(page, 'connect-pbx');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByRole('heading', { name: 'Head office is set up' }).waitFor();
  await page.getByText('Registered as ext 1000').first().waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Copy Extension' }).first().waitFor();
  await inspect(page, 'connected');

  await page.getByRole('link', { name: 'Get started' }).click();
  await page.getByText('3 of 6 done').waitFor();
  await page.getByRole('link', { name: 'Fill the directory' }).click();
  await page.getByRole('button', { name: 'Add extension' }).click();
  await page.getByRole('textbox', { name: 'Ext', exact: true }).fill('215');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Sarah');
  await page.getByRole('textbox', { name: 'Department', exact: true }).fill('Accounts');
  await page
    .getByRole('combobox', { name: 'Aliases' })
    .or(page.getByRole('textbox', { name: 'Aliases' }))
    .first()
    .pressSequentially('billing,invoices,');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('row', { name: /215 Sarah Accounts billing invoices/ }).waitFor();
  await page.getByLabel('The caller says').fill('put me through to billing please');
  await page.getByRole('button', { name: 'Try', exact: true }).click();
  await page.getByText('Transfers to 215 Sarah').waitFor();
  await page.getByText('“Connecting you to Sarah in Accounts.”').waitFor();
  await inspect(page, 'directory');

  await page.getByRole('link', { name: 'Get started' }).click();
  await page.getByText('Dial 1000 from any phone of the PBX').waitFor();
  const [caller, sarah] = await Promise.all([
    SipPhone.registered({ pbx, extension: '101' }),
    SipPhone.registered({ pbx, extension: '215' }),
  ]);
  sarah.answerWithTone(1300);
  const call = await caller.call('1000');
  await call.answered(20_000);
  await page.getByText('5 of 6 done').waitFor();
  await call.rtp.sendDigits('215');
  await call.rtp.ear.hears(1300, { timeoutMs: 25_000 });
  await call.hangUp();
  await page.getByRole('heading', { name: 'Offhook answers your calls' }).waitFor({ timeout: 20_000 });
  await inspect(page, 'start-finished');
  await Promise.all([caller.close(), sarah.close()]);
  expect(opened.complaints).toEqual([]);
});

test('a registration that fails says why, and is repaired where it is said', {
  timeout: 90_000,
}, async () => {
  await page.goto('/numbers/connect-carrier/sip-trunk?pbx=freepbx');
  await page.getByLabel('Trunk name').fill('Branch');
  await page.getByRole('textbox', { name: 'Extension' }).fill('1001');
  await fillTrunk('wrong-password');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByText('Failed — Authentication required').first().waitFor({ timeout: 40_000 });
  await page.getByText(/did not accept the username or password of extension 1001/).waitFor();
  await inspect(page, 'connect-failed');

  await page.getByRole('link', { name: 'Correct the values' }).click();
  await page.getByRole('tab', { name: 'SIP messages' }).click();
  await page
    .getByRole('button', { name: /401|REGISTER/ })
    .first()
    .waitFor();
  await inspect(page, 'trunk-messages');
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('textbox', { name: 'Password' }).fill('pw-1001');
  await inspect(page, 'trunk-settings');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. It takes effect with the next call.').waitFor();
  await page.getByRole('tab', { name: 'Overview' }).click();
  await page.getByText('Registered as ext 1001').first().waitFor({ timeout: 30_000 });
  await inspect(page, 'trunk');
  await page.getByRole('tab', { name: 'Guide' }).click();
  await page.getByText('How to take it back').waitFor();
  await inspect(page, 'trunk-guide');
  await page.getByRole('tab', { name: 'Diagnostics' }).click();
  await page.getByText('Credentials valid').waitFor();
  await inspect(page, 'trunk-diagnostics');

  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
  await page.getByText('Inactive').first().waitFor();
  await page.goto('/settings/pbx');
  await page.getByRole('row', { name: /Branch Inactive FreePBX/ }).waitFor();
  await page.getByRole('row', { name: /Head office Registered as ext 1000 Asterisk/ }).waitFor();
  await inspect(page, 'pbx-settings');
  expect(opened.complaints).toEqual([]);
});

test('a SIP trunk over TLS: the wizard names the TLS port, and gives our certificate', {
  timeout: 60_000,
}, async () => {
  await page.goto('/numbers/connect-carrier/sip-trunk?pbx=asterisk');
  await page.getByRole('radio', { name: /SIP trunk from your PBX/ }).check();
  await page.getByLabel('Trunk name').fill('Over TLS');
  await page.getByLabel('PBX SIP Domain').fill(pbx.host);
  await page.getByRole('button', { name: /Advanced Settings/ }).click();
  await page.getByRole('combobox', { name: 'Transport' }).click();
  await page.getByRole('option', { name: 'TLS' }).click();
  await page.getByText('The PBX may come over TLS only').waitFor();
  expect(await page.getByLabel('Trusted certificate (PEM)').count()).toBe(0);
  await page.getByRole('combobox', { name: 'Media encryption (SRTP)' }).click();
  await page.getByRole('option', { name: 'Required' }).click();
  await inspect(page, 'connect-trunk-tls-form');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByText('Over TLS is set up').waitFor();
  await page.getByText(/^TLS · \d+$/).waitFor();
  await page
    .getByText(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    .first()
    .waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toBe('offhook.crt');
  expect(await readFile(await (await download).path(), 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----/);
  await page.getByText('ca_list_file').first().waitFor();
  await inspect(page, 'connected-trunk-tls');
  expect(opened.complaints).toEqual([]);
});

test('a file with bad rows imports nothing and says what is wrong; mended, it imports all', {
  timeout: 60_000,
}, async () => {
  await page.goto('/settings/pbx');
  await page.getByRole('link', { name: 'Head office' }).click();
  await page.getByRole('tab', { name: 'Directory' }).click();
  await page.getByRole('button', { name: 'Import CSV' }).click();
  const choose = async (rows: string[]): Promise<void> => {
    const buffer = Buffer.from(['ext,name,owner,department,aliases', ...rows, ''].join('\n'));
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer });
  };
  await choose([
    '216,John Smith,,Sales,sales',
    'abc,Nobody,,,',
    '215,Sarah,Sarah Jones,Accounts,billing;invoices',
    '217,,,,',
  ]);
  const dialog = page.getByRole('dialog');
  await dialog.getByText('2 wrong').waitFor();
  await dialog.getByText('2 rows are wrong, so nothing can be imported').waitFor();
  await dialog.getByRole('row', { name: /3 abc Wrong/ }).waitFor();
  expect(await dialog.getByRole('button', { name: 'Import 2 rows' }).isDisabled()).toBe(true);
  await inspect(page, 'csv-import');

  await choose(['216,John Smith,,Sales,sales', '215,Sarah,Sarah Jones,Accounts,billing;invoices']);
  await dialog.getByText('1 changed').waitFor();
  await dialog.getByRole('button', { name: 'Import 2 rows' }).click();
  await page.getByText('2 rows were imported').waitFor();
  await page.getByRole('row', { name: /216 John Smith Sales sales/ }).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  expect((await download).suggestedFilename()).toBe('Head office directory.csv');
  expect(opened.complaints).toEqual([]);
});

test('a number is bound to an extension and an agent, changed, and diagnosed', {
  timeout: 60_000,
}, async () => {
  await page.goto('/numbers');
  await page.getByRole('heading', { name: 'No phone numbers yet' }).waitFor();
  await page.getByRole('button', { name: 'Connect PBX Extension' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Public DID').fill('12');
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await dialog
    .getByText(/a whole number with its country code/i)
    .first()
    .waitFor();
  await dialog.getByLabel('Public DID').fill('+27 87 250 0100');
  await dialog.getByLabel('Friendly label').fill('Main line');
  await inspect(page, 'connect-extension');
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await page.getByRole('row', { name: /\+27872500100 Main line/ }).waitFor();
  await inspect(page, 'numbers');
  await page.getByRole('button', { name: 'Edit +27872500100' }).click();
  await page.getByLabel('Label').fill('Switchboard');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('row', { name: /\+27872500100 Switchboard/ }).waitFor();
  await page.getByRole('button', { name: 'Diagnostics' }).click();
  await page
    .getByRole('dialog', { name: /Diagnostics of/ })
    .getByText('Credentials valid')
    .waitFor();
  await inspect(page, 'number-diagnostics');
  expect(opened.complaints).toEqual([]);
});

test('Validate tells nine results, one by one, with a test call', { timeout: 120_000 }, async () => {
  await page.goto('/settings/pbx');
  await page.getByRole('link', { name: 'Head office' }).click();
  await page.getByRole('tab', { name: 'Validate' }).click();
  await page.getByText('This trunk has not been validated yet.').waitFor();
  await page.getByRole('button', { name: 'Validate', exact: true }).click();
  await page.getByText('Everything that was tried works').waitFor({ timeout: 90_000 });
  const points = page.getByRole('tabpanel').getByRole('listitem');
  expect(await points.count()).toBe(9);
  expect(await points.filter({ hasText: 'Test call reaches the agent' }).innerText()).toContain('Passed');
  await inspect(page, 'trunk-validate');
  expect(opened.complaints).toEqual([]);
});

/** What stands beside a copy button: what somebody would paste into the PBX. */
const copied = (label: string): Promise<string> =>
  page
    .getByRole('button', { name: `Copy ${label}`, exact: true })
    .first()
    .locator('xpath=preceding-sibling::p[1]')
    .innerText();

test('a PBX registers on Offhook with what the screen shows; its password is shown once, and rotated', {
  timeout: 120_000,
}, async () => {
  await page.goto('/numbers/connect-carrier/sip-trunk?pbx=asterisk');
  await page.getByRole('radio', { name: /SIP trunk from your PBX to Offhook/ }).check();
  await page.getByLabel('Trunk name').fill('Reception line');
  await page.getByLabel('PBX SIP Domain').fill(pbx.host);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByRole('heading', { name: 'Reception line is set up' }).waitFor();
  await page.getByText('Waiting for PBX').first().waitFor();
  await page.getByText('The password is shown this once').waitFor();
  await page.getByText('Registrar port').first().waitFor();
  await inspect(page, 'connected-sip-trunk');
  const registrar = { host: await copied('Registrar'), port: Number(await copied('Registrar port')) };
  const username = await copied('SIP Username');
  const password = await copied('SIP Password');
  expect(password).toMatch(/^\S{24}$/);
  await setTrunk(pbx, { registrar, credentials: { username, password } });
  // the page says so by itself
  await page.getByText('Active', { exact: true }).first().waitFor({ timeout: 30_000 });
  await inspect(page, 'connected-sip-trunk-active');

  await page.getByRole('link', { name: 'Open PBX Settings' }).click();
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Rotate password' }).click();
  await page.getByText('The new password').waitFor();
  const next = await copied('SIP Password');
  expect(next).toMatch(/^\S{24}$/);
  expect(next).not.toBe(password);
  await inspect(page, 'rotate-password');
  // within the overlap both are right: the PBX goes on, and registers with the new one when it has been told
  await registerNow(pbx);
  await registrationIs(pbx, 'Registered');
  await setTrunk(pbx, { registrar, credentials: { username, password: next } });
  await registrationIs(pbx, 'Registered');
  await page.reload();
  await page.getByRole('button', { name: 'Rotate password' }).waitFor();
  expect(await page.content()).not.toContain(next);
  await page.goto('/settings/pbx');
  await page.getByRole('row', { name: /Reception line Active Asterisk/ }).waitFor();
  expect(opened.complaints).toEqual([]);
});
