/**
 * A request for every declared route, for tests: a workspace with one of everything, and what to send to each operation
 * there. A route without an entry here fails the tests that try every route.
 */

import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { testCallRecord } from '../calls/test-call-record.ts';
import { pcmu } from '../contract/audio.ts';
import type { Answer, TestApi } from './test-api.ts';

/** One of everything in one workspace. */
export type World = {
  workspaceId: string;
  trunkId: string;
  sipTrunkId: string;
  extensionId: string;
  agentId: string;
  /** that nothing needs */
  spareAgentId: string;
  numberId: string;
  /** stands */
  callId: string;
  /** is over, with a recording */
  recordedCallId: string;
  webhookId: string;
  deliveryId: string;
  userId: string;
  tokenId: string;
  /** another workspace, empty */
  spareWorkspaceId: string;
};

export type Sample = {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  /** of a body that is not JSON */
  type?: string;
  /** where the test's API has a reason to refuse it */
  status?: number;
};

type Send = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** Fills the workspace that `send` speaks for. */
export async function prepareWorld(api: TestApi, workspaceId: string, send: Send): Promise<World> {
  const make = async (path: string, body: unknown): Promise<string> => {
    const answer = await send('POST', `/api/v1${path}`, body);
    expect(answer, `${path} ${answer.text}`).toMatchObject({ status: 201 });
    return (answer.body as { id: string }).id;
  };
  const mark = randomUUID().slice(0, 8);
  const agentId = await make('/agents', { name: 'Front desk' });
  const trunkId = await make('/trunks', {
    name: 'Main',
    domain: `${mark}.example.com`,
    extension: '1000',
    password: 'secret',
    agentId,
  });
  const call = testCallRecord({ trunkId });
  api.calls.push({ record: call, timeline: [{ at: call.offeredAt, kind: 'offered', text: 'Call to 1000' }] });
  // nobody listens there (RFC 863's port), and it is off: nothing goes out by itself
  const webhookId = await make('/webhooks', {
    name: 'Hook',
    url: 'http://127.0.0.1:9/',
    events: ['call.ended'],
    active: false,
  });
  const delivery = await api.database.run((prisma) =>
    prisma.webhookDelivery.create({
      data: { webhookId, eventId: randomUUID(), eventType: 'call.ended', body: {}, state: 'given up' },
    }),
  );
  return {
    workspaceId,
    webhookId,
    deliveryId: delivery.id,
    recordedCallId: await record(api, trunkId),
    trunkId,
    agentId,
    sipTrunkId: await make('/trunks', {
      name: 'Trunk',
      connectionType: 'sip-trunk',
      domain: `${mark}.example.com`,
    }),
    extensionId: await make(`/trunks/${trunkId}/extensions`, { ext: '215', name: 'Sarah' }),
    spareAgentId: await make('/agents', { name: 'Spare' }),
    numberId: await make('/numbers', { number: '+27 87 250 0100', trunkId, agentId }),
    callId: call.id,
    userId: await make('/users', {
      email: `${mark}@example.com`,
      name: 'Vera',
      password: 'a long password',
      role: 'viewer',
    }),
    tokenId: await make('/tokens', { name: 'Token', scopes: ['all'] }),
    spareWorkspaceId: (
      (await api.send('POST', '/api/v1/workspaces', { name: `Spare ${mark}` })).body as { id: string }
    ).id,
  };
}

