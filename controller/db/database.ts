/**
 * The way to the database: the embedded server unless there is a URL. Opens it, migrates it, notices when it is gone and
 * comes back to it by itself, in this process. Knows no table but the default workspace.
 *
 *   opening ──▶ ready ──▶ down ──▶ ready …
 *      └────────▶ down      closed from everywhere
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { AppError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { repositoryPath } from '../paths.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { describeConnectionFailure, isConnectionFailure } from './failure.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { migrate } from './migrate.ts';

export type DatabaseReadiness = { ready: boolean; text: string };

/** Made at the first start; everything belongs to it until there are more. */
export const defaultWorkspaceId = '5f0c7b1e-0d4e-4c53-9d0a-6f66686f6f6b';

export type DatabaseOptions = {
  /** a server's URL; without one the embedded server runs in `dataDir` */
  url?: string | undefined;
  dataDir: string;
  log: Logger;
  timing?: Partial<Timing>;
};

/** By this name the server knows a controller's connections. */
const applicationName = 'offhook';

/** How many connections controllers have to the database of `client`. */
export async function controllerSessions(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ sessions: number }>(
    'SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
    [applicationName],
  );
  return rows[0]?.sessions ?? 0;
}

type Timing = {
  firstRetryMs: number;
  longestRetryMs: number;
  pingEveryMs: number;
  pingTimeoutMs: number;
  queryTimeoutMs: number;
};
const usualTiming: Timing = {
  firstRetryMs: 250,
  longestRetryMs: 10_000,
  pingEveryMs: 5000,
  pingTimeoutMs: 5000,
  queryTimeoutMs: 15_000,
};

type State =
  | { phase: 'opening' }
  | { phase: 'ready'; prisma: PrismaClient; pool: pg.Pool }
  | { phase: 'down'; reason: string }
  | { phase: 'closed' };

/** Begins to open the database and returns at once; `whenReady` and `readiness` say how it goes. */
export function openDatabase(options: DatabaseOptions): Database {
  const database = new Database(options);
  database.start();
  return database;
}

export class Database {
  /** Called each time the database becomes usable; set before the first await after `openDatabase`. */
  onReady: () => void = () => {};
  readonly #url: string | undefined;
  readonly #dataDir: string;
  readonly #log: Logger;
  readonly #timing: Timing;
  readonly #where: string;
  readonly #closing = new AbortController();
  readonly #joined = new AsyncLocalStorage<PrismaClient>();
  #state: State = { phase: 'opening' };
  #embedded: EmbeddedPostgres | null = null;
  #embeddedEnded = false;
  #checkNow: () => void = () => {};
  #waiting: { settle: () => void; fail: (reason: unknown) => void }[] = [];
  #life: Promise<void> = Promise.resolve();

  constructor(options: DatabaseOptions) {
    this.#url = options.url;
    this.#dataDir = options.dataDir;
    this.#log = options.log;
    this.#timing = { ...usualTiming, ...options.timing };
    this.#where =
      options.url === undefined ? 'the embedded database' : `the database at ${placeOf(options.url)}`;
  }

  start(): void {
    this.#life = this.#live();
  }

