#!/usr/bin/env node
// Stands in for Prisma's native schema-engine, so that nothing is downloaded from anywhere (PRISMA_SCHEMA_ENGINE_BINARY
// points at this file). Same JSON-RPC over stdio, answered by @prisma/schema-engine-wasm, the build of the same commit.
// Database: pg for postgresql:// URLs. Shadow databases, and everything when DATABASE_URL isn't set, are in a temporary
// server of our own (controller/db/embedded-postgres.ts), so making and checking migrations needs no database server and no CREATEDB right.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const argv = process.argv.slice(2);
const glue = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
if (argv.includes('--version')) {
  console.log(
    'schema-engine-cli ' +
      JSON.parse(readFileSync(join(dirname(glue), 'package.json'), 'utf8'))
        .version.split(/[-.]/)
        .pop(),
  );
  process.exit(0);
}
const option = (n) => {
  const i = argv.indexOf(n);
  return i < 0 ? undefined : argv[i + 1];
};
const url = JSON.parse(option('--datasource') ?? '{}').url ?? '';
const TEMPORARY = url === 'postgresql://temporary/app'; // prisma.config.ts when DATABASE_URL isn't set

const pg = (await import('pg')).default;
const { PrismaPg } = await import('@prisma/adapter-pg');
const { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } = await import('@prisma/driver-adapter-utils');

// adapter-pg refuses pg_catalog's "char" type (oid 18), which the engine reads as a character
function withChar(a) {
  const io = a.performIO.bind(a),
    raw = a.queryRaw.bind(a),
    begin = a.startTransaction?.bind(a);
  a.performIO = async (q) => {
    const r = await io(q);
    q.chars = [];
    r.fields?.forEach((f, i) => {
      if (f.dataTypeID === 18) {
        f.dataTypeID = 25;
        q.chars.push(i);
      }
    });
    return r;
  };
  a.queryRaw = async (q) => {
    const r = await raw(q);
    for (const i of q.chars) r.columnTypes[i] = ColumnTypeEnum.Character;
    return r;
  };
  if (begin) a.startTransaction = async (level) => withChar(await begin(level));
  return a;
}
function pgConfig() {
  // discrete fields: in pg a connectionString would override `database`
  const u = new URL(url);
  return {
    host: u.searchParams.get('host') ?? u.hostname,
    port: Number(u.port || 5432),
    user: decodeURIComponent(u.username),
    password: decodeURIComponent(u.password) || undefined,
    database: decodeURIComponent(u.pathname.slice(1)),
    ssl: ['require', 'verify-full'].includes(u.searchParams.get('sslmode')) ? true : undefined,
  };
}
async function adapterOn(config, onDispose) {
  const pool = new pg.Pool(config);
  const a = withChar(
    await new PrismaPg(pool, {
      schema: url ? (new URL(url).searchParams.get('schema') ?? undefined) : undefined,
      disposeExternalPool: true,
    }).connect(),
  );
  a.executeScript = async (sql) => {
    try {
      await pool.query(sql);
    } catch (e) {
      a.onError(e);
    }
  }; // one batch; the adapter's own splits at every ';'
  const dispose = a.dispose.bind(a);
  a.dispose = async () => {
    await dispose();
    await onDispose?.();
  };
  return a;
}
let server;
const tempServer = () =>
  (server ??= (async () => {
    const { tsImport } = await import('tsx/esm/api');
    const { startTemporaryPostgres } = await tsImport(
      '../controller/db/embedded-postgres.ts',
      import.meta.url,
    );
    return startTemporaryPostgres();
  })());
const tempConfig = (t, database) => ({ host: t.connection.host, user: t.connection.user, database });
async function stop(code) {
  const s = server && (await server.catch(() => null));
  await s?.stop();
  process.exit(code);
}
process.on('SIGTERM', () => void stop(0)); // how the CLI ends us
let shadows = 0;
const factory = bindMigrationAwareSqlAdapterFactory({
  provider: 'postgres',
  adapterName: 'schema-engine',
  connect: async () =>
    TEMPORARY
      ? tempServer().then((t) => adapterOn(tempConfig(t, t.connection.database)))
      : adapterOn(pgConfig()),
  async connectToShadowDb() {
    const t = await tempServer(),
      name = 'shadow' + shadows++;
    const c = new pg.Client(tempConfig(t, t.connection.database));
    await c.connect();
    await c.query(`CREATE DATABASE ${name}`);
    await c.end();
    return adapterOn(tempConfig(t, name));
  },
});