/** What each operation is sent so that it does something in that workspace. */
export const samples: Record<string, (world: World) => Sample> = {
  getSetup: () => ({}),
  createFirstAdministrator: () => ({
    body: { email: 'ann@example.com', name: 'Ann', password: 'correct horse battery' },
    status: 409,
  }),
  signIn: () => ({ body: { email: 'ann@example.com', password: 'correct horse battery' } }),
  getSession: () => ({}),
  signOut: () => ({}),
  changeOwnPassword: () => ({
    body: { currentPassword: 'correct horse battery', newPassword: 'correct horse battery' },
  }),
  listUsers: () => ({}),
  createUser: () => ({ body: { email: 'new@example.com', name: 'New', password: 'a long password' } }),
  getUser: ({ userId }) => ({ params: { userId } }),
  changeUser: ({ userId }) => ({ params: { userId }, body: { role: 'operator' } }),
  removeUser: ({ userId }) => ({ params: { userId } }),
  listApiTokens: () => ({}),
  createApiToken: () => ({ body: { name: 'New', scopes: ['calls:read'] } }),
  getApiToken: ({ tokenId }) => ({ params: { tokenId } }),
  revokeApiToken: ({ tokenId }) => ({ params: { tokenId } }),
  listWorkspaces: () => ({}),
  createWorkspace: () => ({ body: { name: 'New' } }),
  getWorkspace: ({ workspaceId }) => ({ params: { workspaceId } }),
  renameWorkspace: ({ spareWorkspaceId: workspaceId }) => ({
    params: { workspaceId },
    body: { name: 'Renamed' },
  }),
  removeWorkspace: ({ spareWorkspaceId: workspaceId }) => ({ params: { workspaceId } }),
  listAuditEntries: () => ({}),
  importDirectory: ({ trunkId }) => ({
    params: { trunkId },
    query: { dryRun: 'false' },
    body: 'ext,name\n216,Tom\n',
    type: 'text/csv',
  }),
  exportDirectory: ({ trunkId }) => ({ params: { trunkId } }),
  listExtensions: ({ trunkId }) => ({ params: { trunkId } }),
  createExtension: ({ trunkId }) => ({ params: { trunkId }, body: { ext: '217', name: 'Uma' } }),
  getExtension: ({ trunkId, extensionId }) => ({ params: { trunkId, extensionId } }),
  changeExtension: ({ trunkId, extensionId }) => ({
    params: { trunkId, extensionId },
    body: { department: 'Sales' },
  }),
  removeExtension: ({ trunkId, extensionId }) => ({ params: { trunkId, extensionId } }),
  listPbxTypes: () => ({}),
  getCertificate: () => ({}),
  getTrunkGuide: ({ trunkId }) => ({ params: { trunkId } }),
  diagnoseTrunk: ({ trunkId }) => ({ params: { trunkId } }),
  diagnoseNumber: ({ numberId }) => ({ params: { numberId } }),
  getCallSip: ({ callId }) => ({ params: { callId } }),
  getTrunkSip: ({ trunkId }) => ({ params: { trunkId } }),
  listTrunks: () => ({}),
  createTrunk: () => ({
    body: { name: 'New', domain: 'new.example.com', extension: '1001', password: 'secret' },
  }),
  getTrunk: ({ trunkId }) => ({ params: { trunkId } }),
  changeTrunk: ({ trunkId }) => ({ params: { trunkId }, body: { concurrentCallLimit: 20 } }),
  removeTrunk: ({ sipTrunkId: trunkId }) => ({ params: { trunkId } }),
  reRegisterTrunk: ({ trunkId }) => ({ params: { trunkId } }),
  rotateTrunkPassword: ({ sipTrunkId: trunkId }) => ({ params: { trunkId }, body: {} }),
  listAgents: () => ({}),
  createAgent: () => ({ body: { name: 'New' } }),
  getAgent: ({ agentId }) => ({ params: { agentId } }),
  changeAgent: ({ agentId }) => ({ params: { agentId }, body: { firstMessage: 'Hello' } }),
  removeAgent: ({ spareAgentId: agentId }) => ({ params: { agentId } }),
  listNumbers: () => ({}),
  createNumber: ({ trunkId }) => ({ body: { number: '+27 87 250 0101', trunkId } }),
  getNumber: ({ numberId }) => ({ params: { numberId } }),
  changeNumber: ({ numberId }) => ({ params: { numberId }, body: { label: 'Main line' } }),
  removeNumber: ({ numberId }) => ({ params: { numberId } }),
  getSettings: () => ({}),
  changeSettings: () => ({ body: { defaultCountry: 'ZA' } }),
  getSystem: () => ({}),
  getSecretKey: () => ({}),
  // the test's key comes from nowhere that a new one could be put
  rotateSecretKey: () => ({ status: 409 }),
  listCalls: () => ({ query: { live: 'true' } }),
  getCall: ({ callId }) => ({ params: { callId } }),
  hangUpCall: ({ callId }) => ({ params: { callId } }),
  getStatistics: () => ({ query: { timeZone: 'Africa/Johannesburg' } }),
  getSystemVersions: () => ({}),
  getRecordingRoom: () => ({}),
  getCallRecording: ({ recordedCallId: callId }) => ({ params: { callId } }),
  getCallRecordingPeaks: ({ recordedCallId: callId }) => ({ params: { callId } }),
  deleteCallRecording: ({ recordedCallId: callId }) => ({ params: { callId } }),
  tryPhrase: ({ trunkId }) => ({ params: { trunkId }, body: { phrase: 'billing please' } }),
  getDemoPbx: () => ({}),
  // there is no source tree to take it from
  startDemoPbx: () => ({ status: 409 }),
  callFromDemoPbx: () => ({ status: 409 }),
  validateTrunk: ({ trunkId }) => ({ params: { trunkId } }),
  getTrunkValidation: ({ trunkId }) => ({ params: { trunkId } }),
  listWebhooks: () => ({}),
  createWebhook: () => ({
    body: { name: 'New', url: 'http://127.0.0.1:9/', events: ['call.ended'], active: false },
  }),
  getWebhook: ({ webhookId }) => ({ params: { webhookId } }),
  changeWebhook: ({ webhookId }) => ({ params: { webhookId }, body: { events: ['call.started'] } }),
  removeWebhook: ({ webhookId }) => ({ params: { webhookId } }),
  rotateWebhookSecret: ({ webhookId }) => ({ params: { webhookId } }),
  testWebhook: ({ webhookId }) => ({ params: { webhookId } }),
  listWebhookDeliveries: ({ webhookId }) => ({ params: { webhookId } }),
  repeatWebhookDelivery: ({ webhookId, deliveryId }) => ({ params: { webhookId, deliveryId } }),
  getWallet: () => ({}),
  changeWallet: () => ({ body: { enabled: true } }),
  listWalletEntries: () => ({}),
  topUpWallet: () => ({ body: { amount: '5', note: 'Invoice 1' } }),
  transferCall: ({ callId }) => ({ params: { callId }, body: { ext: '215' } }),
};

