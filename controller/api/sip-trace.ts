/** The SIP messages of a call and of a trunk's registrations, as JSON or, with `?format=text`, as a ladder. */
import { type Response, Router } from 'express';
import { z } from 'zod';
import type { Configuration } from '../configuration.ts';
import type { SipTrace } from '../contract/sip-trace.ts';
import type { CallStore } from '../db/call-store.ts';
import { AppError } from '../errors.ts';
import { accountKey, callIdKey } from '../sip-trace/capture.ts';
import { renderLadder } from '../sip-trace/ladder.ts';
import type { StoredMessage, TraceStore } from '../sip-trace/trace-store.ts';
import { traced } from '../sip-trace/traced-message.ts';
import type { CallRoutes } from './calls.ts';
import { findTrunk, parseQuery, pathPart } from './input.ts';

export type SipTraceRoutes = {
  configuration: Configuration;
  calls: CallStore;
  liveCalls: Pick<CallRoutes['liveCalls'], 'list'>;
  sipTrace: {
    store: Pick<TraceStore, 'ofCall' | 'ofAccount'>;
    /** resolves when what was heard until now can be read */
    flush(timeoutMs: number): Promise<void>;
  };
};

const mostMessages = 500;
/** a Call-ID may be used again: only what was said around the call belongs to it */
const aroundMs = 120_000;
const flushMs = 1000;

const Format = z.enum(['json', 'text']).default('json');
const CallQuery = z.strictObject({ format: Format });
const TrunkQuery = z.strictObject({
  format: Format,
  limit: z.coerce.number().int().min(1).max(mostMessages).default(50),
});

export function sipTraceRouter({ configuration, calls, liveCalls, sipTrace }: SipTraceRoutes): Router {
  const router = Router();
  router.get('/calls/:callId/sip', async (request, response) => {
    const { format } = parseQuery(CallQuery, request);
    const callId = pathPart(request, 'callId');
    const live = liveCalls.list().find(({ record }) => record.id === callId);
    const call = live?.record ?? (/^[0-9a-z-]{1,64}$/i.test(callId) ? await calls.find(callId) : null);
    if (call === null) throw new AppError('not-found', 'there is no such call');
    await sipTrace.flush(flushMs);
    const found = await sipTrace.store.ofCall({
      callId: callIdKey(call.sipCallId),
      fromMs: Date.parse(call.offeredAt) - aroundMs,
      toMs: (call.endedAt === null ? Date.now() : Date.parse(call.endedAt)) + aroundMs,
      limit: mostMessages,
    });
    const title = `Call from ${call.callerNumber} to ${call.calledNumber}, trunk ${call.trunkName}${call.outcome === null ? '' : `: ${call.outcome}`}`;
    const truncated = found.length > mostMessages;
    answer(response, { format, title, messages: found.slice(0, mostMessages), truncated });
  });
  router.get('/trunks/:trunkId/sip', async (request, response) => {
    const { format, limit } = parseQuery(TrunkQuery, request);
    const trunk = findTrunk(configuration, request);
    await sipTrace.flush(flushMs);
    const found = await sipTrace.store.ofAccount({ account: accountKey(trunk), limit });
    const title = `Registrations of trunk ${trunk.name}, ${trunk.username} at ${trunk.domain}:${trunk.port}`;
    answer(response, { format, title, messages: found.slice(-limit), truncated: found.length > limit });
  });
  return router;
}

const answer = (
  response: Response,
  trace: { format: 'json' | 'text'; title: string; messages: StoredMessage[]; truncated: boolean },
): void => {
  const messages = traced(trace.messages);
  if (trace.format === 'json') {
    response.json({ messages, truncated: trace.truncated } satisfies SipTrace);
    return;
  }
  const rest = trace.truncated ? '(there are more)\n' : '';
  response.type('text/plain').send(`${renderLadder(trace.title, messages)}${rest}`);
};
