/** The settings of a workspace in the browser: people, tokens, webhooks, money, the audit log, the system's health. */
import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiver } from '../../controller/webhooks/test-receiver.ts';
import { inspect, openBrowser, openPage, type Page } from '../kit/browser.ts';
import { Offhook } from '../kit/offhook.ts';

let browser: Browser;
let offhook: Offhook;
let signIn: { email: string; password: string };
let agentId: string;
let trunkId: string;
const vera = { email: 'vera@example.com', password: 'a viewer on the line' };

beforeAll(async () => {
  [browser, offhook] = await Promise.all([
    openBrowser(),
    Offhook.started({ switch: 'asterisk', environment: { WEBHOOK_PRIVATE_ADDRESSES: 'yes' } }),
  ]);
  signIn = await offhook.administrator();
  ({ id: agentId } = await offhook.api<{ id: string }>('POST', '/agents', { name: 'Front desk' }));
  ({ id: trunkId } = await offhook.api<{ id: string }>('POST', '/trunks', {
    name: 'Head office',
    // nobody is there: the status is one that an operator could do something about
    domain: '127.0.0.1',
    port: 9,
    extension: '1000',
    password: 'x',
    agentId,
  }));
  await offhook.api('POST', `/trunks/${trunkId}/extensions`, { ext: '215', name: 'Sarah' });
  await offhook.api('POST', '/numbers', { number: '+27 87 250 0100', trunkId });
  await offhook.api('POST', '/users', { ...vera, name: 'Vera Viewer', role: 'viewer' });
});
afterAll(async () => {
  await browser?.close();
  await offhook?.remove();
});

