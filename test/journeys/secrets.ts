/**
 * Every kind of secret that Offhook holds, used as it is meant to be and wrongly, with calls over both kinds of trunk;
 * then none of them is anywhere to be found.
 */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { BrowserClient } from '../../controller/api/browser-client.ts';
import type { Agent } from '../../controller/contract/agent.ts';
import { RestClient } from '../../controller/contract/client/rest-client.ts';
import type { SipTrunkWithPassword } from '../../controller/contract/trunk.ts';
import type { WebhookWithSecret } from '../../controller/contract/webhook.ts';
import { receiver } from '../../controller/webhooks/test-receiver.ts';
import { BotServer } from '../kit/bot-server.ts';
import { registerNow, setTrunk } from '../kit/pbx-trunk.ts';
import { searchSecrets } from '../kit/secret-search.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { until } from '../kit/until.ts';
import type { Scene } from './scene.ts';

/** Not to be found by chance, and with letters that the forms write differently. */
const secret = (name: string): string => `${name}+/&<${randomBytes(9).toString('hex')}`;

export const testSecrets = (given: {
  scene: () => Scene;
  registrarOf: (trunkId: string) => Promise<{ host: string; port: number }>;
}): void => {
  test('after calls with every kind of secret none is in a log, a trace, a table or an answer', async () => {
    const scene = given.scene();
    const { offhook, pbx } = scene;
    const mark = `grep-${randomBytes(4).toString('hex')}`;
    const secrets: Record<string, string> = { 'the token of the installation': offhook.token };
    const keep = (name: string, value: string = secret(name.replaceAll(' ', '-'))): string => {
      secrets[name] = value;
      return value;
    };

    // people and programs
    const account = { email: `${mark}@example.com`, password: keep('account password') };
    await offhook.api('POST', '/users', { ...account, name: 'Grep', role: 'admin' });
    const browser = new BrowserClient(offhook.url);
    const wrong = await browser.signIn(account.email, keep('wrong password'));
    expect(wrong.status).toBe(401);
    expect((await browser.signIn(account.email, account.password)).status).toBe(201);
    keep('session cookie', browser.cookie?.split('=').slice(1).join('='));
    keep('proof of the session', browser.proof ?? '');
    expect((await browser.send('GET', '/api/v1/trunks')).status).toBe(200);
    const made = { name: mark, scopes: ['all'] };
    const { token } = await offhook.api<{ token: string }>('POST', '/tokens', made);
    const program = new RestClient({ url: offhook.url, token: keep('API token', token) });
    const idempotency = { 'Idempotency-Key': keep('idempotency key', randomBytes(12).toString('hex')) };

    // a webhook, and an agent's bot
    const listener = await receiver();
    const events = ['call.started', 'call.ended'];
    const hook = await program.request<WebhookWithSecret>('POST', '/webhooks', {
      body: { name: mark, url: listener.url, events },
      headers: idempotency,
    });
    keep('webhook secret', hook.secret);
    const rotated = await offhook.api<WebhookWithSecret>('POST', `/webhooks/${hook.id}/rotate-secret`);
    keep('second webhook secret', rotated.secret);
    const bots = await BotServer.open();
    bots.onConnection = (bot) => {
      bot.onMessage = ({ type }) => {
        if (type === 'start') bot.send({ type: 'ready' });
      };
    };
    const agent = await offhook.api<Agent>('POST', '/agents', {
      name: mark,
      kind: 'offhook',
      connection: {
        kind: 'offhook',
        url: bots.url,
        token: keep('bot token'),
        headers: { 'x-api-key': keep('bot header') },
      },
    });

    // both kinds of trunk, with wrong passwords too
    const extension = await scene.pbxTrunk({
      extension: '1003',
      agentId: agent.id,
      password: keep('extension password'),
    });
    await until(
      async () =>
        (await offhook.api<{ status: { state: string } }>('GET', `/trunks/${extension.id}`)).status.state ===
        'failed',
      {
        what: 'the wrong password to be refused',
        timeoutMs: 20_000,
      },
    );
    await offhook.api('PATCH', `/trunks/${extension.id}`, {
      password: keep('right extension password', 'pw-1003'),
    });
    await scene.status(extension.id, 'Registered as ext 1003');
    const trunk = await offhook.api<SipTrunkWithPassword>('POST', '/trunks', {
      name: mark,
      connectionType: 'sip-trunk',
      domain: pbx.host,
      port: pbx.port,
      agentId: agent.id,
      password: keep('SIP trunk password', `Trunk.password.${randomBytes(6).toString('hex')}`),
    });
    await offhook.api('POST', '/numbers', { number: '+27872500177', trunkId: trunk.id, agentId: agent.id });
    const registrar = await given.registrarOf(trunk.id);
    const { username } = trunk;
    await setTrunk(pbx, {
      registrar,
      credentials: { username, password: secrets['SIP trunk password'] ?? '' },
    });
    await registerNow(pbx);
    await scene.status(trunk.id, 'Active', 20_000);
    const next = keep('second SIP trunk password', `Trunk.rotated.${randomBytes(6).toString('hex')}`);
    await offhook.api('POST', `/trunks/${trunk.id}/rotate-password`, { password: next });
    await setTrunk(pbx, { registrar, credentials: { username, password: next } });
    await registerNow(pbx);

    const caller = await SipPhone.registered({ pbx, extension: '101' });
    for (const number of ['1003', '0872500177']) {
      const call = await caller.call(number);
      await call.answered();
      const bot = await bots.next();
      expect(JSON.stringify(bot.request.headers)).toContain(secrets['bot header']);
      await call.hangUp();
    }
    await scene.outcome(extension.id);
    await scene.outcome(trunk.id);
    await until(() => listener.received.length >= 4, { what: 'the webhook to be told of both calls' });

    // names are no secrets: they show that the search finds what is there
    const names = { 'trunk name': mark, 'trunk id': trunk.id };
    const { leaks, looked } = await searchSecrets(offhook, { ...secrets, ...names });
    const places = leaks.filter((leak) => /: trunk (?:name|id) \(plain\)$/.test(leak));
    for (const place of [
      'the table trunk: trunk name',
      'GET /api/v1/trunks: trunk name',
      'the log: trunk id',
    ])
      expect(places).toContain(`${place} (plain)`);
    expect(leaks.filter((leak) => !places.includes(leak))).toEqual([]);
    expect(looked.logLines).toBeGreaterThan(30);
    expect(looked.files).toBeGreaterThan(5);
    expect(looked.rows).toBeGreaterThan(50);
    expect(looked.answers).toBeGreaterThan(40);
    // what is shown to other tabs stays there too
    expect(JSON.stringify(scene.changes)).not.toContain(secrets['SIP trunk password']);
    await Promise.all([caller.close(), bots.close(), listener.close()]);
  });
};
