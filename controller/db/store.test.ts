import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Configuration, type ConfigurationChange } from '../configuration.ts';
import { AgentInput } from '../contract/agent.ts';
import { ExtensionInput } from '../contract/extension.ts';
import { NumberInput } from '../contract/number.ts';
import { ExtensionTrunkInput } from '../contract/trunk.ts';
import { silentLog } from '../log.ts';
import { AgentStore } from './agent-store.ts';
import { type Database, defaultWorkspaceId, openDatabase } from './database.ts';
import { ExtensionStore } from './extension-store.ts';
import { NumberStore } from './number-store.ts';
import { Secrets } from './secrets.ts';
import { startTestPostgres, type TestPostgres } from './test-postgres.ts';
import { TrunkStore } from './trunk-store.ts';

let postgres: TestPostgres;
const databases: Database[] = [];
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(async () => {
  for (const database of databases) await database.close();
  await postgres.stop();
});

async function open(key = randomBytes(32)) {
  const database = openDatabase({
    url: await postgres.createDatabase(),
    dataDir: tmpdir(),
    log: silentLog(),
  });
  databases.push(database);
  await database.whenReady();
  const secrets = new Secrets({ key });
  const own = { database, secrets, workspaceId: defaultWorkspaceId };
  const configuration = new Configuration(own);
  const changes: ConfigurationChange[] = [];
  configuration.onChange((change) => changes.push(change));
  await configuration.refresh();
  return {
    ...own,
    configuration,
    changes,
    trunks: new TrunkStore(own),
    extensions: new ExtensionStore(own),
    agents: new AgentStore(own),
    numbers: new NumberStore(own),
  };
}
const trunkInput = (more: object = {}) =>
  ExtensionTrunkInput.parse({
    name: 'Main',
    domain: 'pbx.example.com',
    extension: '1000',
    password: 'p4ss;word',
    ...more,
  });

test('a trunk is written and read with its defaults, its password encrypted', async () => {
  const { database, configuration, trunks } = await open();
  const trunkId = await trunks.create(trunkInput({ pbxType: '3cx', username: '' }));
  await configuration.refreshTrunk(trunkId);
  expect(configuration.current.trunks.get(trunkId)).toMatchObject({
    name: 'Main',
    username: '1000',
    authId: '1000',
    codecs: ['PCMA', 'PCMU'],
    password: 'p4ss;word',
    directory: [],
  });
  const row = await database.run((prisma) => prisma.trunk.findUniqueOrThrow({ where: { id: trunkId } }));
  expect(JSON.stringify(row)).not.toContain('p4ss');

  await trunks.change(trunkId, { extension: '2000', authId: 'auth', codecs: ['PCMU'], password: '' });
  await configuration.refreshTrunk(trunkId);
  expect(configuration.current.trunks.get(trunkId)).toMatchObject({
    extension: '2000',
    username: '2000',
    authId: 'auth',
    codecs: ['PCMU'],
    password: 'p4ss;word',
  });
  await trunks.change(trunkId, { authId: '', codecs: null, password: 'other' });
  await configuration.refreshTrunk(trunkId);
  expect(configuration.current.trunks.get(trunkId)).toMatchObject({
    authId: '2000',
    codecs: ['PCMA', 'PCMU'],
    password: 'other',
  });
});

test('what the database refuses is said in words', async () => {
  const { trunks, extensions, agents, numbers } = await open();
  const trunkId = await trunks.create(trunkInput());
  const conflict = (field: string) => ({
    code: 'conflict',
    fields: { [field]: expect.any(String) as string },
  });
  const invalid = (field: string) => ({
    code: 'invalid-input',
    fields: { [field]: expect.any(String) as string },
  });
  const missing = { code: 'not-found' };
  const nowhere = randomUUID();

  await expect(trunks.create(trunkInput({ extension: '1001' }))).rejects.toMatchObject(conflict('name'));
  await expect(trunks.create(trunkInput({ name: 'Other' }))).rejects.toMatchObject(conflict('extension'));
  await expect(
    trunks.create(trunkInput({ name: 'Other', extension: '1001', agentId: nowhere })),
  ).rejects.toMatchObject(invalid('agentId'));
  await expect(trunks.change(nowhere, { name: 'X' })).rejects.toMatchObject(missing);
  await expect(trunks.remove(nowhere)).rejects.toMatchObject(missing);

  const entry = ExtensionInput.parse({ ext: '215', name: 'Sarah', aliases: ['accounts', 'billing'] });
  await extensions.create(trunkId, entry);
  await expect(extensions.create(trunkId, entry)).rejects.toMatchObject(conflict('ext'));
  await expect(extensions.create(nowhere, entry)).rejects.toMatchObject(missing);
  await expect(extensions.change(trunkId, nowhere, { name: 'X' })).rejects.toMatchObject(missing);

  const agentId = await agents.create(AgentInput.parse({ name: 'Front desk' }));
  await expect(agents.create(AgentInput.parse({ name: 'Front desk' }))).rejects.toMatchObject(
    conflict('name'),
  );
  const number = NumberInput.parse({ number: '27872500100', trunkId, agentId });
  await numbers.create(number);
  await expect(numbers.create(NumberInput.parse({ number: '27872500100', trunkId }))).rejects.toMatchObject(
    conflict('number'),
  );
  await expect(
    numbers.create(NumberInput.parse({ number: '27872500101', trunkId: nowhere })),
  ).rejects.toMatchObject(invalid('trunkId'));
  await trunks.change(trunkId, { agentId });
  await expect(agents.remove(agentId)).rejects.toMatchObject({
    code: 'conflict',
    message: 'this agent still answers trunk Main, number 27872500100: link another one there first',
  });
});

