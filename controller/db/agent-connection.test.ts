import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Configuration } from '../configuration.ts';
import { AgentInput, AgentPatch } from '../contract/agent.ts';
import { AgentStore } from './agent-store.ts';
import { type Database, defaultWorkspaceId } from './database.ts';
import { Secrets } from './secrets.ts';
import { useTestDatabase } from './test-database.ts';

let database: Database;
useTestDatabase((opened) => {
  database = opened;
});

const open = async (key = randomBytes(32)) => {
  const own = { database, secrets: new Secrets({ key }), workspaceId: defaultWorkspaceId };
  const configuration = new Configuration(own);
  await configuration.refresh();
  const agents = new AgentStore(own);
  const change = async (agentId: string, patch: object): Promise<void> => {
    await agents.change(agentId, AgentPatch.parse(patch));
    await configuration.refreshAgent(agentId);
  };
  const shown = (agentId: string) => configuration.current.agents.get(agentId)?.connection;
  const secrets = (agentId: string) => configuration.current.agentSecrets.get(agentId);
  const create = async (input: object): Promise<string> => {
    const agentId = await agents.create(AgentInput.parse(input));
    await configuration.refreshAgent(agentId);
    return agentId;
  };
  return { configuration, agents, create, change, shown, secrets };
};

const twilio = { kind: 'twilio', url: 'wss://bot.example.com/ws', authToken: 'tok-en' };

test('a connection is answered without its secrets, and what was answered can be sent back', async () => {
  const { create, change, shown, secrets, configuration } = await open();
  const agentId = await create({
    name: 'Bot',
    kind: 'twilio',
    connection: { ...twilio, headers: { 'X-Key': 'k-1', Authorization: 'Bearer abc' } },
  });
  expect(shown(agentId)).toEqual({
    kind: 'twilio',
    url: 'wss://bot.example.com/ws',
    headers: { 'X-Key': 'set', Authorization: 'set' },
    parameters: {},
    accountSid: '',
    authToken: 'set',
    signed: false,
  });
  const all = { secret: 'tok-en', headers: { 'X-Key': 'k-1', Authorization: 'Bearer abc' } };
  expect(secrets(agentId)).toEqual(all);
  expect(JSON.stringify(configuration.current.agents.get(agentId))).not.toMatch(/tok-en|k-1|abc/);
  const rows = await database.run((prisma) => prisma.agent.findMany({ where: { id: agentId } }));
  expect(JSON.stringify(rows)).not.toMatch(/tok-en|k-1|Bearer/);

  await change(agentId, { connection: { ...shown(agentId), url: 'wss://other.example.com/' } });
  expect(secrets(agentId)).toEqual(all);
  await change(agentId, {
    connection: { kind: 'twilio', url: 'wss://a.example.com', headers: { 'X-Key': 'set' } },
  });
  expect(secrets(agentId)).toEqual({ secret: 'tok-en', headers: { 'X-Key': 'k-1' } });
  await change(agentId, { connection: { ...twilio, authToken: '', headers: {} } });
  expect(secrets(agentId)).toEqual({ secret: '', headers: {} });
  expect(shown(agentId)).toMatchObject({ authToken: 'not set', headers: {} });

  const all2 = await open();
  expect(all2.configuration.current.agents.get(agentId)).toEqual(configuration.current.agents.get(agentId));
});

test('kind and connection have to go together, and another kind knows nothing of the old secrets', async () => {
  const { agents, create, change, shown, secrets } = await open();
  expect(AgentInput.safeParse({ name: 'No address', kind: 'twilio' }).error?.issues).toMatchObject([
    { path: ['connection'], message: 'must be of kind twilio' },
  ]);
  expect(AgentInput.safeParse({ name: 'Echo', kind: 'echo', connection: twilio }).success).toBe(false);
  const agentId = await create({ name: 'Changing', kind: 'twilio', connection: twilio });
  await expect(agents.change(agentId, { kind: 'offhook' })).rejects.toMatchObject({
    code: 'invalid-input',
    fields: { connection: 'must be of kind offhook' },
  });
  await expect(agents.change(agentId, { connection: null })).rejects.toMatchObject({ code: 'invalid-input' });
  await change(agentId, {
    kind: 'offhook',
    connection: { kind: 'offhook', url: 'ws://127.0.0.1:9000', token: 'set' },
  });
  expect(secrets(agentId)).toEqual({ secret: '', headers: {} });
  await change(agentId, { kind: 'echo' });
  expect([shown(agentId), secrets(agentId)]).toEqual([null, undefined]);
  await expect(
    agents.create(
      AgentInput.parse({ name: 'S', kind: 'twilio', connection: { ...twilio, authToken: '', signed: true } }),
    ),
  ).rejects.toMatchObject({ fields: { 'connection.authToken': 'is needed to sign with' } });
});

test('secrets under another key: the agent stays, its bot cannot be reached, entering them anew mends it', async () => {
  const first = await open();
  const agentId = await first.create({ name: 'Moved', kind: 'twilio', connection: twilio });
  const second = await open();
  expect(second.shown(agentId)).toMatchObject({ authToken: 'set' });
  expect(second.secrets(agentId)).toEqual({
    problem: expect.stringContaining('not encrypted with this key'),
  });
  await expect(
    second.agents.change(agentId, AgentPatch.parse({ connection: { ...twilio, authToken: 'set' } })),
  ).rejects.toMatchObject({
    code: 'invalid-input',
  });
  await second.change(agentId, { connection: { ...twilio, headers: {} } });
  expect(second.secrets(agentId)).toEqual({ secret: 'tok-en', headers: {} });
});

test.each([
  ['http://bot.example.com', 'url'],
  ['wss://user:pw@bot.example.com', 'url'],
  ['wss://bot.example.com/#part', 'url'],
  ['wss://', 'url'],
])('%s is no address of a bot', (url) => {
  const parsed = AgentInput.safeParse({ name: 'A', kind: 'twilio', connection: { kind: 'twilio', url } });
  expect(parsed.error?.issues[0]?.path).toEqual(['connection', 'url']);
});

test.each(['Host', 'sec-websocket-key', 'a b', 'x\r\ny'])('the header %j cannot be set', (name) => {
  const connection = { ...twilio, headers: { [name]: 'x' } };
  expect(AgentInput.safeParse({ name: 'A', kind: 'twilio', connection }).success).toBe(false);
  expect(
    AgentInput.safeParse({ name: 'A', kind: 'twilio', connection: { ...twilio, headers: { ok: 'a\nb' } } })
      .success,
  ).toBe(false);
});
