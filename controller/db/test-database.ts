/** For tests: one migrated database for all of a file's, on a temporary server, and what many of them put into it. */
import { tmpdir } from 'node:os';
import { afterAll, beforeAll } from 'vitest';
import { ExtensionTrunkInput } from '../contract/trunk.ts';
import { silentLog } from '../log.ts';
import { type Database, defaultWorkspaceId, openDatabase } from './database.ts';
import { Secrets } from './secrets.ts';
import { startTestPostgres, type TestPostgres } from './test-postgres.ts';
import { TrunkStore } from './trunk-store.ts';

/** To be called at the top of a file; the database is there from its first test on. */
export const useTestDatabase = (opened: (database: Database) => void): void => {
  let postgres: TestPostgres | undefined;
  let database: Database | undefined;
  beforeAll(async () => {
    postgres = await startTestPostgres();
    database = openDatabase({ url: await postgres.createDatabase(), dataDir: tmpdir(), log: silentLog() });
    await database.whenReady();
    opened(database);
  });
  afterAll(async () => {
    await database?.close();
    await postgres?.stop();
  });
};

/** A trunk in native extension mode, of the default workspace; its id. */
export const newTestTrunk = (database: Database, extension: string): Promise<string> =>
  new TrunkStore({
    database,
    secrets: new Secrets({ key: Buffer.alloc(32) }),
    workspaceId: defaultWorkspaceId,
  }).create(
    ExtensionTrunkInput.parse({
      name: `Trunk ${extension}`,
      domain: 'pbx.example.com',
      extension,
      password: 'x',
    }),
  );
