/**
 * The database of a backup or a restore: the server of DATABASE_URL, or the embedded one, joined while a controller runs
 * it and started for the occasion otherwise. Knows no table.
 */
import { join } from 'node:path';
import pg from 'pg';
import { joinEmbeddedPostgres, startEmbeddedPostgres } from '../db/embedded-postgres.ts';

export type BackupDatabase = {
  client: pg.Client;
  /** a running controller's, so that it is in use */
  isRunning: boolean;
  close(): Promise<void>;
};

export const openBackupDatabase = async (options: {
  url: string | undefined;
  dataDir: string;
}): Promise<BackupDatabase> => {
  if (options.url !== undefined) {
    const client = await connected({ connectionString: options.url });
    return { client, isRunning: false, close: () => client.end() };
  }
  const folder = join(options.dataDir, 'postgres');
  const running = await joinEmbeddedPostgres({ folder });
  if (running !== null) {
    const client = await connected(running);
    return { client, isRunning: true, close: () => client.end() };
  }
  const server = await startEmbeddedPostgres({ folder });
  try {
    const client = await connected(server.connection);
    return {
      client,
      isRunning: false,
      close: async () => {
        await client.end().catch(() => undefined);
        await server.stop();
      },
    };
  } catch (thrown) {
    await server.stop();
    throw thrown;
  }
};

const connected = async (config: pg.ClientConfig): Promise<pg.Client> => {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined); // the statement that runs rejects
  await client.connect();
  return client;
};
