/** The page's microphone and loudspeaker: a call listened to, taken over, handed on; an agent talked to; no microphone. */
import type { Browser } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import type { Agent } from '../../controller/contract/agent.ts';
import type { Scene } from '../journeys/scene.ts';
import { openPage, type Page } from '../kit/browser.ts';
import { giveEars, pageHears } from '../kit/page-ears.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';

type Stage = {
  browser: Browser;
  scene: Scene;
  signIn: { email: string; password: string };
  caller: SipPhone;
  microphoneHz: number;
  look: (page: Page, name: string) => Promise<void>;
};

/** Made, unless a first try has made it. */
const echo = async (scene: Scene, name: string): Promise<Agent> => {
  const { items } = await scene.offhook.api<{ items: Agent[] }>('GET', '/agents');
  return items.find((agent) => agent.name === name) ?? scene.agent({ kind: 'echo', name });
};

/** What the switch has a part in. */
export const liveCallStory = (stage: () => Stage): void => {
  test('a live call is listened to, taken over by microphone, handed back, and handed on', async () => {
    const { browser, scene, signIn, caller, microphoneHz, look } = stage();
    const agent = await echo(scene, 'Echo');
    const trunk = await scene.pbxTrunk({ name: 'Line test', extension: '1002', agentId: agent.id });
    onTestFinished(() => scene.offhook.api('DELETE', `/trunks/${trunk.id}`));
    await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah Jones' });
    await scene.status(trunk.id, 'Registered as ext 1002');
    const sarah = await SipPhone.registered({ pbx: scene.pbx, extension: '215' });
    onTestFinished(() => sarah.close());
    sarah.answerWithTone(1300);
    const { page, context, complaints, close } = await openPage(browser, scene.offhook.url, { signIn });
    onTestFinished(close);
    await giveEars(context);
    await context.grantPermissions(['microphone']);
    await page.goto('/live');
    const call = await caller.call('1002');
    onTestFinished(() => call.hangUp());
    await call.answered();
    void call.rtp.say(toneSource(900, call.rtp.codec));
    await page.getByRole('button', { name: /→ Echo/ }).click();

    // both sides are seen, then heard: the agent echoes
    const level = async (name: string): Promise<number> =>
      Number(await page.getByRole('meter', { name, exact: true }).getAttribute('aria-valuenow'));
    await until(async () => (await level('Caller')) > -30 && (await level('Agent')) > -30, {
      what: 'the levels of both sides',
    });
    await page.getByRole('button', { name: 'Listen in' }).click();
    await pageHears(page, 900, 'left');
    await pageHears(page, 900, 'right');
    const bar = page.getByRole('region', { name: 'Audio', exact: true });
    await bar.getByText('Connected', { exact: true }).waitFor();
    await look(page, 'live-listen');

    await page.getByRole('button', { name: 'Take over' }).click();
    await call.rtp.ear.hears(microphoneHz, { timeoutMs: 15_000 });
    await pageHears(page, 900);
    await page.getByText('Ann Admin talks to the caller').waitFor();
    await look(page, 'live-taken-over');
    // on a phone the call covers the screen, and what one needs is with it
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('dialog').getByRole('button', { name: 'Hand back' }).waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await bar.getByRole('button', { name: 'Mute' }).click();
    await call.rtp.ear.stopsHearing(microphoneHz);
    await bar.getByRole('button', { name: 'Unmute' }).click();
    await call.rtp.ear.hears(microphoneHz);
    await bar.getByRole('button', { name: 'Hand back' }).click();
    await bar.getByText('The agent has the caller again').waitFor();
    await call.rtp.ear.hears(900);

    await page.getByRole('button', { name: 'Take over' }).click();
    await call.rtp.ear.hears(microphoneHz, { timeoutMs: 15_000 });
    await page.getByRole('button', { name: 'Transfer', exact: true }).click();
    await page.getByLabel('Transfer to').fill('sarah');
    await page.getByRole('option', { name: /Sarah/ }).click();
    await call.rtp.ear.hears(1300, { timeoutMs: 20_000 });
    await bar.getByText('The call is over').waitFor();
    await page.getByText('Transferred to 215 Sarah Jones').first().waitFor();
    expect(complaints).toEqual([]);
  });
};

/** Talking to an agent by browser, where there is no call of a switch. */
export const talkStories = (stage: () => Stage): void => {
  test('an agent is talked to from its page: one hears oneself in the echo, and the history calls it a test', async () => {
    const { browser, scene, signIn, microphoneHz, look } = stage();
    const agent = await echo(scene, 'Mirror');
    const { page, context, complaints, close } = await openPage(browser, scene.offhook.url, { signIn });
    await giveEars(context);
    await context.grantPermissions(['microphone']);
    await page.goto(`/agents/${agent.id}`);
    await page.getByRole('button', { name: 'Talk to this agent' }).click();
    await pageHears(page, microphoneHz);
    const bar = page.getByRole('region', { name: 'Audio', exact: true });
    await bar.getByText('Test call to Mirror').waitFor();
    await look(page, 'agent-talk');
    // it goes on while one looks at it among the live calls
    await bar.getByRole('link', { name: 'Show the call' }).click();
    await page.getByRole('heading', { name: 'Ann Admin (browser)' }).waitFor();
    await pageHears(page, microphoneHz);
    await bar.getByRole('button', { name: 'Hang up' }).click();
    await bar.getByText('The call is over').waitFor();
    await bar.getByRole('button', { name: 'Close' }).click();
    await page.goto(`/history?agentId=${agent.id}`);
    await page.getByText('Test call').first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('a page that may not use the microphone says what to do', async () => {
    const { browser, scene, signIn } = stage();
    const agent = await echo(scene, 'Deaf');
    const { page, complaints, close } = await openPage(browser, scene.offhook.url, { signIn });
    await page.goto(`/agents/${agent.id}`);
    await page.getByRole('button', { name: 'Talk to this agent' }).click();
    await page.getByRole('alert').getByText('This page may not use the microphone').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
};