  readiness(): DatabaseReadiness {
    switch (this.#state.phase) {
      case 'ready':
        return { ready: true, text: 'ready' };
      case 'opening':
        return { ready: false, text: `${this.#where} is being opened` };
      case 'down':
        return { ready: false, text: this.#state.reason };
      case 'closed':
        return { ready: false, text: 'closed' };
    }
  }

  whenReady(): Promise<void> {
    if (this.#state.phase === 'ready') return Promise.resolve();
    if (this.#state.phase === 'closed') return Promise.reject(this.#unavailable());
    return new Promise((settle, fail) => {
      this.#waiting.push({ settle, fail });
    });
  }

  /** Runs statements. Rejects with `database-down` when the database cannot be reached; never tries anything twice. */
  async run<T>(work: (prisma: PrismaClient) => Promise<T>): Promise<T> {
    const joined = this.#joined.getStore();
    if (joined !== undefined) return await work(joined);
    if (this.#state.phase !== 'ready') throw this.#unavailable();
    try {
      return await work(this.#state.prisma);
    } catch (thrown) {
      if (!isConnectionFailure(thrown)) throw thrown;
      this.#checkNow();
      throw new AppError('database-down', describeConnectionFailure(thrown, this.#where), { cause: thrown });
    }
  }

  /** Whatever `work` runs here, in any store, is one transaction: all of it or nothing. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.#joined.getStore() !== undefined) return await work();
    return await this.run((prisma) =>
      prisma.$transaction((tx) => this.#joined.run(joining(tx), work), { maxWait: 10_000, timeout: 60_000 }),
    );
  }

  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      const before = this.#state;
      this.#state = { phase: 'closed' };
      this.#closing.abort();
      this.#checkNow();
      for (const { fail } of this.#waiting.splice(0)) fail(this.#unavailable());
      if (before.phase === 'ready') await discard(before, this.#timing.pingTimeoutMs);
    }
    await this.#life;
    await this.#embedded?.stop();
    this.#embedded = null;
  }

  #unavailable(): AppError {
    return new AppError('database-down', this.readiness().text);
  }

  async #live(): Promise<void> {
    const { firstRetryMs, longestRetryMs } = this.#timing;
    let retryMs = 0;
    while (!this.#closing.signal.aborted) {
      let upSince = Number.POSITIVE_INFINITY;
      try {
        await this.#stayConnected(() => {
          upSince = Date.now();
        });
      } catch (thrown) {
        if (this.#closing.signal.aborted) break;
        const wasUpMs = Date.now() - upSince;
        if (wasUpMs > firstRetryMs && !(thrown instanceof Silence) && !(await this.#hasEmbeddedEnded())) {
          continue; // the connection may be all that was lost: it is down when no new one can be had
        }
        // at once after a loss, later and later when it does not hold
        if (wasUpMs > longestRetryMs) retryMs = 0;
        const reason = describeConnectionFailure(thrown, this.#where);
        this.#becomeDown(reason);
        this.#log.warn({ reason, retryMs, err: thrown }, 'database not usable, will be tried again');
        await delay(retryMs, undefined, { signal: this.#closing.signal }).catch(() => {});
        retryMs = Math.min(Math.max(firstRetryMs, retryMs * 2), longestRetryMs);
      }
    }
  }

  /** One connection of our own stands guard: it migrates, and its end tells that the server is gone. Always throws. */
  async #stayConnected(isUp: () => void): Promise<never> {
    const config = { ...(await this.#connectionConfig()), application_name: applicationName };
    const guard = new pg.Client({ ...config, connectionTimeoutMillis: 5000, keepAlive: true });
    let lost: unknown = null;
    const noteLoss = (cause: unknown) => {
      lost ??= cause;
      this.#checkNow();
    };
    guard.on('error', noteLoss);
    guard.on('end', () => noteLoss(new Error('Connection terminated')));
    try {
      await guard.connect();
      const applied = await migrate(guard, repositoryPath('prisma', 'migrations'));
      if (applied.length > 0) this.#log.info({ applied }, 'database migrated');
      await guard.query(
        `INSERT INTO workspace (id, name) VALUES ($1, 'Default') ON CONFLICT (id) DO NOTHING`,
        [defaultWorkspaceId],
      );
      this.#becomeReady(config);
      isUp();
      for (;;) {
        await this.#pause(() => lost !== null);
        if (lost !== null) throw lost;
        await this.#ping(guard);
      }
    } finally {
      // a frozen server never answers the goodbye, and nobody needs it
      void guard.end().catch(() => {});
    }
  }

  /** Until it is time for a ping, or something happened that cannot wait. */
  async #pause(isUrgent: () => boolean): Promise<void> {
    const { signal } = this.#closing;
    if (!signal.aborted && !isUrgent()) {
      await new Promise<void>((settle) => {
        const timer = setTimeout(settle, this.#timing.pingEveryMs);
        this.#checkNow = () => {
          clearTimeout(timer);
          settle();
        };
      });
    }
    signal.throwIfAborted();
  }

  async #ping(guard: pg.Client): Promise<void> {
    const late = delay(this.#timing.pingTimeoutMs, undefined, { ref: false }).then(() => {
      throw new Silence('timeout: no answer to a ping');
    });
    await Promise.race([guard.query('SELECT 1'), late]);
  }

  async #connectionConfig(): Promise<pg.ClientConfig> {
    if (this.#url !== undefined) return { connectionString: this.#url };
    if (this.#embedded === null || this.#embeddedEnded) {
      const folder = join(this.#dataDir, 'postgres');
      const server = await startEmbeddedPostgres({ folder, signal: this.#closing.signal });
      this.#embedded = server;
      this.#embeddedEnded = false;
      void server.ended.then(() => {
        this.#embeddedEnded = true;
        if (!this.#closing.signal.aborted) this.#log.error({}, 'embedded database ended, will be restarted');
      });
      if (server.elsewhereBecause === null) {
        this.#log.info({ folder }, 'embedded database started');
      } else {
        this.#log.info(
          { folder: server.folder, reason: server.elsewhereBecause, dataDir: this.#dataDir },
          'embedded database started outside the data folder: a backup has to copy its folder too',
        );
      }
    }
    return this.#embedded.connection;
  }

  /** A killed server's connections are lost a moment before its end is known. */
  async #hasEmbeddedEnded(): Promise<boolean> {
    if (this.#embedded === null) return false;
    await Promise.race([this.#embedded.ended, delay(300, undefined, { ref: false })]);
    return this.#embeddedEnded;
  }

  #becomeReady(config: pg.ClientConfig): void {
    if (this.#closing.signal.aborted) return;
    const before = this.#state;
    if (before.phase !== 'ready') {
      const pool = new pg.Pool({
        ...config,
        max: 10,
        keepAlive: true,
        connectionTimeoutMillis: 5000,
        query_timeout: this.#timing.queryTimeoutMs,
      });
      pool.on('error', () => this.#checkNow()); // an idle connection was lost
      const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: true }) });
      this.#state = { phase: 'ready', prisma, pool };
      this.#log.info({ was: before.phase }, 'database ready');
    }
    for (const { settle } of this.#waiting.splice(0)) settle();
    this.onReady();
  }

  #becomeDown(reason: string): void {
    const before = this.#state;
    this.#state = { phase: 'down', reason };
    if (before.phase === 'ready') void discard(before, this.#timing.pingTimeoutMs);
  }
}

/** A transaction in the shape of the client: one that is begun within it joins it. */
function joining(tx: Prisma.TransactionClient): PrismaClient {
  const joined: PrismaClient = new Proxy(tx, {
    get: (target, name) => {
      if (name !== '$transaction') return Reflect.get(target, name) as unknown;
      return (work: ((tx: PrismaClient) => Promise<unknown>) | Promise<unknown>[]) =>
        typeof work === 'function' ? work(joined) : Promise.all(work);
    },
  }) as PrismaClient;
  return joined;
}

/** The server does not answer on a connection that stands. */
class Silence extends Error {}

/** A pool with a connection that hangs never ends by itself; it must not hold up a shutdown either. */
async function discard(open: { prisma: PrismaClient }, patienceMs: number): Promise<void> {
  const gone = open.prisma.$disconnect().catch(() => {});
  await Promise.race([gone, delay(patienceMs, undefined, { ref: false })]);
}

/** Host and port of a URL, for messages: never its password. */
function placeOf(url: string): string {
  try {
    const { hostname, port, searchParams } = new URL(url);
    return searchParams.get('host') ?? `${hostname}:${port === '' ? '5432' : port}`;
  } catch (thrown) {
    throw new AppError('invalid-input', `DATABASE_URL is not a URL: ${messageOf(thrown)}`);
  }
}
