/** /calls: the history, the calls that stand, and what a person may do with one of these. */
import { Router } from 'express';
import { z } from 'zod';
import { type CallRecord, Fault, type TimelineEntry, type TransferResult } from '../contract/call.ts';
import { ExtensionNumber, plainText } from '../contract/trunk.ts';
import type { CallStore } from '../db/call-store.ts';
import { AppError } from '../errors.ts';
import { parseBody, parseQuery, pathPart } from './input.ts';

export type CallRoutes = {
  calls: CallStore;
  liveCalls: {
    list(): readonly { record: CallRecord; timeline: readonly TimelineEntry[] }[];
    /** throws `not-found` for a call that stands no more */
    hangUp(callId: string): void;
    transfer(callId: string, ext: string): Promise<{ result: TransferResult; callerStillHere: boolean }>;
  };
};

const CallsQuery = z.strictObject({
  /** only the calls that stand; these need no database and come in one page */
  live: z.enum(['true']).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
  trunkId: z.uuid().optional(),
  agentId: z.uuid().optional(),
  fault: Fault.optional(),
  /** part of a number, a name or the outcome */
  search: plainText(100).optional(),
});
const TransferInput = z.strictObject({ ext: ExtensionNumber });

export function callsRouter({ calls, liveCalls }: CallRoutes): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const { live, ...query } = parseQuery(CallsQuery, request);
    if (live === undefined) {
      response.json(await calls.list(query));
      return;
    }
    const items = liveCalls
      .list()
      .map(({ record }) => record)
      .filter(({ trunkId }) => query.trunkId === undefined || trunkId === query.trunkId)
      .filter(({ agentId }) => query.agentId === undefined || agentId === query.agentId);
    response.json({ items, nextCursor: null });
  });
  router.get('/:callId', async (request, response) => {
    const callId = pathPart(request, 'callId');
    const live = liveCalls.list().find(({ record }) => record.id === callId);
    if (live !== undefined) {
      response.json({ ...live.record, timeline: live.timeline });
      return;
    }
    const call = isCallId(callId) ? await calls.find(callId) : null;
    if (call === null) throw new AppError('not-found', 'there is no such call');
    response.json(call);
  });
  router.post('/:callId/hang-up', (request, response) => {
    liveCalls.hangUp(pathPart(request, 'callId'));
    response.status(202).json({});
  });
  router.post('/:callId/transfer', async (request, response) => {
    const { ext } = parseBody(TransferInput, request);
    response.json(await liveCalls.transfer(pathPart(request, 'callId'), ext));
  });
  return router;
}

/** What PostgreSQL takes as text; ours are UUIDs. */
const isCallId = (text: string): boolean => /^[0-9a-z-]{1,64}$/i.test(text);
