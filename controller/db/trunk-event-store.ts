/** What went wrong with trunks apart from their calls, bounded by age and by number a trunk. */
import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';

export type TrunkEventKind = 'registration' | 'switch';
/** `trunkId` null: the switch, and so every trunk */
export type TrunkEvent = {
  trunkId: string | null;
  at: Date;
  kind: TrunkEventKind;
  /** what happened, in words */
  text: string;
  /** what to look at */
  check: string;
};

const keptDays = 7;
/** of one trunk, or of the switch */
const keptRows = 100;

export class TrunkEventStore {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  /** A trunk that was deleted meanwhile is no error. */
  async add(events: readonly TrunkEvent[]): Promise<void> {
    const rows = events.map(({ trunkId, at, kind, text, check }) => ({
      id: randomUUID(),
      trunk_id: trunkId,
      at: at.toISOString(),
      problem: kind,
      detail: storable(text, 500),
      advice: storable(check, 1000),
    }));
    await this.#database.run(
      (prisma) => prisma.$executeRaw`
        INSERT INTO trunk_event (id, trunk_id, at, problem, detail, advice)
        SELECT new.* FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          AS new (id uuid, trunk_id uuid, at timestamptz, problem text, detail text, advice text)
        WHERE new.trunk_id IS NULL OR EXISTS (SELECT 1 FROM trunk WHERE trunk.id = new.trunk_id)`,
    );
  }

  async prune(now: Date): Promise<void> {
    const oldest = new Date(now.getTime() - keptDays * 86_400_000);
    await this.#database.run(
      (prisma) => prisma.$executeRaw`
        DELETE FROM trunk_event WHERE at < ${oldest} OR id IN (
          SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY trunk_id ORDER BY at DESC) AS place
                          FROM trunk_event) AS placed
          WHERE place > ${keptRows})`,
    );
  }

  /** Latest first: the trunk's own and the switch's, of no other trunk. */
  async list(trunkId: string, since: Date, limit: number): Promise<TrunkEvent[]> {
    const rows = await this.#database.run((prisma) =>
      prisma.trunkEvent.findMany({
        where: { OR: [{ trunkId }, { trunkId: null }], at: { gte: since } },
        orderBy: { at: 'desc' },
        take: limit,
      }),
    );
    return rows.map(({ trunkId: of, at, problem, detail, advice }) => ({
      trunkId: of,
      at,
      kind: problem === 'switch' ? 'switch' : 'registration',
      text: detail,
      check: advice,
    }));
  }
}

const storable = (text: string, length: number): string =>
  text.replace(/[\p{Cc}\p{Cs}]/gu, ' ').slice(0, length);