test('each refresh shows what was written, and a snapshot never changes', async () => {
  const { configuration, changes, trunks, extensions, agents, numbers } = await open();
  const trunkId = await trunks.create(trunkInput());
  await configuration.refreshTrunk(trunkId);
  const before = configuration.current;
  const second = await extensions.create(trunkId, ExtensionInput.parse({ ext: '300', name: 'Tom' }));
  const first = await extensions.create(trunkId, ExtensionInput.parse({ ext: '215', name: 'Sarah' }));
  await Promise.all([
    configuration.refreshExtension(trunkId, second),
    configuration.refreshExtension(trunkId, first),
  ]);
  const agentId = await agents.create(AgentInput.parse({ name: 'Front desk', kind: 'echo' }));
  await agents.change(agentId, { settings: { fallbackExtension: '300' } });
  await agents.change(agentId, { firstMessage: 'Hello', settings: { silenceSeconds: 5 } });
  await configuration.refreshAgent(agentId);
  const numberId = await numbers.create(NumberInput.parse({ number: '27872500100', trunkId }));
  await numbers.change(numberId, { label: 'Main line', agentId });
  await configuration.refreshNumber(numberId);

  const { trunks: shown, agents: shownAgents, numbers: shownNumbers } = configuration.current;
  expect(shown.get(trunkId)?.directory.map(({ ext }) => ext)).toEqual(['215', '300']);
  expect(shownAgents.get(agentId)).toMatchObject({
    firstMessage: 'Hello',
    settings: {
      confirm: 'when unsure',
      fallbackExtension: '300',
      silenceSeconds: 5,
      maxDurationSeconds: 1800,
    },
  });
  expect(shownNumbers.get(numberId)).toMatchObject({ number: '27872500100', label: 'Main line', agentId });
  expect(before.trunks.get(trunkId)?.directory).toEqual([]);
  expect(changes.map((change) => change.trunkId)).toEqual([null, trunkId, trunkId, trunkId, null, trunkId]);

  const byParts = configuration.current;
  await configuration.refresh();
  expect(configuration.current).toEqual(byParts);

  await extensions.remove(trunkId, first);
  await configuration.refreshExtension(trunkId, first);
  expect(configuration.current.trunks.get(trunkId)?.directory.map(({ ext }) => ext)).toEqual(['300']);
  await trunks.remove(trunkId);
  await configuration.refreshTrunk(trunkId);
  expect([...configuration.current.trunks.keys(), ...configuration.current.numbers.keys()]).toEqual([]);
  await agents.remove(agentId);
  await configuration.refreshAgent(agentId);
  expect(configuration.current.agents.size).toBe(0);
});

test('a trunk whose password cannot be read is set aside and does not hurt the others', async () => {
  const { database, configuration, trunks } = await open();
  const good = await trunks.create(trunkInput());
  const bad = await trunks.create(trunkInput({ name: 'Copied', extension: '1001' }));
  await database.run(
    (prisma) =>
      prisma.$executeRaw`UPDATE trunk SET password_encrypted = (SELECT password_encrypted FROM trunk WHERE id = ${good}::uuid) WHERE id = ${bad}::uuid`,
  );
  await configuration.refresh();
  expect([...configuration.current.trunks.keys()]).toEqual([good]);
  expect(configuration.current.unreadableTrunks.get(bad)?.problem).toMatch(/not encrypted with this key/);
  await trunks.change(bad, { password: 'again' });
  await configuration.refreshTrunk(bad);
  expect(configuration.current.trunks.get(bad)?.password).toBe('again');

  const otherKey = new Configuration({
    database,
    secrets: new Secrets({ key: randomBytes(32) }),
  });
  await otherKey.refresh();
  expect(otherKey.current.trunks.size).toBe(0);
  expect(otherKey.current.unreadableTrunks.size).toBe(2);
});

test('a directory larger than a page is read whole', async () => {
  const { database, configuration, trunks } = await open();
  const trunkId = await trunks.create(trunkInput());
  const data = Array.from({ length: 4500 }, (_, n) => ({
    trunkId,
    ext: String(10_000 + n),
    name: `Person ${n}`,
    owner: '',
    department: '',
    aliases: [],
    enabled: true,
  }));
  await database.run((prisma) => prisma.extension.createMany({ data }));
  await configuration.refreshTrunk(trunkId);
  expect(configuration.current.trunks.get(trunkId)?.directory.map(({ ext }) => ext)).toEqual(
    data.map(({ ext }) => ext),
  );
  await configuration.refresh();
  expect(configuration.current.trunks.get(trunkId)?.directory).toHaveLength(4500);
});

test('before the first read, and while the database is away, it says so and keeps what it has', async () => {
  const { database, secrets, configuration } = await open();
  const unread = new Configuration({ database, secrets });
  expect(unread.loaded).toBe(false);
  expect(() => unread.current).toThrow(/has not been read yet/);
  const before = configuration.current;
  await database.close();
  await expect(configuration.refresh()).rejects.toMatchObject({ code: 'database-down' });
  expect(configuration.current).toBe(before);
});
