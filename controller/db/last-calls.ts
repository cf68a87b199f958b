/** When each SIP trunk had its last call: the only sign of a PBX that never registers, and the history keeps it. */
import { z } from 'zod';
import type { Database } from './database.ts';

const Row = z.object({ trunk_id: z.uuid(), offered_at: z.date() });

/** Of those in service that ever had one, by trunk. */
export const lastCallsOfTrunks = async (database: Database): Promise<Map<string, Date>> => {
  // one step into the index for each trunk, and not through all calls
  const rows = await database.run(
    (prisma) => prisma.$queryRaw`
      SELECT trunk.id AS trunk_id, last.offered_at
      FROM trunk CROSS JOIN LATERAL (
        SELECT offered_at FROM call WHERE call.trunk_id = trunk.id ORDER BY offered_at DESC LIMIT 1
      ) AS last
      WHERE trunk.connection_type = 'sip-trunk' AND trunk.active`,
  );
  return new Map(
    z
      .array(Row)
      .parse(rows)
      .map((row) => [row.trunk_id, row.offered_at]),
  );
};
