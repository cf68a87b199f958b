/** Agents in the browser: made, changed, linked to a trunk, refused when wrong, deleted. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Agent } from '../../controller/contract/agent.ts';
import type { Trunk } from '../../controller/contract/trunk.ts';
import { inspect, openBrowser, openPage, type Page, tabTo } from '../kit/browser.ts';
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

/** Each begins with nothing, also at a second try. */
beforeEach(async () => {
  for (const list of ['/trunks', '/agents'] as const) {
    const { items } = await offhook.api<{ items: { id: string }[] }>('GET', list);
    for (const { id } of items) await offhook.api('DELETE', `${list}/${id}`);
  }
});

test('a receptionist is made and linked to a trunk; the trunk has it', async () => {
  const trunk = await offhook.api<Trunk>('POST', '/trunks', {
    name: 'Head office',
    domain: '127.0.0.1',
    extension: '1000',
    password: 'x',
    active: false,
  });
  const { page, complaints, close } = await openPage(browser, offhook.url, { signIn });
  await page.goto('/agents');
  await page.getByRole('heading', { name: 'No agents yet' }).waitFor();
  await page.getByRole('link', { name: 'New agent' }).click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Front desk');
  await inspect(page, 'agent-new');
  await page.getByRole('button', { name: 'Create the agent' }).click();
  await page.getByRole('combobox', { name: 'PBX SIP Trunk' }).click();
  await page.getByRole('option', { name: 'Head office' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('takes effect with the next call').waitFor();
  const [agent] = (await offhook.api<{ items: Agent[] }>('GET', '/agents')).items;
  expect((await offhook.api<Trunk>('GET', `/trunks/${trunk.id}`)).agentId).toBe(agent?.id);
  await inspect(page, 'agent-telephony');
  await page.getByRole('link', { name: 'Agents', exact: true }).first().click();
  await page.getByRole('cell', { name: 'Head office' }).waitFor();
  await inspect(page, 'agents');
  expect(complaints).toEqual([]);
  await close();
});

test('a bot: what is wrong is said at its field, a secret goes in and never comes back', async () => {
  const { page, complaints, close } = await openPage(browser, offhook.url, {
    signIn,
    colorScheme: 'dark',
  });
  await page.goto('/agents/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Sales bot');
  await page.getByRole('combobox', { name: 'Kind' }).click();
  await page.getByRole('option', { name: 'Twilio Media Streams' }).click();
  await page.getByLabel('Address of the bot').fill('https://example.com');
  await page.getByLabel('Auth token').fill('twelve-secret-words');
  await page.getByRole('button', { name: 'Create the agent' }).click();
  await page.getByText('an address that begins with ws:// or wss://').waitFor();
  await inspect(page, 'agent-bot-refused');
  await page.getByLabel('Address of the bot').fill('wss://bot.example.com/stream');
  await page.getByRole('button', { name: 'Create the agent' }).click();
  await page.getByRole('tab', { name: 'General' }).click();
  await page.getByPlaceholder('Stored. Leave blank to keep it.').waitFor();
  expect(await page.content()).not.toContain('twelve-secret-words');
  await page.getByRole('tab', { name: 'Behaviour' }).click();
  await page.getByLabel('Transfer to extension').fill('215');
  await page.getByLabel('Language').fill('de');
  await page.getByRole('switch', { name: 'Record calls' }).check();
  await page.getByRole('switch', { name: 'Tell callers first' }).waitFor();
  await page.getByLabel('What they are told').fill('We record this call to learn from it.');
  await page.getByLabel('Longest call (seconds)').fill('5');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.mantine-NumberInput-error').waitFor();
  await page.getByLabel('Longest call (seconds)').fill('600');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('takes effect with the next call').waitFor();
  await inspect(page, 'agent-behaviour');
  const { items } = await offhook.api<{ items: Agent[] }>('GET', '/agents');
  expect(items.find(({ name }) => name === 'Sales bot')).toMatchObject({
    kind: 'twilio',
    connection: { url: 'wss://bot.example.com/stream', authToken: 'set' },
    settings: {
      fallbackExtension: '215',
      language: 'de',
      maxDurationSeconds: 600,
      recording: { enabled: true, notice: true, noticeText: 'We record this call to learn from it.' },
    },
  });
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Sales bot is deleted').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

/** Opens the form of a new agent of this kind, with a name and, where given, an address. */
const begin = async (page: Page, kind: string, name: string, url?: string): Promise<void> => {
  await page.goto('/agents/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await choose(page, 'Kind', kind);
  if (url !== undefined) await page.getByLabel('Address of the bot').fill(url);
  await page.getByRole('button', { name: 'Advanced Settings' }).click();
};

const choose = async (page: Page, label: string, option: string): Promise<void> => {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
};

test('each kind of bot has its own form; what is left blank stays blank', async () => {
  const { page, complaints, close } = await openPage(browser, offhook.url, { signIn });
  const made = async (name: string): Promise<Agent | undefined> =>
    (await offhook.api<{ items: Agent[] }>('GET', '/agents')).items.find((agent) => agent.name === name);
  const create = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Create the agent' }).click();
    await page.waitForURL(/telephony/);
  };

  await begin(page, 'OpenAI Realtime', 'Model');
  await page.getByLabel('Model', { exact: true }).fill('');
  await page.getByLabel('Transcription model').fill('');
  await page.getByLabel('Instructions').fill('You are the front desk.');
  await choose(page, 'How it finds the end of a sentence', 'By what was said');
  await inspect(page, 'agent-openai');
  await create();
  expect(await made('Model')).toMatchObject({
    connection: {
      model: '',
      voice: 'marin',
      transcriptionModel: '',
      turnDetection: 'semantic_vad',
      audio: 'call',
    },
  });
  // and stay so when something else is changed
  await page.getByRole('tab', { name: 'General' }).click();
  expect(await page.getByLabel('Model', { exact: true }).inputValue()).toBe('');
  await page.getByLabel('Voice').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('takes effect with the next call').waitFor();
  expect(await made('Model')).toMatchObject({ connection: { model: '', voice: '', transcriptionModel: '' } });

  await begin(page, 'jambonz listen', 'Jam', 'wss://bot.example.com/audio');
  await page.getByLabel('User name').fill('offhook');
  await choose(page, 'Mode', 'Commands to play audio (playAudio)');
  await choose(page, 'Sample rate', '16000');
  await page.getByRole('checkbox', { name: 'Pass on keys that callers press' }).uncheck();
  await page.getByLabel('Parameters').fill('tier: gold');
  await create();
  expect(await made('Jam')).toMatchObject({
    connection: {
      mode: 'playAudio',
      sampleRate: 16_000,
      passDtmf: false,
      username: 'offhook',
      parameters: { tier: 'gold' },
    },
  });

  await begin(page, 'Offhook WebSocket', 'Own', 'wss://bot.example.com/offhook');
  await page.getByLabel('Token').fill('a token of five words');
  await choose(page, 'Audio format', 'PCMA (A-law)');
  await page.getByLabel('Headers').fill('X-Tenant: seven');
  await create();
  expect(await made('Own')).toMatchObject({
    connection: { audio: 'pcma', sampleRate: 16_000, token: 'set', headers: { 'X-Tenant': 'set' } },
  });
  expect(complaints).toEqual([]);
  await close();
});

test('of two who change an agent at once nobody is overwritten without knowing: what was typed stays, and one chooses', async () => {
  const { id } = await offhook.api<Agent>('POST', '/agents', { name: 'Night desk' });
  const stored = () => offhook.api<Agent>('GET', `/agents/${id}`);
  const other = (change: object) => offhook.api('PATCH', `/agents/${id}`, change);
  const { page, complaints, close } = await openPage(browser, offhook.url, { signIn });
  await page.goto(`/agents/${id}`);
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  const message = page.getByLabel('First message');
  const save = page.getByRole('button', { name: 'Save', exact: true });
  const note = page.getByRole('alert').filter({ hasText: 'Somebody else has changed this meanwhile' });

  // who has typed nothing sees what the other one did
  await name.waitFor();
  await other({ firstMessage: 'Good night.' });
  await expect.poll(() => message.inputValue()).toBe('Good night.');

  await name.fill('Evening desk');
  await other({ firstMessage: 'Good morning.' });
  await save.click();
  await note.waitFor();
  expect(await name.inputValue()).toBe('Evening desk');
  expect(await message.inputValue()).toBe('Good night.');
  expect(await stored()).toMatchObject({ name: 'Night desk', firstMessage: 'Good morning.' });
  // by the keyboard, from where the focus was put
  await note.and(page.locator(':focus')).waitFor();
  await inspect(page, 'agent-changed-meanwhile');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => message.inputValue()).toBe('Good morning.');
  expect(await name.inputValue()).toBe('Night desk');
  await note.waitFor({ state: 'detached' });

  await name.fill('Evening desk');
  await other({ firstMessage: 'Good afternoon.' });
  await save.click();
  await note.waitFor();
  await tabTo(page, note.getByRole('button', { name: 'Save mine over it' }));
  await page.keyboard.press('Enter');
  await page.getByText('takes effect with the next call').waitFor();
  await note.waitFor({ state: 'detached' });
  expect(await stored()).toMatchObject({ name: 'Evening desk', firstMessage: 'Good morning.' });
  expect(complaints).toEqual([]);
  await close();
});

test('what is typed outlives a change of tabs, and one is asked before another screen takes it away', async () => {
  const { id } = await offhook.api<Agent>('POST', '/agents', { name: 'Front desk' });
  const trunk = await offhook.api<Trunk>('POST', '/trunks', {
    name: 'Head office',
    domain: '127.0.0.1',
    extension: '1000',
    password: 'x',
    active: false,
  });
  const { page, complaints, close } = await openPage(browser, offhook.url, { signIn });
  const tab = (name: string) => page.getByRole('tab', { name });
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  const agents = page.getByRole('navigation').getByRole('link', { name: 'Agents' });
  await page.goto('/agents');
  await page.getByRole('link', { name: 'Front desk' }).click();
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await name.fill('Back desk');
  await tab('Behaviour').click();
  await tab('General (not saved)').waitFor();
  await page.getByLabel('Longest call (seconds)').fill('5');
  await tab('General').click();
  expect(await name.inputValue()).toBe('Back desk');
  // what is wrong is shown, though it is on the other tab
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.mantine-NumberInput-error').waitFor();
  await page.getByLabel('Longest call (seconds)').fill('700');

  await agents.click();
  await question.waitFor();
  await inspect(page, 'leave-without-saving');
  // Enter stays, and so does Escape
  await page.keyboard.press('Enter');
  await question.waitFor({ state: 'detached' });
  await agents.click();
  await question.waitFor();
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  expect(await page.getByLabel('Longest call (seconds)').inputValue()).toBe('700');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('takes effect with the next call').waitFor();
  expect(await offhook.api<Agent>('GET', `/agents/${id}`)).toMatchObject({
    name: 'Back desk',
    settings: { maxDurationSeconds: 700 },
  });

  // saved: nothing to ask; and left on purpose, it is gone
  await tab('General').click();
  await agents.click();
  await page.getByRole('link', { name: 'Back desk' }).click();
  await name.fill('Nobody');
  await agents.click();
  await question.getByRole('button', { name: 'Leave without saving' }).click();
  await page.getByRole('link', { name: 'Back desk' }).click();
  expect(await name.inputValue()).toBe('Back desk');

  // a trunk is linked by what is chosen, whatever another admin does to the trunk meanwhile
  await tab('Telephony').click();
  await page.getByRole('combobox', { name: 'PBX SIP Trunk' }).click();
  await page.getByRole('option', { name: 'Head office' }).click();
  await page.keyboard.press('Escape');
  await tab('General').click();
  await question.getByRole('button', { name: 'Stay here' }).click();
  const night = await offhook.api<Agent>('POST', '/agents', { name: 'Night desk' });
  await offhook.api('PATCH', `/trunks/${trunk.id}`, { agentId: night.id });
  await page.getByText('Head office is answered by Night desk now and changes to this agent.').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => (await offhook.api<Trunk>('GET', `/trunks/${trunk.id}`)).agentId).toBe(id);

  // what is deleted needs no saving
  await page.goto(`/agents/${night.id}`);
  await name.fill('Nobody');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Night desk is deleted').waitFor();
  await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor();
  expect(await question.count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});
