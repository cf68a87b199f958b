/** One thing that the call history is to remember, in a form that also fits a line of a file. Knows no database. */
import type { CallRecord, TimelineEntry } from '../contract/call.ts';
import type { Announcement } from './webhook-outbox.ts';

/** A new call. `channelId` is the switch's name for it, by which a restarted controller finds it again. */
export type NewCall = CallRecord & { channelId: string; workspaceId?: string };

/** What may change in a call's life; the rest was settled when it began. */
export const changeable = [
  'state',
  'agentId',
  'agentName',
  'callerNumber',
  'callerName',
  'answeredAt',
  'endedAt',
  'outcome',
  'fault',
  'transferredTo',
] as const;
export type CallChange = Partial<Pick<CallRecord, (typeof changeable)[number]>>;

/** `serial`: the microsecond in which it was noted, never twice the same; it is an event's `seq` too. */
export type HistoryEntry = { serial: number } & (
  | { kind: 'begin'; call: NewCall }
  | { kind: 'change'; callId: string; change: CallChange }
  | { kind: 'event'; callId: string; entry: TimelineEntry }
  /** not of a call: for webhooks alone, and as safe on its way as a call's history */
  | { kind: 'announcement'; announcement: Announcement }
);

/** The call that it is about; null when it is about none. */
export const callIdOf = (entry: HistoryEntry): string | null => {
  switch (entry.kind) {
    case 'begin':
      return entry.call.id;
    case 'announcement':
      return null;
    case 'change':
    case 'event':
      return entry.callId;
  }
};

/** A copy in which every text is one that PostgreSQL takes: no NUL, no half of a surrogate pair. */
export function storable<T>(value: T): T {
  if (typeof value === 'string') return value.replace(/[\0\p{Cs}]/gu, '\u{fffd}') as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [storable(key), storable(inner)]),
  ) as T;
}
