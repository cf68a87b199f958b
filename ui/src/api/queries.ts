/**
 * What screens ask the controller for, by name. Keys begin with `config` for everything that `configuration` changes on
 * the live socket tell about: those are asked again then, so that no screen polls.
 */
import { QueryClient, queryOptions } from '@tanstack/react-query';
import type { Agent } from '../../../controller/contract/agent.ts';
import type { Extension } from '../../../controller/contract/extension.ts';
import type { Guide, PbxTypeEntry } from '../../../controller/contract/guide.ts';
import type { PhoneNumberBinding } from '../../../controller/contract/number.ts';
import type { Settings } from '../../../controller/contract/settings.ts';
import type { ConnectionType, Trunk } from '../../../controller/contract/trunk.ts';
import { ApiFailure } from './problem.ts';
import { request } from './request.ts';

export type Items<Item> = { items: Item[] };

const list = <Item>(path: string, key: readonly unknown[]) =>
  queryOptions({
    queryKey: ['config', ...key],
    queryFn: async ({ signal }) => (await request<Items<Item>>('GET', path, { signal })).items,
  });

const one = <Item>(path: string, key: readonly unknown[]) =>
  queryOptions({
    queryKey: ['config', ...key],
    queryFn: ({ signal }) => request<Item>('GET', path, { signal }),
  });

export const trunksQuery = list<Trunk>('/trunks', ['trunks']);
export const trunkQuery = (trunkId: string) => one<Trunk>(`/trunks/${trunkId}`, ['trunks', trunkId]);
export const guideQuery = (trunkId: string) =>
  one<Guide>(`/trunks/${trunkId}/guide`, ['trunks', trunkId, 'guide']);
export const directoryQuery = (trunkId: string) =>
  list<Extension>(`/trunks/${trunkId}/extensions`, ['trunks', trunkId, 'extensions']);
export const agentsQuery = list<Agent>('/agents', ['agents']);
export const agentQuery = (agentId: string) => one<Agent>(`/agents/${agentId}`, ['agents', agentId]);
export const numbersQuery = list<PhoneNumberBinding>('/numbers', ['numbers']);
export const settingsQuery = one<Settings>('/settings', ['settings']);
export const pbxTypesQuery = (connectionType: ConnectionType) =>
  list<PbxTypeEntry>(`/pbx-types?connectionType=${connectionType}`, ['pbx-types', connectionType]);

/** A 4xx stays what it is; what could not be reached is tried twice more, then again when the connection is back. */
export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) =>
          failures < 2 && !(error instanceof ApiFailure && (error.status ?? 500) < 500),
        retryDelay: (attempt) => 300 * 2 ** attempt,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
