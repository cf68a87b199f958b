/** Writes a batch of history entries in one transaction. The same batch again changes nothing. */
import type { Database } from './database.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import { type CallChange, changeable, type HistoryEntry, type NewCall } from './history-entry.ts';

type Transaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export async function writeHistory(
  options: { database: Database; workspaceId: string },
  entries: readonly HistoryEntry[],
): Promise<void> {
  const begun = entries.flatMap((entry) => (entry.kind === 'begin' ? [entry.call] : []));
  const changes = new Map<string, CallChange>();
  for (const entry of entries) {
    if (entry.kind !== 'change') continue;
    changes.set(entry.callId, { ...changes.get(entry.callId), ...entry.change });
  }
  const events = entries.flatMap((entry) => (entry.kind === 'event' ? [entry] : []));

  await options.database.run((prisma) =>
    prisma.$transaction(
      async (tx) => {
        const known = await knownReferences(tx, begun, [...changes.values()]);
        if (begun.length > 0) {
          const data = begun.map((call) => newRow(call, options.workspaceId, known));
          await tx.call.createMany({ data, skipDuplicates: true });
        }
        for (const [callId, change] of changes) {
          await tx.call.updateMany({ where: { id: callId }, data: changedColumns(change, known) });
        }
        if (events.length > 0) {
          const data = events.map(({ callId, serial, entry }) => ({
            callId,
            seq: BigInt(serial),
            at: new Date(entry.at),
            kind: entry.kind,
            text: entry.text,
            ...(entry.data === undefined ? {} : { data: entry.data }),
          }));
          await tx.callEvent.createMany({ data, skipDuplicates: true });
        }
      },
      { maxWait: 10_000, timeout: 30_000 },
    ),
  );
}

/** A trunk or an agent may have been deleted while its call was under way: the call then keeps its name only. */
async function knownReferences(
  tx: Transaction,
  begun: readonly NewCall[],
  changes: readonly CallChange[],
): Promise<Set<string>> {
  const trunkIds = unique(begun.map(({ trunkId }) => trunkId));
  const agentIds = unique([...begun, ...changes].map(({ agentId }) => agentId));
  const select = { id: true } as const;
  const rows = [
    ...(trunkIds.length === 0 ? [] : await tx.trunk.findMany({ where: { id: { in: trunkIds } }, select })),
    ...(agentIds.length === 0 ? [] : await tx.agent.findMany({ where: { id: { in: agentIds } }, select })),
  ];
  return new Set(rows.map(({ id }) => id));
}

const unique = (ids: readonly (string | null | undefined)[]): string[] => [
  ...new Set(ids.filter((id) => typeof id === 'string').filter((id) => uuid.test(id))),
];
const ifKnown = (id: string | null, known: Set<string>): string | null =>
  id !== null && known.has(id) ? id : null;
const toDate = (text: string | null): Date | null => (text === null ? null : new Date(text));

function newRow(call: NewCall, workspaceId: string, known: Set<string>): Prisma.CallCreateManyInput {
  return {
    id: call.id,
    workspaceId,
    trunkId: ifKnown(call.trunkId, known),
    trunkName: call.trunkName,
    agentId: ifKnown(call.agentId, known),
    agentName: call.agentName,
    channelId: call.channelId,
    sipCallId: call.sipCallId,
    callerNumber: call.callerNumber,
    callerName: call.callerName,
    calledNumber: call.calledNumber,
    state: call.state,
    offeredAt: new Date(call.offeredAt),
    answeredAt: toDate(call.answeredAt),
    endedAt: toDate(call.endedAt),
    outcome: call.outcome,
    fault: call.fault,
    transferredTo: call.transferredTo,
  };
}

function changedColumns(change: CallChange, known: Set<string>): Prisma.CallUncheckedUpdateManyInput {
  const { answeredAt, endedAt, agentId } = change;
  const plain = changeable.filter((key) => !['answeredAt', 'endedAt', 'agentId'].includes(key));
  return {
    ...Object.fromEntries(plain.filter((key) => change[key] !== undefined).map((key) => [key, change[key]])),
    ...(answeredAt === undefined ? {} : { answeredAt: toDate(answeredAt) }),
    ...(endedAt === undefined ? {} : { endedAt: toDate(endedAt) }),
    ...(agentId === undefined ? {} : { agentId: ifKnown(agentId, known) }),
  };
}
