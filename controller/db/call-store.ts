/** Reads the call history. Writing it is `history.ts`'s. */
import type { CallRecord, Fault, PastCall, PastCallWithTimeline, TimelineEntry } from '../contract/call.ts';
import { type OutcomeKind, outcomeBeginnings } from '../contract/outcome-kind.ts';
import { adviceOf } from '../contract/problems.ts';
import type { Database } from './database.ts';
import type { Prisma } from './generated/client.ts';
import type { CallEventModel, CallModel } from './generated/models.ts';
import { behind, pageOf } from './time-cursor.ts';

export type CallQuery = {
  limit: number;
  /** from the page before */
  cursor?: string | undefined;
  trunkId?: string | undefined;
  agentId?: string | undefined;
  /** somewhere in the numbers, the caller's name or the outcome */
  search?: string | undefined;
  fault?: Fault | undefined;
  /** only those that ended by somebody's fault */
  faulty?: true | undefined;
  /** only those whose called number has these digits in it, or is just `exactly` */
  called?: { digits: string; exactly: string | null } | undefined;
  outcome?: OutcomeKind | undefined;
  isTest?: boolean | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

export class CallStore {
  readonly #database: Database;
  readonly #workspaceId: string;

  constructor(options: { database: Database; workspaceId: string }) {
    this.#database = options.database;
    this.#workspaceId = options.workspaceId;
  }

  /** Latest first. */
  async list(query: CallQuery): Promise<{ items: PastCall[]; nextCursor: string | null }> {
    const where: Prisma.CallWhereInput = {
      workspaceId: this.#workspaceId,
      ...(query.trunkId === undefined ? {} : { trunkId: query.trunkId }),
      ...(query.agentId === undefined ? {} : { agentId: query.agentId }),
      ...(query.fault === undefined ? {} : { fault: query.fault }),
      ...(query.faulty === undefined ? {} : { NOT: { fault: 'none' } }),
      ...(query.isTest === undefined ? {} : { isTest: query.isTest }),
      offeredAt: {
        ...(query.from === undefined ? {} : { gte: new Date(query.from) }),
        ...(query.to === undefined ? {} : { lt: new Date(query.to) }),
      },
      AND: [
        ...(query.search === undefined ? [] : [containing(query.search)]),
        ...(query.called === undefined ? [] : [calledAs(query.called)]),
        ...(query.outcome === undefined ? [] : [endedAs(query.outcome)]),
        behind('offeredAt', query.cursor),
      ],
    };
    const rows = await this.#database.run((prisma) =>
      prisma.call.findMany({
        where,
        orderBy: [{ offeredAt: 'desc' }, { id: 'desc' }],
        take: query.limit + 1,
      }),
    );
    return pageOf('offeredAt', rows, query.limit, toCall);
  }

  async find(callId: string): Promise<PastCallWithTimeline | null> {
    const row = await this.#database.run((prisma) =>
      prisma.call.findUnique({
        where: { id: callId, workspaceId: this.#workspaceId },
        include: { events: { orderBy: { seq: 'asc' } } },
      }),
    );
    if (row === null) return null;
    const call = toCall(row);
    return {
      ...call,
      timeline: row.events.map(toTimelineEntry),
      advice: adviceOf(call.outcome, call.fault),
    };
  }
}

/** Only the history writer writes these columns, from a TimelineEntry. */
export const toTimelineEntry = ({ at, kind, text, data }: CallEventModel): TimelineEntry => ({
  at: at.toISOString(),
  kind: kind as TimelineEntry['kind'],
  text,
  ...(data === null ? {} : { data: data as NonNullable<TimelineEntry['data']> }),
});

function toCall(row: CallModel): PastCall {
  return {
    id: row.id,
    trunkId: row.trunkId,
    trunkName: row.trunkName,
    agentId: row.agentId,
    agentName: row.agentName,
    callerNumber: row.callerNumber,
    callerName: row.callerName,
    calledNumber: row.calledNumber,
    sipCallId: row.sipCallId,
    // only the history writer writes these columns, from a CallRecord
    state: row.state as CallRecord['state'],
    offeredAt: row.offeredAt.toISOString(),
    answeredAt: row.answeredAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    outcome: row.outcome,
    fault: row.fault as CallRecord['fault'],
    transferredTo: row.transferredTo,
    isTest: row.isTest,
  };
}

function calledAs({ digits, exactly }: { digits: string; exactly: string | null }): Prisma.CallWhereInput {
  const hasDigits = { calledNumber: { contains: digits } };
  return exactly === null ? hasDigits : { OR: [hasDigits, { calledNumber: exactly }] };
}

function endedAs(kind: OutcomeKind): Prisma.CallWhereInput {
  return { OR: outcomeBeginnings[kind].map((beginning) => ({ outcome: { startsWith: beginning } })) };
}

function containing(text: string): Prisma.CallWhereInput {
  // % and _ mean themselves
  const has = { contains: text.replace(/[\\%_]/g, (sign) => `\\${sign}`), mode: 'insensitive' } as const;
  return {
    OR: [
      { callerNumber: has },
      { callerName: has },
      { calledNumber: has },
      { agentName: has },
      { trunkName: has },
      { outcome: has },
      { transferredTo: has },
    ],
  };
}
