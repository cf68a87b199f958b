/** Asks each part for its version. What is away has none. */
import { createRequire } from 'node:module';
import type { SystemVersions } from './contract/system.ts';
import type { Database } from './db/database.ts';
import type { Switch } from './switch/port.ts';

const { version: offhook } = createRequire(import.meta.url)('../package.json') as { version: string };

export const versionsOf =
  (parts: { switch: Pick<Switch, 'linked' | 'version'>; database: Pick<Database, 'run'> }) =>
  async (): Promise<SystemVersions> => {
    const [control, database] = await Promise.all([
      parts.switch.linked ? parts.switch.version().catch(() => null) : null,
      parts.database
        .run((prisma) => prisma.$queryRaw<{ server_version: string }[]>`SHOW server_version`)
        .then(([row]) => row?.server_version ?? null)
        .catch(() => null),
    ]);
    return { offhook, node: process.versions.node, switch: control, database };
  };
