/** What screens ask about calls. Keys begin with `calls`: they change as calls end, not as something is configured. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { PastCall, PastCallWithTimeline } from '../../../controller/contract/call.ts';
import type { SipTrace } from '../../../controller/contract/sip-trace.ts';
import type { Statistics } from '../../../controller/contract/statistics.ts';
import { request } from './request.ts';

export type CallFilters = {
  trunkId?: string;
  agentId?: string;
  fault?: string;
  isTest?: string;
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

/** Of the last so many days, in the days and hours of this browser. */
export const statisticsQuery = (days: number) =>
  queryOptions({
    queryKey: ['calls', 'statistics', days],
    staleTime: 10_000,
    refetchOnWindowFocus: true,
    queryFn: ({ signal }) => {
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      const from = new Date(Date.now() - days * 86_400_000).toISOString();
      const query = new URLSearchParams({ from, timeZone });
      return request<Statistics>('GET', `/statistics?${query}`, { signal });
    },
  });

export const callSipQuery = (callId: string) =>
  queryOptions({
    queryKey: ['calls', 'one', callId, 'sip'],
    queryFn: ({ signal }) => request<SipTrace>('GET', `/calls/${callId}/sip`, { signal }),
  });
