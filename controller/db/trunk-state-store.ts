/** When registrations came and went, a row for each change, bounded by age and by number a trunk. */
import type { Database } from './database.ts';

/** up: registered, or its PBX calls. off: deactivated. */
export type StoredTrunkState = 'up' | 'failed' | 'waiting' | 'off';
export type TrunkStateChange = { trunkId: string; at: Date; state: StoredTrunkState };

const keptDays = 400;
/** of one trunk: one that changes every minute for days is told about for days */
const keptRows = 10_000;

export class TrunkStateStore {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  /** The last one of each trunk. */
  async last(): Promise<Map<string, string>> {
    const rows = await this.#database.run(
      (prisma) => prisma.$queryRaw<{ trunk_id: string; state: string }[]>`
        SELECT DISTINCT ON (trunk_id) trunk_id, state FROM trunk_state ORDER BY trunk_id, at DESC`,
    );
    return new Map(rows.map(({ trunk_id, state }) => [trunk_id, state]));
  }

  /** A trunk that was deleted meanwhile is no error. */
  async add(changes: readonly TrunkStateChange[]): Promise<void> {
    const rows = changes.map(({ trunkId, at, state }) => ({
      trunk_id: trunkId,
      at: at.toISOString(),
      state,
    }));
    await this.#database.run(
      (prisma) => prisma.$executeRaw`
        INSERT INTO trunk_state (trunk_id, at, state)
        SELECT new.* FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          AS new (trunk_id uuid, at timestamptz, state text)
        WHERE EXISTS (SELECT 1 FROM trunk WHERE trunk.id = new.trunk_id)
        ON CONFLICT DO NOTHING`,
    );
  }

  /** What held at the oldest time that is kept stays. */
  async prune(now: Date): Promise<void> {
    const oldest = new Date(now.getTime() - keptDays * 86_400_000);
    await this.#database.run(
      (prisma) => prisma.$executeRaw`
        DELETE FROM trunk_state USING (
          SELECT trunk_id, at, row_number() OVER (PARTITION BY trunk_id ORDER BY at DESC) AS place,
                 lead(at) OVER (PARTITION BY trunk_id ORDER BY at) AS next
          FROM trunk_state) AS placed
        WHERE trunk_state.trunk_id = placed.trunk_id AND trunk_state.at = placed.at
          AND (placed.place > ${keptRows} OR placed.next < ${oldest})`,
    );
  }
}
