/** How many recordings a workspace has, and what room they take. */
import type { RecordingRoom } from '../contract/recording.ts';
import type { Database } from './database.ts';

type Totals = Pick<RecordingRoom, 'recordings' | 'bytes' | 'seconds' | 'oldestAt'>;

export class RecordingTotals {
  readonly #database: Database;
  readonly #workspaceId: string;

  constructor(options: { database: Database; workspaceId: string }) {
    this.#database = options.database;
    this.#workspaceId = options.workspaceId;
  }

  async read(): Promise<Totals> {
    const { _count, _sum, _min } = await this.#database.run((prisma) =>
      prisma.recording.aggregate({
        where: { call: { workspaceId: this.#workspaceId } },
        _count: true,
        _sum: { bytes: true, seconds: true },
        _min: { createdAt: true },
      }),
    );
    return {
      recordings: _count,
      bytes: Number(_sum.bytes ?? 0n),
      seconds: _sum.seconds ?? 0,
      oldestAt: _min.createdAt?.toISOString() ?? null,
    };
  }
}
