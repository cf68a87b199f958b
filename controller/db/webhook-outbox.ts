/**
 * Puts down what webhooks are to be told, in the transaction that writes what happened: what is in the history is told,
 * and what is not is not. A repeated batch puts nothing down twice. Of test calls only those are told who ask for them: a
 * company's CRM must not take them for calls of customers. Sending is `webhooks/`'s.
 */
import type { WebhookEventType } from '../contract/webhook.ts';
import type { Prisma } from './generated/client.ts';

/** Something other than a call that receivers may want to know. `id` is the same however often it is announced. */
export type Announcement = {
  id: string;
  workspaceId: string;
  type: Exclude<WebhookEventType, `call.${string}`>;
  at: string;
  data: Record<string, unknown>;
  /** of what belongs to a call: told to whom the call is told */
  callId?: string;
};

/**
 * `events`: rows of call_event as JSON, just written. An event tells as much of its call as was true when it happened:
 * a batch may hold a call's beginning and its end.
 */
export async function tellOfCalls(tx: Prisma.TransactionClient, events: readonly object[]): Promise<number> {
  return await tx.$executeRaw`
    INSERT INTO webhook_delivery (webhook_id, event_id, event_type, body)
    SELECT webhook.id, told.type || ':' || call.id || ':' || new.seq, told.type,
           jsonb_build_object(
             'id', told.type || ':' || call.id || ':' || new.seq, 'type', told.type, 'createdAt', new.at,
             'workspaceId', call.workspace_id,
             'data', jsonb_build_object('call', jsonb_build_object(
               'id', call.id, 'trunkId', call.trunk_id, 'trunkName', call.trunk_name,
               'callerNumber', call.caller_number, 'callerName', call.caller_name,
               'calledNumber', call.called_number, 'sipCallId', call.sip_call_id, 'isTest', call.is_test, 'offeredAt', to_char(call.offered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
               || CASE WHEN told.type = 'call.started' THEN '{}'::jsonb ELSE jsonb_build_object(
                    'agentId', call.agent_id, 'agentName', call.agent_name,
                    'answeredAt', to_char(call.answered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) END
               || CASE WHEN told.type IN ('call.started', 'call.answered') THEN '{}'::jsonb ELSE jsonb_build_object(
                    'transferredTo', COALESCE(call.transferred_to, new.data->>'ext')) END
               || CASE WHEN told.type IN ('call.ended', 'call.failed') THEN jsonb_build_object(
                    'endedAt', to_char(call.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'outcome', call.outcome, 'fault', call.fault)
                  ELSE '{}'::jsonb END))
    FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb) AS new (
           call_id text, seq bigint, at text, kind text, data jsonb)
    JOIN call ON call.id = new.call_id
    CROSS JOIN LATERAL unnest(CASE
           WHEN new.kind = 'offered' THEN ARRAY['call.started']
           WHEN new.kind = 'answered' THEN ARRAY['call.answered']
           WHEN new.kind = 'transfer result' AND new.data->>'result' = 'transferred' THEN ARRAY['call.transferred']
           WHEN new.kind = 'ended' AND call.fault NOT IN ('none', 'caller') THEN ARRAY['call.ended', 'call.failed']
           WHEN new.kind = 'ended' THEN ARRAY['call.ended']
           ELSE ARRAY[]::text[] END) AS told (type)
    JOIN webhook ON webhook.workspace_id = call.workspace_id AND webhook.active AND told.type = ANY (webhook.events)
                AND (webhook.test_calls OR NOT call.is_test)
    ON CONFLICT (webhook_id, event_id) DO NOTHING`;
}

export async function tellOfAnnouncements(
  tx: Prisma.TransactionClient,
  announcements: readonly Announcement[],
): Promise<number> {
  return await tx.$executeRaw`
    INSERT INTO webhook_delivery (webhook_id, event_id, event_type, body)
    SELECT webhook.id, new.id, new.type,
           jsonb_build_object('id', new.id, 'type', new.type, 'createdAt', new.at, 'workspaceId', new."workspaceId",
                              'data', CASE WHEN call.id IS NULL THEN new.data
                                      ELSE jsonb_set(new.data, '{recording,isTest}', to_jsonb(call.is_test)) END)
    FROM jsonb_to_recordset(${JSON.stringify(announcements)}::jsonb) AS new (
           id text, "workspaceId" uuid, type text, at text, data jsonb, "callId" text)
    LEFT JOIN call ON call.id = new."callId"
    JOIN webhook ON webhook.workspace_id = new."workspaceId" AND webhook.active AND new.type = ANY (webhook.events)
                AND (webhook.test_calls OR call.is_test IS NOT TRUE)
    ON CONFLICT (webhook_id, event_id) DO NOTHING`;
}
