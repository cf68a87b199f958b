/** /calls: the history, the calls that stand, and what a person may do with one of these. */
import { z } from 'zod';
import type { Configuration } from '../configuration.ts';
import { CallAnswer, CallWithTimelineAnswer, TransferAnswer } from '../contract/answers.ts';
import { type CallRecord, Fault, type TimelineEntry, type TransferResult } from '../contract/call.ts';
import { OutcomeKind } from '../contract/outcome-kind.ts';
import { PageQuery, pageOf, SearchText } from '../contract/page.ts';
import { ExtensionNumber } from '../contract/trunk.ts';
import { AppError } from '../errors.ts';
import type { StoresOf } from '../open-stores.ts';
import { operator, viewer } from './caller.ts';
import { is, matches } from './paginate.ts';
import { type Route, route } from './route.ts';

export type CallRoutes = {
  configuration: Configuration;
  stores: StoresOf;
  liveCalls: {
    list(): readonly {
      workspaceId?: string | null;
      record: CallRecord;
      timeline: readonly TimelineEntry[];
    }[];
    /** throws `not-found` for a call that stands no more */
    hangUp(callId: string): void;
    transfer(callId: string, ext: string): Promise<{ result: TransferResult; callerStillHere: boolean }>;
  };
};

const CallsQuery = PageQuery.extend({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** only the calls that stand; these need no database and come in one page */
  live: z.enum(['true']).optional(),
  trunkId: z.uuid().optional(),
  agentId: z.uuid().optional(),
  /** in the numbers, the caller's name and the outcome */
  search: SearchText.optional(),
  fault: Fault.optional(),
  /** how it ended; of a call that was transferred after its agent failed: `agent failed` */
  outcome: OutcomeKind.optional(),
  /** only test calls (by Validate, or from the browser), or none of them */
  isTest: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  /** offered at that time or later */
  from: z.iso.datetime({ offset: true }).optional(),
  /** offered before that time */
  to: z.iso.datetime({ offset: true }).optional(),
});
const TransferInput = z.strictObject({ ext: ExtensionNumber });

/** The calls of a workspace that stand. */
export const liveCallsOf = (
  { configuration, liveCalls }: Pick<CallRoutes, 'configuration' | 'liveCalls'>,
  workspaceId: string,
) => liveCalls.list().filter((call) => configuration.workspaceOfCall(call) === workspaceId);

export function callRoutes(options: CallRoutes): Route[] {
  const { stores, liveCalls } = options;
  const tag = 'Calls';
  const live = (workspaceId: string, callId: string) =>
    liveCallsOf(options, workspaceId).find(({ record }) => record.id === callId);
  const mustLive = (workspaceId: string, callId: string): void => {
    if (live(workspaceId, callId) === undefined) {
      throw new AppError('not-found', 'No live call has this id; it may have ended');
    }
  };
  return [
    route({
      method: 'get',
      path: '/calls',
      id: 'listCalls',
      tag,
      summary: 'The calls, latest first',
      access: viewer('calls:read'),
      query: CallsQuery,
      answer: pageOf(CallAnswer),
      handle: async ({ workspaceId, query }) => {
        if (query.live === undefined) return { body: await stores(workspaceId).calls.list(query) };
        const items = liveCallsOf(options, workspaceId)
          .map(({ record }) => record)
          .filter(({ trunkId, agentId }) => is(query.trunkId, trunkId) && is(query.agentId, agentId))
          .filter(({ isTest }) => is(query.isTest, isTest))
          .filter((call) => matches(query.search, call.callerNumber, call.calledNumber, call.callerName));
        return { body: { items, nextCursor: null } };
      },
    }),
    route({
      method: 'get',
      path: '/calls/:callId',
      id: 'getCall',
      tag,
      summary: 'One call with its timeline',
      access: viewer('calls:read'),
      answer: CallWithTimelineAnswer,
      handle: async ({ workspaceId, params }) => {
        const standing = live(workspaceId, params.callId);
        if (standing !== undefined) {
          return { body: { ...standing.record, timeline: [...standing.timeline], advice: null } };
        }
        const call = isCallId(params.callId) ? await stores(workspaceId).calls.find(params.callId) : null;
        if (call === null) throw new AppError('not-found', 'there is no such call');
        return { body: call };
      },
    }),
    route({
      method: 'post',
      path: '/calls/:callId/hang-up',
      id: 'hangUpCall',
      tag,
      summary: 'End a call that stands',
      access: operator('calls:control'),
      status: 202,
      answer: z.object({}),
      handle: ({ workspaceId, params }) => {
        mustLive(workspaceId, params.callId);
        liveCalls.hangUp(params.callId);
        return { body: {} };
      },
    }),
    route({
      method: 'post',
      path: '/calls/:callId/transfer',
      id: 'transferCall',
      tag,
      summary: 'Transfer a call that stands to an extension of its PBX',
      access: operator('calls:control'),
      body: TransferInput,
      answer: TransferAnswer,
      problems: ['conflict', 'switch-down'],
      handle: async ({ workspaceId, params, body }) => {
        mustLive(workspaceId, params.callId);
        return { body: await liveCalls.transfer(params.callId, body.ext) };
      },
    }),
  ];
}

/** What PostgreSQL takes as text; ours are UUIDs. */
export const isCallId = (text: string): boolean => /^[0-9a-z-]{1,64}$/i.test(text);
