/** What the settings' screens ask the controller for. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { ApiTokenAnswer, UserAnswer, WorkspaceAnswer } from '../../../controller/contract/account.ts';
import type { AuditEntry } from '../../../controller/contract/audit.ts';
import type { Page } from '../../../controller/contract/page.ts';
import type { RecordingRoom } from '../../../controller/contract/recording.ts';
import type { SystemVersions } from '../../../controller/contract/system.ts';
import type { Wallet, WalletEntry } from '../../../controller/contract/wallet.ts';
import type { Webhook, WebhookDelivery } from '../../../controller/contract/webhook.ts';
import { request } from './request.ts';
import { readStored } from './stored.ts';

const first = <Item>(path: string) =>
  queryOptions({
    queryKey: ['settings', path],
    queryFn: ({ signal }) => request<Page<Item>>('GET', `${path}?limit=200`, { signal }),
  });

/** For `select`, where a screen shows the first page and no other. */
export const itemsOf = <Item>({ items }: Page<Item>): Item[] => items;

export const usersQuery = first<UserAnswer>('/users');
export const workspacesQuery = first<WorkspaceAnswer>('/workspaces');
export const tokensQuery = first<ApiTokenAnswer>('/tokens');
export const webhooksQuery = first<Webhook>('/webhooks');
export const deliveriesQuery = (webhookId: string) =>
  first<WebhookDelivery>(`/webhooks/${webhookId}/deliveries`);
export const walletEntriesQuery = first<WalletEntry>('/wallet/entries');
export const walletQuery = queryOptions({
  queryKey: ['settings', '/wallet'],
  queryFn: ({ signal }) => readStored<Wallet>('/wallet', signal),
});

export const recordingRoomQuery = queryOptions({
  queryKey: ['settings', '/recordings/room'],
  staleTime: 0,
  queryFn: ({ signal }) => request<RecordingRoom>('GET', '/recordings/room', { signal }),
});

export const versionsQuery = queryOptions({
  queryKey: ['settings', '/system/versions'],
  staleTime: 0,
  queryFn: ({ signal }) => request<SystemVersions>('GET', '/system/versions', { signal }),
});

export const auditQuery = infiniteQueryOptions({
  queryKey: ['settings', '/audit'],
  initialPageParam: '',
  queryFn: ({ pageParam, signal }) => {
    const cursor = pageParam === '' ? '' : `&cursor=${encodeURIComponent(pageParam)}`;
    return request<Page<AuditEntry>>('GET', `/audit?limit=50${cursor}`, { signal });
  },
  getNextPageParam: (page) => page.nextCursor,
});