const cli = argv.indexOf('cli');
if (cli >= 0) {
  if (TEMPORARY) process.exit(0);
  const cfg = pgConfig();
  const fail = (message, error_code) => {
    process.stderr.write(
      '\n' +
        JSON.stringify({
          timestamp: new Date().toISOString(),
          level: 'ERROR',
          target: 'schema_engine::logger',
          fields: { message, is_panic: false, error_code },
        }) +
        '\n',
    );
    process.exit(1);
  };
  const attempt = async (database, sql) => {
    const c = new pg.Client({ ...cfg, database });
    try {
      await c.connect();
      if (sql) await c.query(sql);
      await c.end();
      process.exit(0);
    } catch (e) {
      fail(
        e.code === '3D000' ? `Database \`${database}\` does not exist` : e.message,
        e.code === '3D000' ? 'P1003' : 'P1001',
      );
    }
  };
  if (argv[cli + 1] === 'can-connect-to-database') await attempt(cfg.database);
  if (argv[cli + 1] === 'create-database')
    await attempt('postgres', `CREATE DATABASE ${pg.escapeIdentifier(cfg.database)}`);
  fail('unsupported: cli ' + argv[cli + 1], 'P4000');
}

globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  message: '',
  set_message(m) {
    this.message = m;
  },
  get() {
    return this.message;
  },
};
const bg = await import(pathToFileURL(glue).href);
const { instance } = await WebAssembly.instantiate(
  readFileSync(join(dirname(glue), 'schema_engine_bg.wasm')),
  { './schema_engine_bg.js': bg },
);
bg.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();
const datamodels = argv.flatMap((a, i) =>
  argv[i - 1] === '--datamodels' ? [[a, readFileSync(a, 'utf8')]] : [],
);

let engine,
  printId = 1_000_000,
  queue = Promise.resolve();
const send = (o) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...o }) + '\n');
async function handle({ id, method, params }) {
  try {
    engine ??= await bg.SchemaEngine.new(
      { datamodels: datamodels.length ? datamodels : undefined },
      () => {},
      factory,
    );
    const name = method === 'getDatabaseVersion' ? 'version' : method;
    if (typeof engine[name] !== 'function') throw new Error(`schema-engine-wasm has no ${method}`);
    const result = await engine[name](params);
    // evaluateDataLoss and createMigration take the shadow schema from a cache that only devDiagnostic fills
    if (name === 'applyMigrations' && result.appliedMigrationNames.length)
      await engine.devDiagnostic(params).catch(() => {});
    if (method === 'diff' && result.stdout != null)
      send({ id: printId++, method: 'print', params: { content: result.stdout } });
    send({ id, result: result ?? {} });
  } catch (e) {
    const message = e?.message ?? String(e);
    send({
      id,
      error: {
        code: 4466,
        message,
        data: { is_panic: false, message, meta: e?.meta ?? null, error_code: e?.code },
      },
    });
  }
}
createInterface({ input: process.stdin })
  .on('line', (l) => {
    const m = l.trim() ? JSON.parse(l) : {};
    if (m.method) queue = queue.then(() => handle(m)); // lines without a method answer our "print"
  })
  .on('close', () => void queue.finally(() => void stop(0)));
process.on('uncaughtException', (e) => {
  // a panic in the engine
  process.stderr.write(
    JSON.stringify({
      level: 'ERROR',
      target: 'schema_engine::logger',
      fields: { message: globalThis.PRISMA_WASM_PANIC_REGISTRY?.message || e.stack, is_panic: true },
    }) + '\n',
  );
  void stop(101);
});
