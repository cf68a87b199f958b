/**
 * What screens ask the controller for, by name. Keys begin with `config` for everything that `configuration` changes on
 * the live socket tell about: those are asked again then, so that no screen polls.
 */
import { QueryClient, queryOptions } from '@tanstack/react-query';
import type { Agent } from '../../../controller/contract/agent.ts';
import type { PastCall } from '../../../controller/contract/call.ts';
import type { CertificateDetails } from '../../../controller/contract/certificate.ts';
import type { DemoPbxState } from '../../../controller/contract/demo-pbx.ts';
import type { Diagnostics } from '../../../controller/contract/diagnostics.ts';
import type { Extension } from '../../../controller/contract/extension.ts';
import type { Guide, PbxTypeEntry } from '../../../controller/contract/guide.ts';
import type { PhoneNumberBinding } from '../../../controller/contract/number.ts';
import type { Page } from '../../../controller/contract/page.ts';
import type { Settings } from '../../../controller/contract/settings.ts';
import type { SipTrace } from '../../../controller/contract/sip-trace.ts';
import type { ConnectionType, Trunk } from '../../../controller/contract/trunk.ts';
import type { Validation } from '../../../controller/contract/validation.ts';
import { ApiFailure } from './problem.ts';
import { everything, request } from './request.ts';
import { readStored } from './stored.ts';

const list = <Item>(path: string, key: readonly unknown[]) =>
  queryOptions({
    queryKey: ['config', ...key],
    queryFn: ({ signal }) => everything<Item>(path, signal),
  });

const one = <Item>(path: string, key: readonly unknown[]) =>
  queryOptions({
    queryKey: ['config', ...key],
    queryFn: ({ signal }) => request<Item>('GET', path, { signal }),
  });

/** With its version, since there is a form of it. */
const stored = <Thing>(path: string, key: readonly unknown[]) =>
  queryOptions({
    queryKey: ['config', ...key],
    queryFn: ({ signal }) => readStored<Thing>(path, signal),
  });

export const trunksQuery = list<Trunk>('/trunks', ['trunks']);
export const trunkQuery = (trunkId: string) => stored<Trunk>(`/trunks/${trunkId}`, ['trunks', trunkId]);
export const guideQuery = (trunkId: string) =>
  one<Guide>(`/trunks/${trunkId}/guide`, ['trunks', trunkId, 'guide']);
export const directoryQuery = (trunkId: string) =>
  list<Extension>(`/trunks/${trunkId}/extensions`, ['trunks', trunkId, 'extensions']);
/** Whether a directory has anything in it, without asking for all of it. */
export const firstEntryQuery = (trunkId: string) =>
  queryOptions({
    queryKey: ['config', 'trunks', trunkId, 'extensions', 'first'],
    queryFn: async ({ signal }) =>
      (await request<Page<Extension>>('GET', `/trunks/${trunkId}/extensions?limit=1`, { signal })).items
        .length > 0,
  });
export const diagnosticsQuery = (of: 'trunks' | 'numbers', id: string) =>
  queryOptions({
    queryKey: ['diagnostics', of, id],
    staleTime: 0,
    queryFn: ({ signal }) => request<Diagnostics>('GET', `/${of}/${id}/diagnostics`, { signal }),
  });
export const demoPbxQuery = queryOptions({
  queryKey: ['config', 'demo-pbx'],
  queryFn: ({ signal }) => request<DemoPbxState>('GET', '/demo-pbx', { signal }),
});
/** null: the trunk has not been validated yet */
export const validationQuery = (trunkId: string) =>
  queryOptions({
    queryKey: ['config', 'trunks', trunkId, 'validation'],
    queryFn: async ({ signal }): Promise<Validation | null> => {
      try {
        return await request<Validation>('GET', `/trunks/${trunkId}/validation`, { signal });
      } catch (error) {
        if (error instanceof ApiFailure && error.status === 404) return null;
        throw error;
      }
    },
  });
export const trunkMessagesQuery = (trunkId: string) =>
  queryOptions({
    queryKey: ['messages', trunkId],
    staleTime: 0,
    queryFn: ({ signal }) => request<SipTrace>('GET', `/trunks/${trunkId}/sip?limit=100`, { signal }),
  });
/** The latest calls: enough to know whether there was a first one. */
export const firstCallsQuery = queryOptions({
  queryKey: ['calls', 'first'],
  staleTime: 0,
  queryFn: async ({ signal }) => (await request<Page<PastCall>>('GET', '/calls?limit=50', { signal })).items,
});
export const agentsQuery = list<Agent>('/agents', ['agents']);
export const agentQuery = (agentId: string) => stored<Agent>(`/agents/${agentId}`, ['agents', agentId]);
export const numbersQuery = list<PhoneNumberBinding>('/numbers', ['numbers']);
/** Our own, which PBXes check that connect over TLS. */
export const certificateQuery = one<CertificateDetails>('/certificate', ['certificate']);
export const settingsQuery = stored<Settings>('/settings', ['settings']);
export const pbxTypesQuery = (connectionType: ConnectionType) =>
  queryOptions({
    queryKey: ['pbx-types', connectionType],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) =>
      (
        await request<{ items: PbxTypeEntry[] }>('GET', `/pbx-types?connectionType=${connectionType}`, {
          signal,
        })
      ).items,
  });

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
