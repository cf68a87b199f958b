/** The last validation of each trunk, so that it can be read after a restart. */
import type { Validation } from '../contract/validation.ts';
import type { Database } from './database.ts';

export class ValidationStore {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  /** In place of the one before. A trunk that was deleted meanwhile is no error. */
  async save(validation: Validation): Promise<void> {
    const { trunkId, startedAt, endedAt } = validation;
    await this.#database.run(
      (prisma) => prisma.$executeRaw`
        INSERT INTO trunk_validation (trunk_id, started_at, ended_at, report)
        SELECT id, ${new Date(startedAt)}, ${endedAt === null ? null : new Date(endedAt)},
               ${JSON.stringify(validation)}::jsonb
        FROM trunk WHERE id = ${trunkId}::uuid
        ON CONFLICT (trunk_id) DO UPDATE
        SET started_at = excluded.started_at, ended_at = excluded.ended_at, report = excluded.report`,
    );
  }

  async find(trunkId: string): Promise<Validation | null> {
    const row = await this.#database.run((prisma) =>
      prisma.trunkValidation.findUnique({ where: { trunkId } }),
    );
    // only `save` writes this column
    return row === null ? null : (row.report as Validation);
  }

  /** Those that a controller before this one did not end. */
  async unended(): Promise<Validation[]> {
    const rows = await this.#database.run((prisma) =>
      prisma.trunkValidation.findMany({ where: { endedAt: null } }),
    );
    return rows.map(({ report }) => report as Validation);
  }
}
