/** What screens ask about calls. Keys begin with `calls`: they change as calls end, not as something is configured. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { PastCall, PastCallWithTimeline } from '../../../controller/contract/call.ts';
import type { SipTrace } from '../../../controller/contract/sip-trace.ts';
import { request } from './request.ts';

export type CallFilters = {
  trunkId?: string;
  agentId?: string;
  fault?: string;
  search?: string;
};
type Page = { items: PastCall[]; nextCursor: string | null };

export const callsQuery = (filters: CallFilters) =>
  infiniteQueryOptions({
    queryKey: ['calls', 'list', filters],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: '50', ...filters });
      if (pageParam !== '') query.set('cursor', pageParam);
      return request<Page>('GET', `/calls?${query}`, { signal });
    },
    getNextPageParam: (page) => page.nextCursor,
  });

export const callQuery = (callId: string) =>
  queryOptions({
    queryKey: ['calls', 'one', callId],
    queryFn: ({ signal }) => request<PastCallWithTimeline>('GET', `/calls/${callId}`, { signal }),
  });

export const callSipQuery = (callId: string) =>
  queryOptions({
    queryKey: ['calls', 'one', callId, 'sip'],
    queryFn: ({ signal }) => request<SipTrace>('GET', `/calls/${callId}/sip`, { signal }),
  });
