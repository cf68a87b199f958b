/** Counts calls, transfers and registrations of one workspace, in the database: never a row a call leaves it. */
import type { Fault } from '../contract/call.ts';
import type { Statistics, StatisticsQuery } from '../contract/statistics.ts';
import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';

const dayMs = 86_400_000;
const mostAgents = 50;

type Rows = {
  calls: { calls: number; answered: number; transferred: number; failed: number; seconds: number | null };
  outcome: { outcome: string; fault: Fault | null; calls: number };
  agent: {
    agent_id: string | null;
    name: string | null;
    calls: number;
    answered: number;
    transferred: number;
  };
  hour: { hour: number; calls: number };
  transfer: { result: string | null; transfers: number };
  period: {
    at: Date;
    calls: number;
    answered: number;
    failed: number;
    registered: number | null;
    faulty: number | null;
    waiting: number | null;
  };
};

export class StatisticsStore {
  readonly #database: Database;
  readonly #workspaceId: string;

  constructor(options: { database: Database; workspaceId: string }) {
    this.#database = options.database;
    this.#workspaceId = options.workspaceId;
  }

  async read(query: StatisticsQuery, now = new Date()): Promise<Statistics> {
    const to = query.to === undefined ? now : new Date(query.to);
    const from = query.from === undefined ? new Date(to.getTime() - 7 * dayMs) : new Date(query.from);
    const { timeZone } = query;
    const step = to.getTime() - from.getTime() <= 2 * dayMs ? 'hour' : 'day';
    const ask = <Row>(sql: Prisma.Sql): Promise<Row[]> =>
      this.#database.run((prisma) => prisma.$queryRaw<Row[]>(sql));
    const chosen = Prisma.sql`FROM call WHERE workspace_id = ${this.#workspaceId}::uuid
      AND offered_at >= ${from}::timestamptz AND offered_at < ${to}::timestamptz AND NOT is_test`;
    const [totals, outcomes, agents, hours, transfers, periods] = await Promise.all([
      ask<Rows['calls']>(Prisma.sql`SELECT ${counts}, ${transferred},
        avg(extract(epoch FROM ended_at - answered_at))::float AS seconds ${chosen}`),
      ask<Rows['outcome']>(Prisma.sql`SELECT ${outcomeWords} AS outcome, fault, count(*)::int AS calls
        ${chosen} AND outcome IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1`),
      ask<Rows['agent']>(Prisma.sql`SELECT agent_id::text, max(agent_name) AS name, ${counts}, ${transferred}
        ${chosen} GROUP BY agent_id, CASE WHEN agent_id IS NULL THEN agent_name END
        ORDER BY calls DESC, name LIMIT ${mostAgents}`),
      ask<Rows['hour']>(Prisma.sql`SELECT extract(hour FROM offered_at AT TIME ZONE ${timeZone})::int AS hour,
        count(*)::int AS calls ${chosen} GROUP BY 1`),
      ask<Rows['transfer']>(Prisma.sql`SELECT call_event.data->>'result' AS result, count(*)::int AS transfers
        FROM call_event JOIN call ON call.id = call_event.call_id
        WHERE call_event.kind = 'transfer result' AND call_event.at >= ${from}::timestamptz
          AND call_event.at < ${to}::timestamptz AND call.workspace_id = ${this.#workspaceId}::uuid
          AND NOT call.is_test GROUP BY 1 ORDER BY 2 DESC, 1`),
      ask<Rows['period']>(this.#periods({ from, to, now, timeZone, step, chosen })),
    ]);
    const {
      calls: all = 0,
      answered = 0,
      transferred: done = 0,
      failed = 0,
      seconds = null,
    } = totals[0] ?? {};
    const ofHour = new Map(hours.map(({ hour, calls }) => [hour, calls]));
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      timeZone,
      calls: { all, answered, transferred: done, failed, averageSeconds: seconds },
      outcomes,
      agents: agents.map(({ agent_id: agentId, ...rest }) => ({
        agentId,
        name: rest.name,
        calls: rest.calls,
        answered: rest.answered,
        transferred: rest.transferred,
      })),
      hours: Array.from({ length: 24 }, (_, hour) => ({ hour, calls: ofHour.get(hour) ?? 0 })),
      transfers,
      step,
      periods: periods.map(({ at, registered, faulty, waiting, ...counted }) => ({
        at: at.toISOString(),
        ...counted,
        trunks: registered === null ? null : { registered, failed: faulty ?? 0, waiting: waiting ?? 0 },
      })),
    };
  }

