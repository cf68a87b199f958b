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
  outcome?: string;
  /** days of this browser's calendar, such as 2026-02-28, both among those that are shown */
  from?: string;
  to?: string;
  isTest?: string;
  search?: string;
};
type Page = { items: PastCall[]; nextCursor: string | null };

/** Midnight at the beginning of a day, or so many days later; null when it is no day. */
const midnight = (day: string, daysLater = 0): string | null => {
  const at = /^\d{4}-\d\d-\d\d$/.test(day) ? new Date(`${day}T00:00`) : new Date(Number.NaN);
  at.setDate(at.getDate() + daysLater);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
};

/** The filters as the API has them. */
export const callsAsked = ({ from = '', to = '', ...rest }: CallFilters): Record<string, string> => {
  const [begin, end] = [midnight(from), midnight(to, 1)];
  return { ...rest, ...(begin === null ? {} : { from: begin }), ...(end === null ? {} : { to: end }) };
};

export const callsQuery = (filters: CallFilters) =>
  infiniteQueryOptions({
    queryKey: ['calls', 'list', filters],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: '50', ...callsAsked(filters) });
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
