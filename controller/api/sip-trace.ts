/** The SIP messages of a call and of a trunk's registrations, as JSON or, with `?format=text`, as a ladder. */
import type { Response } from 'express';
import { z } from 'zod';
import type { Configuration } from '../configuration.ts';
import { SipTraceAnswer } from '../contract/answers.ts';
import type { SipTrace } from '../contract/sip-trace.ts';
import { AppError } from '../errors.ts';
import type { StoresOf } from '../open-stores.ts';
import { accountKey, callIdKey } from '../sip-trace/capture.ts';
import { renderLadder } from '../sip-trace/ladder.ts';
import type { StoredMessage, TraceStore } from '../sip-trace/trace-store.ts';
import { traced } from '../sip-trace/traced-message.ts';
import { viewer } from './caller.ts';
import { type CallRoutes, isCallId, liveCallsOf } from './calls.ts';
import { findTrunk } from './input.ts';
import { type Route, route, sent } from './route.ts';

export type SipTraceRoutes = {
  configuration: Configuration;
  stores: StoresOf;
  liveCalls: CallRoutes['liveCalls'];
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

export function sipTraceRoutes(options: SipTraceRoutes): Route[] {
  const { configuration, stores, sipTrace } = options;
  return [
    route({
      method: 'get',
      path: '/calls/:callId/sip',
      id: 'getCallSip',
      tag: 'Calls',
      summary: 'The SIP messages of a call, as JSON or as a ladder',
      access: viewer('calls:read'),
      query: CallQuery,
      answer: SipTraceAnswer,
      sends: ['text/plain'],
      handle: async ({ workspaceId, params: { callId }, query: { format }, response }) => {
        const live = liveCallsOf(options, workspaceId).find(({ record }) => record.id === callId);
        const call = live?.record ?? (isCallId(callId) ? await stores(workspaceId).calls.find(callId) : null);
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
        return answer(response, { format, title, messages: found.slice(0, mostMessages), truncated });
      },
    }),
    route({
      method: 'get',
      path: '/trunks/:trunkId/sip',
      id: 'getTrunkSip',
      tag: 'Trunks',
      summary: 'The SIP messages of the latest registrations of a trunk',
      access: viewer('calls:read'),
      query: TrunkQuery,
      answer: SipTraceAnswer,
      sends: ['text/plain'],
      handle: async ({ workspaceId, params, query: { format, limit }, response }) => {
        const trunk = findTrunk(configuration.of(workspaceId), params.trunkId);
        await sipTrace.flush(flushMs);
        const found = await sipTrace.store.ofAccount({ account: accountKey(trunk), limit });
        const title = `Registrations of trunk ${trunk.name}, ${trunk.username} at ${trunk.domain}:${trunk.port}`;
        return answer(response, {
          format,
          title,
          messages: found.slice(-limit),
          truncated: found.length > limit,
        });
      },
    }),
  ];
}

const answer = (
  response: Response,
  trace: { format: 'json' | 'text'; title: string; messages: StoredMessage[]; truncated: boolean },
) => {
  const messages = traced(trace.messages);
  if (trace.format === 'json') return { body: { messages, truncated: trace.truncated } satisfies SipTrace };
  const rest = trace.truncated ? '(there are more)\n' : '';
  response.type('text/plain').send(`${renderLadder(trace.title, messages)}${rest}`);
  return sent;
};
