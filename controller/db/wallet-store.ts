/** Wallets and their entries in the database. The balance is the sum of the entries, and every writer keeps it so. */
import { randomUUID } from 'node:crypto';
import type { Page, PageQuery } from '../contract/page.ts';
import type { Wallet, WalletEntry, WalletPatch, WalletTopUp } from '../contract/wallet.ts';
import { microsOf, textOf } from '../wallet/money.ts';
import type { Database } from './database.ts';
import type { Prisma } from './generated/client.ts';
import { given } from './given.ts';
import { behind, pageOf } from './time-cursor.ts';
import { written } from './violation.ts';

const walletColumns = {
  walletEnabled: true,
  walletCurrency: true,
  walletPriceMicros: true,
  walletLowMicros: true,
  walletBalanceMicros: true,
  version: true,
} as const;
type WalletRow = Prisma.WorkspaceGetPayload<{ select: typeof walletColumns }>;

export class WalletStore {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  /** `version` is the workspace's. */
  async read(workspaceId: string): Promise<{ wallet: Wallet; version: number }> {
    const row = await this.#database.run((prisma) =>
      written(
        'workspace',
        prisma.workspace.findUniqueOrThrow({ where: { id: workspaceId }, select: walletColumns }),
      ),
    );
    return { wallet: toWallet(row), version: row.version };
  }

  async change(workspaceId: string, patch: WalletPatch): Promise<void> {
    const { enabled, currency, pricePerMinute, lowBalance } = patch;
    const data = given({
      walletEnabled: enabled,
      walletCurrency: currency,
      walletPriceMicros: pricePerMinute === undefined ? undefined : microsOf(pricePerMinute),
      walletLowMicros: lowBalance === undefined ? undefined : microsOf(lowBalance),
    });
    await this.#database.run((prisma) =>
      written('workspace', prisma.workspace.update({ where: { id: workspaceId }, data })),
    );
  }

  /** Money that came in, or a correction; the new entry's id. */
  async topUp(workspaceId: string, topUp: WalletTopUp): Promise<string> {
    const micros = microsOf(topUp.amount);
    const row = await this.#database.run((prisma) =>
      prisma.$transaction(async (tx) => {
        await written(
          'workspace',
          tx.workspace.update({
            where: { id: workspaceId },
            data: { walletBalanceMicros: { increment: micros } },
          }),
        );
        return await tx.walletEntry.create({
          data: { id: randomUUID(), workspaceId, kind: 'top-up', amountMicros: micros, note: topUp.note },
        });
      }),
    );
    return row.id;
  }

  async findEntry(workspaceId: string, id: string): Promise<WalletEntry> {
    const row = await this.#database.run((prisma) =>
      written('entry', prisma.walletEntry.findFirstOrThrow({ where: { id, workspaceId } })),
    );
    return toEntry(row);
  }

  /** The newest first. */
  async entries(workspaceId: string, query: PageQuery): Promise<Page<WalletEntry>> {
    const { limit } = query;
    const rows = await this.#database.run((prisma) =>
      prisma.walletEntry.findMany({
        where: {
          workspaceId,
          ...behind('at', query.cursor),
        },
        orderBy: [{ at: 'desc' }, { id: 'desc' }],
        take: limit + 1,
      }),
    );
    return pageOf('at', rows, limit, toEntry);
  }

  /** Those that have a wallet and nothing in it. */
  async emptyWorkspaces(): Promise<Set<string>> {
    const rows = await this.#database.run((prisma) =>
      prisma.workspace.findMany({
        where: { walletEnabled: true, walletBalanceMicros: { lte: 0n } },
        select: { id: true },
      }),
    );
    return new Set(rows.map(({ id }) => id));
  }
}

/**
 * Charges calls that have just ended, in the transaction that writes their end; a call is never charged twice. `events`:
 * rows of call_event as JSON. Returns how many were charged.
 */
export async function chargeCalls(tx: Prisma.TransactionClient, events: readonly object[]): Promise<number> {
  return await tx.$executeRaw`
    WITH ended AS (
      SELECT DISTINCT call.id, call.workspace_id, workspace.wallet_price_micros AS price,
             greatest(1, ceil(extract(epoch FROM call.ended_at - call.answered_at)))::bigint AS seconds
      FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb) AS new (call_id text, kind text)
      JOIN call ON call.id = new.call_id
      JOIN workspace ON workspace.id = call.workspace_id
      WHERE new.kind = 'ended' AND workspace.wallet_enabled AND NOT call.is_test
        AND call.answered_at IS NOT NULL AND call.ended_at IS NOT NULL),
    charged AS (
      INSERT INTO wallet_entry (id, workspace_id, kind, amount_micros, call_id, seconds)
      SELECT gen_random_uuid(), workspace_id, 'call', -ceil(price * seconds / 60.0)::bigint, id, seconds FROM ended
      ON CONFLICT (call_id) DO NOTHING
      RETURNING workspace_id, amount_micros)
    UPDATE workspace SET wallet_balance_micros = wallet_balance_micros + total.micros
    FROM (SELECT workspace_id, sum(amount_micros)::bigint AS micros FROM charged GROUP BY workspace_id) total
    WHERE workspace.id = total.workspace_id`;
}

function toWallet(row: WalletRow): Wallet {
  const balance = row.walletBalanceMicros;
  const state = balance <= 0n ? 'empty' : balance < row.walletLowMicros ? 'low' : 'filled';
  return {
    enabled: row.walletEnabled,
    currency: row.walletCurrency,
    pricePerMinute: textOf(row.walletPriceMicros),
    balance: textOf(balance),
    lowBalance: textOf(row.walletLowMicros),
    state: row.walletEnabled ? state : 'off',
  };
}

function toEntry(row: Prisma.WalletEntryGetPayload<object>): WalletEntry {
  return {
    id: row.id,
    at: row.at.toISOString(),
    kind: row.kind as WalletEntry['kind'],
    amount: textOf(row.amountMicros),
    callId: row.callId,
    seconds: row.seconds,
    note: row.note,
  };
}