export function sampleOf(operationId: string, world: World): Sample {
  const sample = samples[operationId];
  if (sample === undefined)
    throw new Error(`controller/api/every-request.ts has no request for ${operationId}`);
  return sample(world);
}

/** The path of a route with its parameters and query filled in. */
export const addressOf = (path: string, { params = {}, query = {} }: Sample): string => {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? randomUUID());
  const search = new URLSearchParams(query).toString();
  return `/api/v1${filled}${search === '' ? '' : `?${search}`}`;
};

/** Reading first, then making and changing, then removing: each finds what it needs. */
export const inOrder = <T extends { method: string; id: string }>(routes: readonly T[]): T[] => {
  const rank = ({ method, id }: T): number =>
    id === 'signOut' ? 9 : (['get', 'post', 'put', 'patch', 'delete'].indexOf(method) ?? 9);
  // numbers go before what they need
  const late = ({ id }: T): number => Number(/^remove(Trunk|Agent)$/.test(id));
  return [...routes].sort((one, other) => rank(one) - rank(other) || late(one) - late(other));
};

/** A tenth of a second of a call that is over for its recording. */
async function record(api: TestApi, trunkId: string): Promise<string> {
  const call = testCallRecord({ trunkId });
  api.calls.push({ record: call, timeline: [] });
  const live = api.recordings.begin(call.id, (reason) => {
    throw new Error(reason);
  });
  if (!live) throw new Error('the recording has not begun');
  live.recorder.begin(pcmu);
  for (let n = 0; n < 5; n++) {
    live.recorder.fromCaller(new Uint8Array(160).fill(n));
    live.recorder.toCaller(new Uint8Array(160).fill(200));
  }
  await live.stop();
  return call.id;
}
