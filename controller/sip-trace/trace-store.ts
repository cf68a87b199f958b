/**
 * The table of SIP messages, in plain SQL: writing through Prisma's query engine works on the main thread and would hold
 * up audio (see db/history-writer.ts). Ids begin with the microsecond in which a message reached us, so that rows are
 * sorted and cleared by them, and a batch that is written twice is there once.
 */
import { randomBytes } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { storable } from '../db/history-entry.ts';
import type { CapturedMessage } from './capture.ts';

export type SipMessageRow = CapturedMessage & { id: string };
export type StoredMessage = Omit<CapturedMessage, 'account' | 'isRegister'>;
/** Bytes that are stored, about. */
export type StoredBytes = { calls: number; registers: number };

const asUuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const hexOf = (microseconds: number): string => Math.floor(microseconds).toString(16).padStart(16, '0');
/** Smaller than every id of that moment and later. */
const firstIdAt = (timeMs: number): string => asUuid(`${hexOf(Math.max(0, timeMs) * 1000)}${'0'.repeat(16)}`);

/** Gives ids in rising order, of this process alone. */
export const createIds = (now: () => number = Date.now): (() => string) => {
  const own = randomBytes(8).toString('hex');
  let last = 0;
  return () => {
    last = Math.max(last + 1, now() * 1000);
    return asUuid(`${hexOf(last)}${own}`);
  };
};

/** With what PostgreSQL keeps about a row and its three indexes. */
export const bytesOf = (message: CapturedMessage): number => Buffer.byteLength(message.text) + 300;

export class TraceStore {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  async write(messages: readonly SipMessageRow[]): Promise<void> {
    const rows = messages.map((message) => ({
      id: message.id,
      at: new Date(message.timeMs).toISOString(),
      sip_call_id: storable(message.callId),
      is_register: message.isRegister,
      account: storable(message.account),
      is_sent: message.isSent,
      transport: message.transport,
      source: message.source,
      destination: message.destination,
      text: storable(message.text),
      bytes: bytesOf(message),
    }));
    await this.#database.run(
      (prisma) => prisma.$executeRaw`
        INSERT INTO sip_message (id, at, sip_call_id, is_register, account, is_sent, transport, source, destination,
                                 text, bytes)
        SELECT id, at, sip_call_id, is_register, account, is_sent, transport, source, destination, text, bytes
        FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS new (
               id uuid, at timestamptz, sip_call_id text, is_register boolean, account text, is_sent boolean,
               transport text, source text, destination text, text text, bytes integer)
        ON CONFLICT (id) DO NOTHING`,
    );
  }

  /** The messages of one Call-ID that reached us in that time, in order; one more than `limit` when there are more. */
  ofCall(options: { callId: string; fromMs: number; toMs: number; limit: number }): Promise<StoredMessage[]> {
    const { callId, fromMs, toMs, limit } = options;
    return this.#database.run(async (prisma) =>
      (
        await prisma.$queryRaw<Row[]>`
          SELECT at, sip_call_id, is_sent, transport, source, destination, text FROM sip_message
          WHERE sip_call_id = ${storable(callId)}
            AND id >= ${firstIdAt(fromMs)}::uuid AND id < ${firstIdAt(toMs)}::uuid
          ORDER BY id LIMIT ${limit + 1}`
      ).map(toStored),
    );
  }

  /** The latest messages of an account's registrations, in order; one more than `limit` when there are more. */
  ofAccount(options: { account: string; limit: number }): Promise<StoredMessage[]> {
    const { account, limit } = options;
    // a registration keeps its Call-ID for as long as it lasts (RFC 3261 §10.2), so these are few
    return this.#database.run(async (prisma) =>
      (
        await prisma.$queryRaw<Row[]>`
          SELECT at, sip_call_id, is_sent, transport, source, destination, text FROM sip_message
          WHERE is_register AND sip_call_id IN (
            SELECT sip_call_id FROM (
              SELECT sip_call_id FROM sip_message WHERE account = ${storable(account)}
              ORDER BY id DESC LIMIT ${limit}) AS latest)
          ORDER BY id DESC LIMIT ${limit + 1}`
      )
        .map(toStored)
        .reverse(),
    );
  }

  async storedBytes(): Promise<StoredBytes> {
    const sums = await this.#database.run(
      (prisma) => prisma.$queryRaw<{ is_register: boolean; bytes: bigint }[]>`
        SELECT is_register, coalesce(sum(bytes), 0)::bigint AS bytes FROM sip_message GROUP BY is_register`,
    );
    const of = (isRegister: boolean): number =>
      Number(sums.find((sum) => sum.is_register === isRegister)?.bytes ?? 0);
    return { calls: of(false), registers: of(true) };
  }

  /** Takes away up to `rows` of the oldest messages: those before a moment, or as many as take `bytes`. */
  async removeOldest(options: {
    isRegister: boolean;
    rows: number;
    beforeMs?: number;
    bytes?: number;
  }): Promise<{ rows: number; bytes: number }> {
    const { isRegister, rows, beforeMs = Number.MAX_SAFE_INTEGER / 1000 } = options;
    const { bytes = Number.MAX_SAFE_INTEGER } = options;
    const [gone] = await this.#database.run(
      (prisma) => prisma.$queryRaw<{ rows: bigint; bytes: bigint }[]>`
        WITH gone AS (
          DELETE FROM sip_message WHERE id IN (
            SELECT id FROM (
              SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before FROM (
                SELECT id, bytes FROM sip_message
                WHERE is_register = ${isRegister} AND id < ${firstIdAt(beforeMs)}::uuid
                ORDER BY id LIMIT ${rows} FOR UPDATE SKIP LOCKED) AS oldest) AS counted
            WHERE bytes_before < ${bytes})
          RETURNING bytes)
        SELECT count(*)::bigint AS rows, coalesce(sum(bytes), 0)::bigint AS bytes FROM gone`,
    );
    return { rows: Number(gone?.rows ?? 0), bytes: Number(gone?.bytes ?? 0) };
  }
}

type Row = {
  at: Date;
  sip_call_id: string;
  is_sent: boolean;
  transport: string;
  source: string;
  destination: string;
  text: string;
};

const toStored = (row: Row): StoredMessage => ({
  timeMs: row.at.getTime(),
  callId: row.sip_call_id,
  isSent: row.is_sent,
  // nobody else writes the column
  transport: row.transport as CapturedMessage['transport'],
  source: row.source,
  destination: row.destination,
  text: row.text,
});
