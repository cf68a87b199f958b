/** Databases for tests: one temporary server a test file, a migrated database of its own for whoever asks. */
import pg from 'pg';
import { repositoryPath } from '../paths.ts';
import { type EmbeddedPostgres, startTemporaryPostgres } from './embedded-postgres.ts';
import { migrate } from './migrate.ts';

export type TestPostgres = {
  server: EmbeddedPostgres;
  /** The URL of a new database with our tables in it. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
};

export async function startTestPostgres(): Promise<TestPostgres> {
  const server = await startTemporaryPostgres();
  const template = new pg.Client(server.connection);
  await template.connect();
  await migrate(template, repositoryPath('prisma', 'migrations'));
  await template.end();
  let count = 0;
  return {
    server,
    stop: () => server.stop(),
    createDatabase: async () => {
      count += 1;
      const name = `test${count}`;
      const client = new pg.Client({ ...server.connection, database: 'postgres' });
      await client.connect();
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${server.connection.database} STRATEGY FILE_COPY`);
      await client.end();
      return server.url.replace(`/${server.connection.database}?`, `/${name}?`);
    },
  };
}