test('people, tokens, webhooks, the wallet and recordings are set up, and the audit log tells of it', {
  timeout: 120_000,
  // a second try would find what the first one set up
  retry: 0,
}, async () => {
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
  await inspect(page, 'settings-add-user');
  await dialog.getByRole('button', { name: 'Add a user' }).click();
  await page.getByRole('cell', { name: /olga@example.com/ }).waitFor();
  await inspect(page, 'settings-users');

  await page.goto('/settings/tokens');
  await page.getByRole('button', { name: 'New token' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('CRM script');
  await dialog.getByRole('button', { name: 'Make the token' }).click();
  await dialog.getByText('it is never shown again').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('cell', { name: 'CRM script' }).waitFor();
  await inspect(page, 'settings-tokens');

  await page.goto('/settings/webhooks');
  await page.getByRole('button', { name: 'New webhook' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('CRM');
  await dialog.getByRole('textbox', { name: 'Address' }).fill(program.url);
  await dialog.getByRole('button', { name: 'Make the webhook' }).click();
  await dialog.getByText('whsec_').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('It arrived: answered 204').waitFor();
  // the story's trunk, whose PBX says nothing, may fail in the same moment, before or after; a test stands in no log
  expect(program.received.filter(({ body }) => body.includes('webhook.test'))).toHaveLength(1);
  await page.getByRole('button', { name: 'Deliveries' }).click();
  const nothing = page.getByText('Nothing was sent yet.');
  await nothing
    .or(page.getByRole('cell', { name: 'trunk.failed' }))
    .first()
    .waitFor();
  await inspect(page, 'settings-webhooks');

  await page.goto('/settings/wallet');
  await page.getByLabel('Amount').fill('12.50');
  await page.getByRole('button', { name: 'Top up' }).click();
  await page.getByText('12.50 USD').waitFor();
  await page.getByRole('switch', { name: 'Charge calls to the wallet' }).check();
  await page.getByLabel('Price of a minute').fill('0.05');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Filled').waitFor();
  await inspect(page, 'settings-wallet');

  await page.goto('/settings/recording');
  await page.getByText('This workspace has no recordings.').waitFor();
  await page.getByRole('radio', { name: 'Only a number of days' }).check();
  await page.getByLabel('Days', { exact: true }).fill('0');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.mantine-NumberInput-error').waitFor();
  await page.getByLabel('Days', { exact: true }).fill('14');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. What is too old is deleted within minutes.').waitFor();
  expect(await offhook.api('GET', '/settings')).toMatchObject({ recordingDays: 14 });
  await inspect(page, 'settings-recording');

  await page.goto('/settings/audit');
  await page.getByRole('button', { name: /Create webhook CRM/ }).click();
  await page.getByText('[hidden]').first().waitFor();
  await inspect(page, 'settings-audit');

  await page.goto('/settings/system');
  await page.getByRole('heading', { name: 'Switch' }).waitFor();
  await page.getByRole('row', { name: /^Asterisk \d+\./ }).waitFor();
  await page.getByRole('row', { name: /^PostgreSQL \d+/ }).waitFor();
  await inspect(page, 'settings-system');
  expect(complaints).toEqual([]);
  await close();
  await program.close();
});

/** Buttons of a screen's content that can be pressed and are not among those that change nothing. */
const actions = async (page: Page): Promise<string[]> =>
  page.evaluate<
    string[]
  >(`[...document.querySelectorAll('main button:enabled:not([role=tab]), main input:enabled, main textarea:enabled')]
    .filter((found) => !found.matches('fieldset:disabled *') && found.offsetParent !== null)
    .map((found) => found.getAttribute('aria-label') ?? (found.labels?.[0]?.textContent || found.textContent || found.placeholder || found.outerHTML.slice(0, 200)))`);

test('a viewer sees everything that he may see, and nothing to press that he may not', {
  timeout: 120_000,
}, async () => {
  const { page, complaints, close } = await openPage(browser, offhook.url, { signIn: vera });
  const refused: string[] = [];
  page.on('response', (response) => {
    if (response.status() === 403) refused.push(response.url());
  });
  await page.goto('/');
  await page.getByRole('heading', { name: 'No calls right now' }).waitFor();
  expect(await page.getByRole('button', { name: /^Workspace / }).count()).toBe(0);
  for (const hidden of ['Get started', 'Users', 'API tokens', 'Webhooks', 'Audit log'])
    expect(await page.getByRole('navigation').getByRole('link', { name: hidden }).count(), hidden).toBe(0);
  const trunk = `/settings/pbx/${trunkId}`;
  for (const [path, seen, harmless] of [
    ['/live', 'No calls right now', []],
    [
      '/history',
      'No calls yet',
      ['Search', 'Trunk', 'Agent', 'Outcome', 'Whose fault', 'From', 'Until', 'Test calls'],
    ],
    ['/dashboards', 'No calls in this time', [/hours|days|year|table|chart/]],
    ['/numbers', '+27872500100', ['Diagnostics']],
    ['/agents', 'Front desk', []],
    [`/agents/${agentId}`, 'takes the role Admin', []],
    [`/agents/${agentId}/behaviour`, 'takes the role Admin', []],
    [`/agents/${agentId}/telephony`, 'takes the role Admin', []],
    ['/agents/new', 'takes the role Admin', []],
    ['/numbers/connect-carrier/sip-trunk?pbx=3cx', 'takes the role Admin', []],
    ['/settings/pbx', 'Head office', []],
    [trunk, 'Connection', [/^Copy /]],
    [`${trunk}/directory`, 'Sarah', ['The caller says', 'Try', 'Export CSV', /^Search/]],
    [`${trunk}/settings`, 'takes the role Admin', []],
    [`${trunk}/validate`, 'Validate', []],
    ['/settings/recording', 'As long as Offhook does', []],
    ['/settings/wallet', 'Balance', []],
    ['/settings/system', 'Database', []],
  ] as const) {
    await page.goto(path);
    await page.getByText(seen).first().waitFor();
    const left = (await actions(page)).filter(
      (name) =>
        !harmless.some((one: string | RegExp) => (typeof one === 'string' ? name === one : one.test(name))),
    );
    expect(left, path).toEqual([]);
  }
  await inspect(page, 'viewer-system');
  expect(refused).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('who may enter several workspaces goes from one to the other, and sees only what is there', async () => {
  const { page, complaints, close } = await openPage(browser, offhook.url, { signIn });
  await page.goto('/settings/pbx');
  await page.getByRole('cell', { name: 'Head office' }).waitFor();
  const name = `Branches ${randomUUID().slice(0, 4)}`;
  await offhook.api('POST', '/workspaces', { name });
  await page.reload();
  await page.getByRole('button', { name: /^Workspace / }).click();
  await inspect(page, 'workspaces');
  await page.getByRole('menuitem', { name }).click();
  await page.getByRole('button', { name: `Workspace ${name}: choose another one` }).waitFor();
  await page.goto('/settings/pbx');
  await page.getByRole('heading', { name: 'No PBX is connected yet' }).waitFor();
  await page.goto('/agents/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Branch desk');
  await page.getByRole('button', { name: 'Create the agent' }).click();
  await page.waitForURL(/telephony/);
  const names = (await offhook.api<{ items: { name: string }[] }>('GET', '/agents')).items.map(
    ({ name }) => name,
  );
  expect(names).toEqual(['Front desk']);
  await page.getByRole('button', { name: /^Workspace Branches/ }).click();
  await page.getByRole('menuitem').filter({ hasNotText: 'Branches' }).first().click();
  await page.goto('/agents');
  await page.getByRole('cell', { name: 'Front desk' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});
