/** Webhooks and the wallet over HTTP: what is shown once, what is refused, what stays in its workspace. */
import { randomUUID } from 'node:crypto';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Wallet, WalletEntry } from '../contract/wallet.ts';
import type { WebhookDelivery, WebhookWithSecret } from '../contract/webhook.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { receiver } from '../webhooks/test-receiver.ts';
import { problem, startTestApi, type TestApi } from './test-api.ts';

let postgres: TestPostgres;
let api: TestApi;
beforeAll(async () => {
  postgres = await startTestPostgres();
  api = await startTestApi(await postgres.createDatabase());
});
afterAll(async () => {
  await api?.stop();
  await postgres?.stop();
});

test('a webhook shows its secret once, is tested, changed, and deleted with its deliveries', async () => {
  const program = await receiver();
  const made = await api.send('POST', '/api/v1/webhooks', {
    name: 'CRM',
    url: program.url,
    events: ['call.ended'],
  });
  expect(made.status).toBe(201);
  const webhook = made.body as WebhookWithSecret;
  expect(webhook.secret).toMatch(/^whsec_/);
  const { secret } = webhook;
  const path = `/api/v1/webhooks/${webhook.id}`;
  expect(JSON.stringify(await api.send('GET', path))).not.toContain(secret);
  expect(JSON.stringify(await api.send('GET', '/api/v1/audit'))).not.toContain(secret);

  expect((await api.send('POST', `${path}/test`)).body).toMatchObject({ delivered: true, status: 204 });
  const [first] = program.received;
  const told = new Verifier(secret).verify(first?.body ?? '', first?.headers as Record<string, string>);
  expect(told).toMatchObject({ type: 'webhook.test' });
  await program.close();
  expect((await api.send('POST', `${path}/test`)).body).toMatchObject({
    delivered: false,
    status: null,
    error: expect.stringContaining('ECONNREFUSED') as string,
  });

  expect(webhook.testCalls).toBe(false);
  expect((await api.send('PATCH', path, { active: false, testCalls: true })).body).toMatchObject({
    active: false,
    testCalls: true,
  });
  const rotated = await api.send('POST', `${path}/rotate-secret`);
  expect((rotated.body as WebhookWithSecret).secret).not.toBe(secret);
  expect((await api.send('GET', `${path}/deliveries`)).body).toEqual({
    items: [] satisfies WebhookDelivery[],
    nextCursor: null,
  });
  expect(await api.send('POST', `${path}/deliveries/${randomUUID()}/repeat`)).toMatchObject(
    problem(404, 'not-found'),
  );
  expect((await api.send('DELETE', path)).status).toBe(204);
  expect(await api.send('GET', path)).toMatchObject(problem(404, 'not-found'));
});

test('what is no webhook is refused with a word for the field', async () => {
  const good = { name: 'x', url: 'https://example.com/', events: ['call.ended'] };
  for (const [change, field] of [
    [{ url: 'file:///etc/passwd' }, 'url'],
    [{ events: [] }, 'events'],
    [{ events: ['call.ended', 'call.ended'] }, 'events'],
    [{ name: '' }, 'name'],
  ] as const) {
    const answer = await api.send('POST', '/api/v1/webhooks', { ...good, ...change });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
    expect(Object.keys((answer.body as { fields: object }).fields)).toContain(field);
  }
  expect((await api.send('POST', '/api/v1/webhooks', good)).status).toBe(201);
  expect(await api.send('POST', '/api/v1/webhooks', good)).toMatchObject(problem(409, 'conflict', 'name'));
});

test('a wallet is off, is switched on, filled, and told entry by entry', async () => {
  expect((await api.send('GET', '/api/v1/wallet')).body).toMatchObject({
    state: 'off',
  } satisfies Partial<Wallet>);
  expect(
    (await api.send('PATCH', '/api/v1/wallet', { enabled: true, pricePerMinute: '0.05', lowBalance: '5' }))
      .body,
  ).toMatchObject({ state: 'empty', pricePerMinute: '0.05' });
  for (let count = 1; count <= 3; count++) {
    const answer = await api.send('POST', '/api/v1/wallet/top-ups', { amount: `${count}`, note: `${count}` });
    expect(answer.status).toBe(201);
  }
  expect((await api.send('GET', '/api/v1/wallet')).body).toMatchObject({ state: 'filled', balance: '6.00' });
  const notes: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page = (await api.send('GET', `/api/v1/wallet/entries?limit=2${query}`)).body as {
      items: WalletEntry[];
      nextCursor: string | null;
    };
    notes.push(...page.items.map(({ note }) => note));
    cursor = page.nextCursor;
  }
  expect(notes).toEqual(['3', '2', '1']);
  expect(await api.send('POST', '/api/v1/wallet/top-ups', { amount: '1e9' })).toMatchObject(
    problem(400, 'invalid-input', 'amount'),
  );
});
