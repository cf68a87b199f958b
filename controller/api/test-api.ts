/** An API on a free port over a real database, for tests; the switch is away, and the calls that stand are given. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Express } from 'express';
import { expect } from 'vitest';
import { Passwords } from '../accounts/password.ts';
import { BotCalls } from '../bots/bot-calls.ts';
import { TwilioRest } from '../bots/twilio-rest.ts';
import { Configuration } from '../configuration.ts';
import type { CallRecord, TimelineEntry, TransferResult } from '../contract/call.ts';
import type { Validation } from '../contract/validation.ts';
import { type Database, defaultWorkspaceId, openDatabase } from '../db/database.ts';
import { RecordingStore } from '../db/recording-store.ts';
import { openSecretKeys, Secrets } from '../db/secrets.ts';
import { WalletStore } from '../db/wallet-store.ts';
import { WebhookQueue } from '../db/webhook-queue.ts';
import { WebhookStore } from '../db/webhook-store.ts';
import { DemoPbx } from '../demo/demo-pbx.ts';
import { AppError } from '../errors.ts';
import { type Logger, silentLog } from '../log.ts';
import { type Accounts, openAccounts } from '../open-accounts.ts';
import { openStores } from '../open-stores.ts';
import { Recordings } from '../recording/recordings.ts';
import { OpenChanges } from '../secret-key/open-changes.ts';
import { SecretKeyRotation } from '../secret-key/rotation.ts';
import { TraceStore } from '../sip-trace/trace-store.ts';
import { type MadeCertificate, makeCertificate } from '../tls/make-certificate.ts';
import { versionsOf } from '../versions.ts';
import { WalletBalances } from '../wallet/balances.ts';
import { WebhookDeliveries } from '../webhooks/deliveries.ts';
import { WebhookSender } from '../webhooks/send.ts';
import { type ApiOptions, apiRoutes, createApi } from './api.ts';
import type { Readiness } from './health.ts';
import { createMetrics } from './metrics.ts';
import type { Route } from './route.ts';
import { hashToken } from './token.ts';

let made: Promise<MadeCertificate> | null = null;
const testCertificate = (): Promise<MadeCertificate> => {
  const dayMs = 86_400_000;
  made ??= makeCertificate({
    commonName: 'Offhook',
    names: ['voice.example.com', '192.0.2.20'],
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + 100 * dayMs),
  });
  return made;
};

export type TestApi = {
  url: string;
  token: string;
  server: Server;
  app: Express;
  routes: Route[];
  database: Database;
  configuration: Configuration;
  calls: { record: CallRecord; timeline: TimelineEntry[] }[];
  /** what was asked of registrations and calls */
  asked: string[];
  readiness: Readiness;
  recordings: Recordings;
  secretKey: SecretKeyRotation;
  accounts: Accounts;
  /** With the token. The body goes out as JSON. */
  send(method: string, path: string, body?: unknown): Promise<Answer>;
  stop(): Promise<void>;
};
export type Answer = { status: number; type: string; text: string; body: unknown; headers: Headers };

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const body: unknown = /json/.test(type) ? JSON.parse(text) : undefined;
  return { status: response.status, type, text, body, headers: response.headers };
}

