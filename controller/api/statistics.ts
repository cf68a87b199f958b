/** /statistics: the figures of the dashboards. */
import { Statistics, StatisticsQuery } from '../contract/statistics.ts';
import type { StoresOf } from '../open-stores.ts';
import { viewer } from './caller.ts';
import { type Route, route } from './route.ts';

export function statisticsRoutes({ stores }: { stores: StoresOf }): Route[] {
  return [
    route({
      method: 'get',
      path: '/statistics',
      id: 'getStatistics',
      tag: 'Calls',
      summary: 'Calls by outcome, agent and hour, transfers, and registrations over a time',
      description: 'Seven days unless said otherwise, a year at most. Test calls are not counted.',
      access: viewer('calls:read'),
      query: StatisticsQuery,
      answer: Statistics,
      handle: async ({ workspaceId, query }) => ({ body: await stores(workspaceId).statistics.read(query) }),
    }),
  ];
}
