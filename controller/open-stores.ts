/** The stores of one workspace: what a request gets can only read and write there. */
import { AgentStore } from './db/agent-store.ts';
import { CallStore } from './db/call-store.ts';
import type { Database } from './db/database.ts';
import { ExtensionStore } from './db/extension-store.ts';
import { NumberStore } from './db/number-store.ts';
import { RecordingTotals } from './db/recording-totals.ts';
import type { Secrets } from './db/secrets.ts';
import { SettingsStore } from './db/settings-store.ts';
import { StatisticsStore } from './db/statistics-store.ts';
import { TrunkEventStore } from './db/trunk-event-store.ts';
import { TrunkStore } from './db/trunk-store.ts';

export type Stores = ReturnType<typeof storesOf>;
export type StoresOf = (workspaceId: string) => Stores;

export const openStores = (source: { database: Database; secrets: Secrets }): StoresOf => {
  const known = new Map<string, Stores>();
  return (workspaceId) => {
    const stores = known.get(workspaceId) ?? storesOf({ ...source, workspaceId });
    known.set(workspaceId, stores);
    return stores;
  };
};

const storesOf = (own: { database: Database; secrets: Secrets; workspaceId: string }) => ({
  trunks: new TrunkStore(own),
  extensions: new ExtensionStore(own),
  agents: new AgentStore(own),
  numbers: new NumberStore(own),
  settings: new SettingsStore(own),
  calls: new CallStore(own),
  recordingTotals: new RecordingTotals(own),
  statistics: new StatisticsStore(own),
  trunkEvents: new TrunkEventStore(own),
});