export async function startTestApi(
  databaseUrl: string,
  log: Logger = silentLog(),
  uiFolder = '/nonexistent',
  /** where the key of stored secrets is; without it one that nobody can change */
  keysFolder?: string,
): Promise<TestApi> {
  const database = openDatabase({ url: databaseUrl, dataDir: tmpdir(), log });
  await database.whenReady();
  const keys = keysFolder === undefined ? null : await openSecretKeys({ dataDir: keysFolder });
  const secrets = keys?.secrets ?? new Secrets({ key: randomBytes(32) });
  const own = { database, secrets, workspaceId: defaultWorkspaceId };
  const changes = new OpenChanges();
  const secretKey = new SecretKeyRotation({ keys: keys ?? { secrets, file: null }, ...own, changes, log });
  const configuration = new Configuration(own);
  await configuration.refresh();
  const botCalls = new BotCalls();
  const recordingFolder = await mkdtemp(join(tmpdir(), 'offhook-recordings-'));
  const recordings = new Recordings({
    folder: recordingFolder,
    rows: new RecordingStore(own),
    days: 0,
    bytes: 1e9,
    keepFreeBytes: 0,
    onReady: () => undefined,
    log,
  });
  const calls: TestApi['calls'] = [];
  const asked: string[] = [];
  const token = randomBytes(16).toString('hex');
  const ready = { ready: true, text: 'ready' };
  const readiness: Readiness = {
    switch: ready,
    database: ready,
    speech: ready,
    disk: ready,
    agents: ready,
  };
  const since = new Date().toISOString();
  const webhookStore = new WebhookStore(own);
  const walletStore = new WalletStore(own);
  const options: ApiOptions = {
    configuration,
    stores: openStores(own),
    registrar: { host: 'voice.example.com', port: 5060, tlsPort: 5061 },
    certificate: testCertificate,
    registrations: {
      status: () => ({ state: 'connecting', text: 'Connecting', check: '', since, nextAttemptAt: null }),
      registration: () => null,
      overlapFault: async () => null,
      reRegister: async (trunkId) => {
        asked.push(`re-register ${trunkId}`);
      },
    },
    liveCalls: {
      list: () => calls,
      hangUp: (callId) => {
        if (!calls.some(({ record }) => record.id === callId))
          throw new AppError('not-found', 'no such live call');
        asked.push(`hang up ${callId}`);
      },
      transfer: async (callId, ext) => {
        asked.push(`transfer ${callId} to ${ext}`);
        return { result: 'busy' satisfies TransferResult, callerStillHere: true };
      },
    },
    demoPbx: new DemoPbx({ script: '/nonexistent', log }),
    phrases: { try: async () => ({ does: 'ask again', says: '', entries: [], ext: null }) },
    validations: {
      start: async (trunkId) => {
        asked.push(`validate ${trunkId}`);
        return validationOf(trunkId);
      },
      find: async (trunkId) => validationOf(trunkId),
    },
    sipTrace: { store: new TraceStore(own), flush: async () => undefined },
    recordings,
    webhooks: {
      store: webhookStore,
      deliveries: new WebhookDeliveries({
        database,
        queue: new WebhookQueue({ database }),
        store: webhookStore,
        sender: new WebhookSender({ allowPrivateAddresses: true }),
        keepDays: 1,
        log,
      }),
    },
    wallets: { store: walletStore, balances: new WalletBalances({ store: walletStore, log }) },
    secretKey,
    changes,
    bots: { botCalls, twilioRest: new TwilioRest({ calls: botCalls }) },
    readiness: () => readiness,
    forEverybody: (system) => ({ ...system, agents: { ...system.agents, text: 'for everybody' } }),
    versions: versionsOf({
      database,
      switch: { linked: false, version: () => Promise.reject(new Error('there is no switch')) },
    }),
    metrics: createMetrics({
      trunkStates: () => [...configuration.current.trunks.values()].map(() => 'connecting' as const),
      liveCalls: () => calls.map(({ record }) => record),
      switchLinked: () => false,
      strayDatagrams: () => 0,
      audioClock: () => ({ turns: 0, lateTurns: 0 }),
      databaseReady: () => database.readiness().ready,
      historyPending: () => 0,
      historyDropped: () => 0,
      webhooksWaiting: async () => 0,
      diskFreeBytes: () => 1e9,
      failingAgents: () => 0,
      sipTrace: () => ({ pending: 0, dropped: 0, notUnderstood: 0, storedBytes: 0 }),
    }),
    uiFolder,
    accounts: openAccounts({
      database,
      configuration,
      tokenHash: hashToken(token),
      config: { HTTP_TRUSTED_PROXIES: 'loopback' },
      log,
      passwords: new Passwords({ N: 2 ** 8 }),
    }),
    log,
  };
  const app = createApi(options);
  const server = createServer(app);
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token,
    server,
    app,
    routes: apiRoutes(options),
    database,
    configuration,
    calls,
    asked,
    readiness,
    recordings,
    secretKey,
    accounts: options.accounts,
    send: async (method, path, body) =>
      answerOf(
        await fetch(`${url}${path}`, {
          method,
          headers: {
            Authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    stop: async () => {
      await secretKey.close();
      server.closeAllConnections();
      await new Promise((settle) => {
        server.close(settle);
      });
      await database.close();
      await rm(recordingFolder, { recursive: true, force: true });
    },
  };
}

const validationOf = (trunkId: string): Validation => ({
  trunkId,
  mode: 'dial',
  startedAt: new Date().toISOString(),
  endedAt: null,
  passed: false,
  instruction: '',
  callId: null,
  points: [],
});

/** What a problem answer must look like; to be matched with. */
export const problem = (status: number, code: string, field?: string) => ({
  status,
  type: expect.stringMatching(/^application\/problem\+json/) as string,
  body: {
    type: `urn:offhook:problem:${code}`,
    title: expect.stringMatching(/./) as string,
    status,
    code,
    detail: expect.stringMatching(/./) as string,
    fields: field === undefined ? (expect.anything() as object) : { [field]: expect.any(String) as string },
  },
});
