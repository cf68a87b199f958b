/**
 * Writes a batch of history entries in one transaction. The same batch again changes nothing.
 * In SQL, with one JSON document for each statement: through Prisma's query engine, which works on the main thread,
 * a batch of 500 held up the audio of every call for 100 to 250 ms (measured); so it is a few milliseconds.
 */
import type { CallRecord } from '../contract/call.ts';
import type { Database } from './database.ts';
import { type CallChange, changeable, type HistoryEntry, type NewCall } from './history-entry.ts';
import { chargeCalls } from './wallet-store.ts';
import { type Announcement, tellOfAnnouncements, tellOfCalls } from './webhook-outbox.ts';

/** `told`: deliveries put down for webhooks; `charged`: workspaces that paid for calls. */
export type Written = { told: number; charged: number };

export async function writeHistory(
  options: { database: Database; workspaceId: string },
  entries: readonly HistoryEntry[],
): Promise<Written> {
  const begun: object[] = [];
  const changes = new Map<string, CallChange>();
  const events: object[] = [];
  const announcements: Announcement[] = [];
  let ended = false;
  for (const entry of entries) {
    switch (entry.kind) {
      case 'begin':
        begun.push({
          ...namedAsColumns(entry.call),
          workspace_id: entry.call.workspaceId ?? options.workspaceId,
        });
        break;
      case 'change':
        changes.set(entry.callId, { ...changes.get(entry.callId), ...entry.change });
        break;
      case 'event':
        events.push({ call_id: entry.callId, seq: entry.serial, ...entry.entry });
        ended ||= entry.entry.kind === 'ended';
        break;
      case 'announcement':
        announcements.push(entry.announcement);
        break;
    }
  }
  const changed = [...changes].map(([callId, change]) => ({
    call_id: callId,
    change: changeAsColumns(change),
  }));

  return await options.database.run((prisma) =>
    prisma.$transaction(
      async (tx) => {
        // a trunk or an agent may have been deleted while its call was under way: then only its name stays
        if (begun.length > 0) {
          await tx.$executeRaw`
            INSERT INTO call (id, workspace_id, trunk_id, trunk_name, agent_id, agent_name, channel_id, sip_call_id,
                              caller_number, caller_name, called_number, state, offered_at, answered_at, ended_at,
                              outcome, fault, transferred_to, is_test)
            SELECT new.id, new.workspace_id, trunk.id, new.trunk_name, agent.id, new.agent_name, new.channel_id,
                   new.sip_call_id, new.caller_number, new.caller_name, new.called_number, new.state, new.offered_at,
                   new.answered_at, new.ended_at, new.outcome, new.fault, new.transferred_to,
                   coalesce(new.is_test, false)
            FROM jsonb_to_recordset(${JSON.stringify(begun)}::jsonb) AS new (
                   id text, workspace_id uuid, trunk_id uuid, trunk_name text, agent_id uuid, agent_name text,
                   channel_id text, sip_call_id text, caller_number text, caller_name text, called_number text,
                   state text, offered_at timestamptz, answered_at timestamptz, ended_at timestamptz, outcome text,
                   fault text, transferred_to text, is_test boolean)
            LEFT JOIN trunk ON trunk.id = new.trunk_id
            LEFT JOIN agent ON agent.id = new.agent_id
            ON CONFLICT (id) DO NOTHING`;
        }
        if (changed.length > 0) {
          await tx.$executeRaw`
            UPDATE call
            SET state = CASE WHEN change ? 'state' THEN change->>'state' ELSE call.state END,
                agent_id = CASE WHEN change ? 'agent_id'
                                THEN (SELECT id FROM agent WHERE id = (change->>'agent_id')::uuid)
                                ELSE call.agent_id END,
                agent_name = CASE WHEN change ? 'agent_name' THEN change->>'agent_name' ELSE call.agent_name END,
                caller_number = CASE WHEN change ? 'caller_number' THEN change->>'caller_number' ELSE call.caller_number END,
                caller_name = CASE WHEN change ? 'caller_name' THEN change->>'caller_name' ELSE call.caller_name END,
                answered_at = CASE WHEN change ? 'answered_at' THEN (change->>'answered_at')::timestamptz ELSE call.answered_at END,
                ended_at = CASE WHEN change ? 'ended_at' THEN (change->>'ended_at')::timestamptz ELSE call.ended_at END,
                outcome = CASE WHEN change ? 'outcome' THEN change->>'outcome' ELSE call.outcome END,
                fault = CASE WHEN change ? 'fault' THEN change->>'fault' ELSE call.fault END,
                transferred_to = CASE WHEN change ? 'transferred_to' THEN change->>'transferred_to' ELSE call.transferred_to END
            FROM jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) AS changed (call_id text, change jsonb)
            WHERE call.id = changed.call_id`;
        }
        if (events.length > 0) {
          await tx.$executeRaw`
            INSERT INTO call_event (call_id, seq, at, kind, text, data)
            SELECT call_id, seq, at, kind, text, data
            FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb) AS new (
                   call_id text, seq bigint, at timestamptz, kind text, text text, data jsonb)
            ON CONFLICT (call_id, seq) DO NOTHING`;
        }
        return {
          charged: ended ? await chargeCalls(tx, events) : 0,
          told:
            (events.length > 0 ? await tellOfCalls(tx, events) : 0) +
            (announcements.length > 0 ? await tellOfAnnouncements(tx, announcements) : 0),
        };
      },
      { maxWait: 10_000, timeout: 30_000 },
    ),
  );
}

const columns = {
  state: 'state',
  agentId: 'agent_id',
  agentName: 'agent_name',
  callerNumber: 'caller_number',
  callerName: 'caller_name',
  answeredAt: 'answered_at',
  endedAt: 'ended_at',
  outcome: 'outcome',
  fault: 'fault',
  transferredTo: 'transferred_to',
} satisfies Record<(typeof changeable)[number], string>;

/** Ids that are none would make the whole batch fail. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ifUuid = (id: string | null): string | null => (id !== null && uuid.test(id) ? id : null);

/** Only what was given, and only what may change: the entry may come from an older version's file. */
function changeAsColumns(change: CallChange): Record<string, string | null> {
  const named: Record<string, string | null> = {};
  for (const key of changeable) {
    const value = change[key];
    if (value !== undefined) named[columns[key]] = key === 'agentId' ? ifUuid(value) : value;
  }
  return named;
}

function namedAsColumns(call: NewCall): Record<string, CallRecord[keyof CallRecord]> {
  return {
    ...changeAsColumns(call),
    id: call.id,
    trunk_id: ifUuid(call.trunkId),
    trunk_name: call.trunkName,
    channel_id: call.channelId,
    sip_call_id: call.sipCallId,
    called_number: call.calledNumber,
    offered_at: call.offeredAt,
    is_test: call.isTest,
  };
}
