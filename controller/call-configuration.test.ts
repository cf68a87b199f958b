import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callConfiguration } from './call-configuration.ts';
import { decideRoute } from './calls/route.ts';
import { Configuration } from './configuration.ts';
import { AgentInput } from './contract/agent.ts';
import { ExtensionInput } from './contract/extension.ts';
import { NumberInput } from './contract/number.ts';
import { ExtensionTrunkInput } from './contract/trunk.ts';
import { AgentStore } from './db/agent-store.ts';
import { defaultWorkspaceId, openDatabase } from './db/database.ts';
import { ExtensionStore } from './db/extension-store.ts';
import { NumberStore } from './db/number-store.ts';
import { Secrets } from './db/secrets.ts';
import { SettingsStore } from './db/settings-store.ts';
import { startTestPostgres, type TestPostgres } from './db/test-postgres.ts';
import { TrunkStore } from './db/trunk-store.ts';
import { silentLog } from './log.ts';

let postgres: TestPostgres;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(async () => {
  for (const close of closing) await close();
  await postgres.stop();
});

async function open() {
  const url = await postgres.createDatabase();
  const database = openDatabase({ url, dataDir: tmpdir(), log: silentLog() });
  closing.push(() => database.close());
  await database.whenReady();
  const own = { database, secrets: new Secrets({ key: randomBytes(32) }), workspaceId: defaultWorkspaceId };
  const configuration = new Configuration(own);
  await configuration.refresh();
  return {
    configuration,
    calls: callConfiguration(configuration, () => false),
    trunks: new TrunkStore(own),
    agents: new AgentStore(own),
    numbers: new NumberStore(own),
    settings: new SettingsStore(own),
    extensions: new ExtensionStore(own),
  };
}
const trunkInput = (more: object) =>
  ExtensionTrunkInput.parse({ domain: 'pbx.example.com', password: 'x', extension: '1000', ...more });

test('who answers: the number in every form, the extension that a number is bound to, the trunk', async () => {
  const { configuration, calls, trunks, agents, numbers, settings } = await open();
  const sales = await agents.create(AgentInput.parse({ name: 'Sales' }));
  const desk = await agents.create(AgentInput.parse({ name: 'Front desk' }));
  const trunkId = await trunks.create(trunkInput({ name: 'Main' }));
  const numberId = await numbers.create(
    NumberInput.parse({ number: '27872500100', trunkId, agentId: sales }),
  );
  await configuration.refresh();
  const route = (calledNumber: string): string => {
    const decided = decideRoute(calls, { trunkId, calledNumber }, 0);
    return decided.kind === 'agent' ? decided.agent.name : decided.reason;
  };
  expect(['27872500100', '+27872500100', '0027872500100'].map(route)).toEqual(['Sales', 'Sales', 'Sales']);
  expect(route('0872500100')).toBe('no-agent');
  await settings.change({ defaultCountry: 'ZA' });
  await configuration.refreshWorkspace(defaultWorkspaceId);
  expect(route('0872500100')).toBe('Sales');
  // Connect PBX Extension: the PBX rings our extension and does not say for which number
  expect(route('1000')).toBe('Sales');
  expect(route('0872500101')).toBe('no-agent');

  const other = await numbers.create(NumberInput.parse({ number: '27872500101', trunkId }));
  await configuration.refreshNumber(other);
  expect(route('0872500101')).toBe('number-not-assigned');
  expect(route('0872500100')).toBe('Sales');
  expect(route('1000')).toBe('no-agent');

  await trunks.change(trunkId, { agentId: desk });
  await configuration.refreshTrunk(trunkId);
  expect(['0872500100', '0872500101', '1000', '0872500102'].map(route)).toEqual([
    'Sales',
    'Front desk',
    'Front desk',
    'Front desk',
  ]);

  await numbers.change(numberId, { agentId: null });
  await configuration.refreshNumber(numberId);
  expect(route('0872500100')).toBe('Front desk');
  await numbers.remove(numberId);
  await configuration.refreshNumber(numberId);
  await trunks.change(trunkId, { agentId: null });
  await configuration.refreshTrunk(trunkId);
  expect(route('0872500100')).toBe('no-agent');
  await trunks.change(trunkId, { active: false });
  await configuration.refreshTrunk(trunkId);
  expect(route('0872500101')).toBe('trunk-inactive');
});

test('only enabled entries are offered to callers', async () => {
  const { configuration, calls, trunks, extensions } = await open();
  const trunkId = await trunks.create(trunkInput({ name: 'Main' }));
  await extensions.create(trunkId, ExtensionInput.parse({ ext: '215', name: 'Sarah' }));
  await extensions.create(trunkId, ExtensionInput.parse({ ext: '216', name: 'Tom', enabled: false }));
  await configuration.refreshTrunk(trunkId);
  expect(calls.directory(trunkId).map(({ ext }) => ext)).toEqual(['215']);
  expect(calls.directory(trunkId)).toBe(calls.directory(trunkId));
  expect(calls.directory('unknown')).toEqual([]);
});
