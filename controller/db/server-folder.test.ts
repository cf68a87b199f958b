import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { findServerUser } from './embedded-binaries.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { findServerFolder } from './server-folder.ts';

// as anybody but root the server runs as ourselves, and so reaches whatever we reach
const runAs = await findServerUser();
const isRoot = runAs !== null;
const folders: string[] = [];
const servers: EmbeddedPostgres[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** `closed/data` inside a folder that only we may enter, and an open folder beside it. */
function newPlace(): { closed: string; wanted: string; elsewhere: string } {
  const place = mkdtempSync(join(tmpdir(), 'offhook-place-'));
  folders.push(place);
  chmodSync(place, 0o755);
  const closed = join(place, 'closed');
  const wanted = join(closed, 'data', 'postgres');
  mkdirSync(wanted, { recursive: true });
  chmodSync(closed, 0o700);
  return { closed, wanted, elsewhere: join(place, 'elsewhere') };
}
async function start(folder: string, elsewhere: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder, elsewhere });
  servers.push(server);
  return server;
}
async function ask(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client(server.connection);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows.map((row) => Object.values(row)[0]);
}
/** Makes what a finished cluster is known by. */
function pretendCluster(folder: string): void {
  mkdirSync(join(folder, 'cluster'), { recursive: true });
  writeFileSync(join(folder, 'cluster', 'PG_VERSION'), '18\n');
}

test('a data folder inside a 0700 folder works, is found again after a move, and nothing is loosened', async () => {
  const { closed, wanted, elsewhere } = newPlace();
  const first = await start(wanted, elsewhere);
  await ask(first, 'CREATE TABLE t AS SELECT 7 AS n');
  expect(first.folder.startsWith(isRoot ? elsewhere : wanted)).toBe(true);
  expect(first.elsewhereBecause).toBe(isRoot ? `the user ${runAs.name} cannot enter ${closed}` : null);
  await first.stop();
  const data = join(closed, 'moved');
  renameSync(join(closed, 'data'), data);
  const second = await start(join(data, 'postgres'), elsewhere);
  expect(second.folder).toBe(isRoot ? first.folder : join(data, 'postgres'));
  expect(await ask(second, 'SELECT n FROM t')).toEqual([7]);
  expect(statSync(closed).mode & 0o777).toBe(0o700);
  expect(statSync(join(second.folder, 'cluster')).mode & 0o777).toBe(0o700);
});

test('a folder that the server can reach is used, also by its own mode alone', async () => {
  const { closed, wanted, elsewhere } = newPlace();
  chmodSync(closed, 0o711);
  expect(await findServerFolder({ wanted, runAs, elsewhere })).toEqual({ folder: wanted, because: null });
  chmodSync(closed, 0o700);
  expect(await findServerFolder({ wanted, runAs: null, elsewhere })).toEqual({
    folder: wanted,
    because: null,
  });
});

if (isRoot) {
  test('a database that is lost or out of reach is never replaced by an empty one', async () => {
    const { closed, wanted, elsewhere } = newPlace();
    pretendCluster(wanted);
    await expect(findServerFolder({ wanted, runAs, elsewhere })).rejects.toThrow(
      `can no longer enter ${closed}`,
    );
    rmSync(join(wanted, 'cluster'), { recursive: true });
    const { folder } = await findServerFolder({ wanted, runAs, elsewhere });
    expect(readFileSync(join(wanted, 'location'), 'utf8')).toBe(`${folder}\n`);
    pretendCluster(folder);
    chmodSync(closed, 0o755);
    expect(await findServerFolder({ wanted, runAs, elsewhere })).toEqual({
      folder,
      because: `${join(wanted, 'location')} says so`,
    });
    renameSync(folder, `${folder}.lost`);
    await expect(findServerFolder({ wanted, runAs, elsewhere })).rejects.toThrow('there is no such folder');
  });

  test('a removed data folder starts anew and leaves its old database alone', async () => {
    const { wanted, elsewhere } = newPlace();
    const before = await findServerFolder({ wanted, runAs, elsewhere });
    pretendCluster(before.folder);
    rmSync(wanted, { recursive: true });
    mkdirSync(wanted);
    const after = await findServerFolder({ wanted, runAs, elsewhere });
    expect(after.folder).toBe(`${before.folder}-2`);
    expect(await findServerFolder({ wanted, runAs, elsewhere })).toEqual(after);
  });

  test('no place at all is said in words', async () => {
    const { closed, wanted } = newPlace();
    await expect(findServerFolder({ wanted, runAs, elsewhere: join(closed, 'elsewhere') })).rejects.toThrow(
      /can enter neither .* set DATA_DIR to a folder that it can reach/,
    );
  });
}
