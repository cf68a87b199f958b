import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testCallRecord } from '../calls/test-call-record.ts';
import type { CallRecord } from '../contract/call.ts';
import { type WebhookEventType, webhookEventTypes } from '../contract/webhook.ts';
import { type Database, defaultWorkspaceId, openDatabase } from '../db/database.ts';
import { CallHistory } from '../db/history.ts';
import { openSecrets } from '../db/secrets.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { WebhookQueue } from '../db/webhook-queue.ts';
import { WebhookStore } from '../db/webhook-store.ts';
import { createLog } from '../log.ts';
import { WebhookDeliveries } from './deliveries.ts';
import { WebhookSender } from './send.ts';
import { receiver } from './test-receiver.ts';

const log = createLog({ level: 'silent', pretty: false, hidePersonalData: false });
let dataDir: string;
let postgres: TestPostgres;
let database: Database;
let history: CallHistory;
let store: WebhookStore;
let queue: WebhookQueue;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'offhook-webhooks-'));
  postgres = await startTestPostgres();
  database = openDatabase({ url: await postgres.createDatabase(), dataDir, log });
  await database.whenReady();
  store = new WebhookStore({ database, secrets: await openSecrets({ dataDir }) });
  queue = new WebhookQueue({ database });
  history = new CallHistory({ database, workspaceId: defaultWorkspaceId, dataDir, log });
  history.start();
});
afterAll(async () => {
  await history?.close();
  await database?.close();
  await postgres?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const add = (url: string, events: readonly WebhookEventType[] = webhookEventTypes, testCalls = false) =>
  store.create(defaultWorkspaceId, {
    name: randomUUID(),
    url,
    events: [...events],
    active: true,
    testCalls,
  });

const sending = (options: { allowPrivateAddresses?: boolean } = {}) => {
  const sender = new WebhookSender({ allowPrivateAddresses: options.allowPrivateAddresses ?? true });
  const deliveries = new WebhookDeliveries({ database, queue, store, sender, keepDays: 30, log });
  history.onTold = () => deliveries.wake();
  deliveries.start();
  return deliveries;
};

const callRecord = (): CallRecord =>
  testCallRecord({
    trunkName: 'PBX',
    callerNumber: '27872500100',
    callerName: 'Tab\t"quoted" ünïcode',
    sipCallId: 'a@b',
    state: 'ringing',
    offeredAt: new Date().toISOString(),
  });

const at = () => new Date().toISOString();
const wholeCall = (fault: 'none' | 'agent' = 'none', isTest = false): CallRecord => {
  const call = { ...callRecord(), isTest };
  history.begin({ ...call, channelId: call.id });
  history.event(call.id, { at: at(), kind: 'offered', text: 'Call to 1000' });
  history.change(call.id, { state: 'talking', agentName: 'Reception', answeredAt: at() });
  history.event(call.id, { at: at(), kind: 'answered', text: 'Answered' });
  history.event(call.id, {
    at: at(),
    kind: 'transfer result',
    text: 'Transfer: busy',
    data: { ext: '214', result: 'busy' },
  });
  history.event(call.id, {
    at: at(),
    kind: 'transfer result',
    text: 'Transfer: transferred',
    data: { ext: '215', result: 'transferred' },
  });
  history.change(call.id, { state: 'ended', endedAt: at(), outcome: 'Transferred to 215 Sarah', fault });
  history.event(call.id, { at: at(), kind: 'ended', text: 'Transferred to 215 Sarah' });
  return call;
};

const makeDue = async (webhookId: string): Promise<void> => {
  await database.run((prisma) =>
    prisma.webhookDelivery.updateMany({
      where: { webhookId, state: 'waiting' },
      data: { nextAttemptAt: new Date(0) },
    }),
  );
};

test('a call is told of as it goes, signed so that a library of Standard Webhooks takes it', async () => {
  const program = await receiver();
  const webhook = await add(program.url);
  const deliveries = sending();
  const call = wholeCall();
  await program.until(4);
  const verifier = new Verifier(webhook.secret);
  const bodies = program.received.map(
    ({ headers, body }) =>
      verifier.verify(body, headers as Record<string, string>) as {
        id: string;
        type: string;
        data: { call: Partial<CallRecord> };
      },
  );
  const byType = new Map(bodies.map((body) => [body.type, body]));
  expect([...byType.keys()].sort()).toEqual([
    'call.answered',
    'call.ended',
    'call.started',
    'call.transferred',
  ]);
  // no event knows more than what was true when it happened, though all were written together
  expect(byType.get('call.started')?.data.call).toEqual({
    id: call.id,
    trunkId: null,
    trunkName: 'PBX',
    callerNumber: call.callerNumber,
    callerName: call.callerName,
    calledNumber: '1000',
    sipCallId: 'a@b',
    isTest: false,
    offeredAt: call.offeredAt,
  });
  expect(byType.get('call.transferred')?.data.call.transferredTo).toBe('215');
  expect(byType.get('call.ended')?.data.call).toMatchObject({
    outcome: 'Transferred to 215 Sarah',
    fault: 'none',
    endedAt: expect.stringMatching(/Z$/),
  });
  expect(new Set(program.received.map(({ headers }) => headers['webhook-id'])).size).toBe(4);
  expect(() =>
    new Verifier(`whsec_${Buffer.from('x'.repeat(32)).toString('base64')}`).verify(
      program.received[0]?.body ?? '',
      program.received[0]?.headers as Record<string, string>,
    ),
  ).toThrow();
  // what is told again by a repeated batch is not put down again
  await deliveries.close();
  await store.remove(defaultWorkspaceId, webhook.id);
  await program.close();
});

test('a call that failed is told of twice: that it ended, and that it failed', async () => {
  const program = await receiver();
  const webhook = await add(program.url, ['call.ended', 'call.failed']);
  const deliveries = sending();
  wholeCall('agent');
  await program.until(2);
  const types = program.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  expect(types.sort()).toEqual(['call.ended', 'call.failed']);
  await deliveries.close();
  await store.remove(defaultWorkspaceId, webhook.id);
  await program.close();
});

test('of a test call and its recording only who asks for them is told, and they say what they are', async () => {
  const [crm, monitor] = [await receiver(), await receiver()];
  const hooks = [await add(crm.url), await add(monitor.url, webhookEventTypes, true)];
  const deliveries = sending();
  const recordingOf = ({ id }: CallRecord): void =>
    history.announce({
      id: `recording.ready:${id}`,
      workspaceId: defaultWorkspaceId,
      type: 'recording.ready',
      at: at(),
      callId: id,
      data: { recording: { callId: id, seconds: 1 } },
    });
  const trial = wholeCall('agent', true);
  recordingOf(trial);
  const customers = wholeCall();
  recordingOf(customers);
  await Promise.all([crm.until(5), monitor.until(11)]);
  const told = ({ received }: typeof crm) =>
    received
      .map(({ body }) => (JSON.parse(body) as { type: string; data: Record<string, object> }).data)
      .flatMap((data) => Object.values(data) as { id?: string; callId?: string; isTest: boolean }[])
      .map(({ id, callId, isTest }) => [id ?? callId, isTest]);
  expect(new Set(told(crm).map(String))).toEqual(new Set([`${customers.id},false`]));
  expect(told(monitor).filter(([id]) => id === trial.id)).toEqual(
    Array.from({ length: 6 }, () => [trial.id, true]),
  );
  await deliveries.close();
  for (const [at, { id }] of hooks.entries()) {
    // and nothing else waits to be sent
    const { items } = await store.deliveries(defaultWorkspaceId, id, { limit: 50 });
    expect(items).toHaveLength([5, 11][at] ?? 0);
    await store.remove(defaultWorkspaceId, id);
  }
  await Promise.all([crm.close(), monitor.close()]);
});

test('what a receiver does not take is sent again under the same id, and the log says how it went', async () => {
  const program = await receiver((count) => (count === 1 ? 500 : count === 2 ? 302 : 200));
  const webhook = await add(program.url, ['trunk.failed']);
  const deliveries = sending();
  const announcement = {
    id: `trunk.failed:${randomUUID()}`,
    workspaceId: defaultWorkspaceId,
    type: 'trunk.failed' as const,
    at: at(),
    data: { trunk: { name: 'PBX', status: 'Failed — Authentication required' } },
  };
  history.announce(announcement);
  history.announce(announcement); // as a second controller might
  const state = async () => (await log1()).at(0);
  const log1 = async () => (await store.deliveries(defaultWorkspaceId, webhook.id, { limit: 10 })).items;
  const noted = async (attempts: number) => {
    for (;;) {
      const delivery = await state();
      if (delivery?.attempts === attempts && delivery.lastDurationMs !== null) {
        if (attempts === 3 || delivery.lastError.includes(attempts === 1 ? '500' : 'redirect'))
          return delivery;
      }
      await new Promise((settle) => setTimeout(settle, 20));
    }
  };
  await program.until(1);
  expect(await noted(1)).toMatchObject({ state: 'waiting', lastStatus: 500, lastError: 'answered 500' });
  await makeDue(webhook.id);
  deliveries.wake();
  await program.until(2);
  expect(await noted(2)).toMatchObject({ lastStatus: 302 });
  await makeDue(webhook.id);
  deliveries.wake();
  await program.until(3);
  while ((await state())?.state !== 'delivered') await new Promise((settle) => setTimeout(settle, 20));
  expect(new Set(program.received.map(({ headers }) => headers['webhook-id']))).toEqual(
    new Set([announcement.id]),
  );
  expect(await log1()).toHaveLength(1);
  await deliveries.close();
  await store.remove(defaultWorkspaceId, webhook.id);
  await program.close();
});

test('what a killed controller had taken is sent by the next one', async () => {
  const program = await receiver();
  const webhook = await add(program.url, ['recording.ready']);
  history.announce({
    id: randomUUID(),
    workspaceId: defaultWorkspaceId,
    type: 'recording.ready',
    at: at(),
    data: {},
  });
  await history.flush();
  const taken = await queue.take({ limit: 10, perWebhook: 10, busy: [] });
  expect(taken).toHaveLength(1); // and the process dies here, before it has sent anything
  expect(await queue.take({ limit: 10, perWebhook: 10, busy: [] })).toHaveLength(0);
  await makeDue(webhook.id); // as time does
  const deliveries = sending();
  await program.until(1);
  await deliveries.close();
  await store.remove(defaultWorkspaceId, webhook.id);
  await program.close();
});

test('a receiver that never answers does not hold up another one', async () => {
  const [silent, quick] = [await receiver(() => null), await receiver()];
  const slow = await add(silent.url, ['trunk.registered']);
  const fast = await add(quick.url, ['trunk.registered']);
  const deliveries = sending();
  for (let count = 0; count < 30; count++) {
    history.announce({
      id: `${count}-${randomUUID()}`,
      workspaceId: defaultWorkspaceId,
      type: 'trunk.registered',
      at: at(),
      data: {},
    });
  }
  await quick.until(30);
  expect(silent.received.length).toBeLessThanOrEqual(4);
  await deliveries.close();
  for (const { id } of [slow, fast]) await store.remove(defaultWorkspaceId, id);
  await Promise.all([silent.close(), quick.close()]);
});

test('while a secret is replaced, the old one and the new one both prove who sends', async () => {
  const program = await receiver();
  const webhook = await add(program.url, ['trunk.failed']);
  const rotated = await store.rotateSecret(defaultWorkspaceId, webhook.id);
  expect(rotated.secret).not.toBe(webhook.secret);
  const deliveries = sending();
  history.announce({
    id: randomUUID(),
    workspaceId: defaultWorkspaceId,
    type: 'trunk.failed',
    at: at(),
    data: {},
  });
  await program.until(1);
  const [first] = program.received;
  for (const { secret } of [webhook, rotated]) {
    expect(() =>
      new Verifier(secret).verify(first?.body ?? '', first?.headers as Record<string, string>),
    ).not.toThrow();
  }
  await deliveries.close();
  await store.remove(defaultWorkspaceId, webhook.id);
  await program.close();
});

test('private addresses are refused, as literals and behind names', async () => {
  const program = await receiver();
  const port = new URL(program.url).port;
  const sender = new WebhookSender({ allowPrivateAddresses: false });
  for (const host of [
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    'localhost',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
  ]) {
    const result = await sender.send({
      url: `http://${host}:${port}/`,
      eventId: 'x',
      body: '{}',
      secrets: ['whsec_AAAA'],
    });
    expect(result).toMatchObject({
      delivered: false,
      status: null,
      error: expect.stringMatching(/not public|not a public/),
    });
  }
  expect(program.received).toHaveLength(0);
  await sender.close();
  await program.close();
});