  /**
   * Every hour or day of the time zone, with its calls and, weighed by time, its trunks: a change of a trunk's state holds
   * until the next one. Days are cut by local clocks, so that one of them may have 23 or 25 hours; hours are all as long.
   */
  #periods(range: {
    from: Date;
    to: Date;
    now: Date;
    timeZone: string;
    step: 'hour' | 'day';
    chosen: Prisma.Sql;
  }): Prisma.Sql {
    const { from, to, now, timeZone, step, chosen } = range;
    const known = to < now ? to : now;
    const first = Prisma.sql`date_trunc(${step}, ${from}::timestamptz AT TIME ZONE ${timeZone}) AT TIME ZONE ${timeZone}`;
    const [cut, begins] =
      step === 'hour'
        ? [
            Prisma.sql`SELECT begins, begins + interval '1 hour' AS ends
              FROM generate_series(${first}, ${to}::timestamptz - interval '1 microsecond', '1 hour') AS begins`,
            Prisma.sql`date_bin('1 hour', offered_at, ${first})`,
          ]
        : [
            Prisma.sql`SELECT local AT TIME ZONE ${timeZone} AS begins,
                (local + interval '1 day') AT TIME ZONE ${timeZone} AS ends
              FROM generate_series(
                date_trunc('day', ${from}::timestamptz AT TIME ZONE ${timeZone}),
                (${to}::timestamptz AT TIME ZONE ${timeZone}) - interval '1 microsecond', '1 day') AS local`,
            Prisma.sql`date_trunc('day', offered_at AT TIME ZONE ${timeZone}) AT TIME ZONE ${timeZone}`,
          ];
    return Prisma.sql`
      WITH cut AS (${cut}),
      period AS (
        SELECT begins, greatest(begins, ${from}::timestamptz) AS first,
               least(ends, ${known}::timestamptz) AS last
        FROM cut),
      counted AS (
        SELECT ${begins} AS begins, ${counts}
        ${chosen} GROUP BY 1),
      span AS (
        SELECT state, at AS begins,
               lead(at, 1, ${known}::timestamptz) OVER (PARTITION BY trunk_id ORDER BY at) AS ends
        FROM trunk_state
        WHERE trunk_id IN (SELECT id FROM trunk WHERE workspace_id = ${this.#workspaceId}::uuid)
          AND at < ${known}::timestamptz),
      -- what was before the first change of all is not known, and not counted as time without trunks
      told AS (SELECT begins, greatest(first, (SELECT min(begins) FROM span)) AS first, last FROM period),
      stood AS (
        SELECT told.begins,
               extract(epoch FROM least(span.ends, told.last) - greatest(span.begins, told.first))
                 / extract(epoch FROM told.last - told.first) AS share, state
        FROM told JOIN span ON span.begins < told.last AND span.ends > told.first
        WHERE told.last > told.first)
      SELECT period.begins AS at, coalesce(counted.calls, 0) AS calls, coalesce(answered, 0) AS answered,
             coalesce(failed, 0) AS failed, registered, faulty, waiting
      FROM period LEFT JOIN counted USING (begins) LEFT JOIN (
        SELECT begins,
               coalesce(sum(share) FILTER (WHERE state = 'up'), 0)::float AS registered,
               coalesce(sum(share) FILTER (WHERE state = 'failed'), 0)::float AS faulty,
               coalesce(sum(share) FILTER (WHERE state = 'waiting'), 0)::float AS waiting
        FROM stood GROUP BY begins) AS trunks USING (begins)
      ORDER BY period.begins`;
  }
}

const counts = Prisma.sql`count(*)::int AS calls, count(answered_at)::int AS answered,
  (count(*) FILTER (WHERE fault NOT IN ('none', 'caller')))::int AS failed`;
const transferred = Prisma.sql`count(transferred_to)::int AS transferred`;
/** As `calls/outcome.ts` words them, without the names and codes that make each one different. */
const outcomeWords = Prisma.sql`CASE
  WHEN outcome LIKE 'Transferred to %' THEN 'Transferred'
  WHEN outcome ~ '^Transfer to .* failed: ' THEN regexp_replace(outcome, '^Transfer to .* failed: ', 'Transfer failed: ')
  WHEN outcome LIKE 'Caller hung up during the transfer %' THEN 'Caller hung up during a transfer'
  ELSE regexp_replace(regexp_replace(outcome, '; transferred to .*$', ''), ' \\([^()]*\\)$', '') END`;
