/**
 * The live monitor's server side: a snapshot to whoever is let in, then numbered changes, of his workspace only. A client
 * that is too slow for the changes gets a fresh snapshot when it is ready for one, so that nothing piles up here for it.
 * Who is connected is asked for his right again and again: what is revoked ends within seconds.
 * Knows nothing of calls and trunks but what `snapshot` and `publish` hand it.
 */
import type { Server as HttpServer, IncomingHttpHeaders } from 'node:http';
import { Server, type Socket } from 'socket.io';
import type {
  ClientToServerEvents,
  LiveChange,
  LiveLevels,
  LiveState,
  ServerToClientEvents,
} from '../contract/live.ts';
import { AppError, errorStatus } from '../errors.ts';
import type { Logger } from '../log.ts';

/** What a connection says of itself, by its first message and by its HTTP request. */
export type Handshake = {
  bearer: string | undefined;
  headers: IncomingHttpHeaders;
  /** of whoever is connected to us: a proxy, where there is one */
  peerAddress: string;
  /** the workspace that is meant, where there are several */
  workspaceId: string | undefined;
};

export type MonitorOptions = {
  /** the server of the HTTP API; socket.io takes the path /socket.io of it */
  server: HttpServer;
  /** whose workspace he is let into; throws `unauthorized` or `forbidden` for nobody's, anything else when it cannot tell */
  admit: (handshake: Handshake) => Promise<string>;
  /** the whole state of a workspace now: everything that was published to it is in it */
  snapshot: (workspaceId: string) => LiveState;
  /** listens to how loud a call of the workspace is, until the returned function is called; null: it has no audio */
  levels?: (
    callId: string,
    workspaceId: string,
    onLevels: (levels: Omit<LiveLevels, 'callId'>) => void,
  ) => (() => void) | null;
  log: Logger;
  /** so many messages may wait for one client */
  waitingMessages?: number;
  /** so often whoever is connected is asked for his right again */
  recheckMs?: number;
};

type Client = Socket<ClientToServerEvents, ServerToClientEvents>;
type Progress = {
  workspaceId: string;
  /** of the last change that was for it, sent or not; each client counts its own, so that nobody can tell what others get */
  number: number;
  /** messages that the client's connection has not taken yet */
  waiting: number;
  /** it could not take the changes and waits for a snapshot */
  isBehind: boolean;
  /** ends what is sent of the watched call's levels */
  unwatch: (() => void) | null;
};

export class Monitor {
  readonly #io: Server<ClientToServerEvents, ServerToClientEvents>;
  readonly #snapshot: MonitorOptions['snapshot'];
  readonly #admit: MonitorOptions['admit'];
  readonly #levels: MonitorOptions['levels'];
  readonly #rechecking: NodeJS.Timeout;
  readonly #log: Logger;
  readonly #waitingMessages: number;
  readonly #clients = new Map<Client, Progress>();
  /** of those that were let in and are not welcomed yet too */
  readonly #workspaces = new WeakMap<Client, string>();

  constructor(options: MonitorOptions) {
    this.#snapshot = options.snapshot;
    this.#admit = options.admit;
    this.#levels = options.levels;
    this.#log = options.log;
    this.#waitingMessages = options.waitingMessages ?? 500;
    this.#io = new Server(options.server, {
      serveClient: false,
      maxHttpBufferSize: 10_000, // clients have next to nothing to say
      httpCompression: false,
      // tells apart from a dead one within half a minute
      pingInterval: 15_000,
      pingTimeout: 15_000,
    });
    this.#io.use((client, next) => {
      const decide = async (): Promise<Error | undefined> => {
        try {
          this.#workspaces.set(client, await options.admit(handshakeOf(client)));
          return undefined;
        } catch (thrown) {
          // a client that is told so asks its user to sign in; for anything else it tries again
          return new Error(isRefusal(thrown) ? 'unauthorized' : 'unavailable');
        }
      };
      // oxlint-disable-next-line promise/no-callback-in-promise -- socket.io's middleware has no other way
      void decide().then(next);
    });
    this.#io.on('connection', (client) => this.#welcome(client));
    this.#rechecking = setInterval(() => void this.recheck(), options.recheckMs ?? 10_000);
    this.#rechecking.unref();
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Tells a workspace; null: all. To be called after the state that `snapshot` reads has changed. */
  publish(change: LiveChange, workspaceId: string | null): void {
    for (const [client, progress] of this.#clients) {
      if (workspaceId !== null && progress.workspaceId !== workspaceId) continue;
      progress.number += 1;
      if (progress.isBehind) continue;
      if (progress.waiting < this.#waitingMessages)
        client.emit('change', { number: progress.number, change });
      else progress.isBehind = true;
    }
  }

  /** Puts out whoever has lost his right since. When nobody can tell, he stays. */
  async recheck(): Promise<void> {
    for (const [client, { workspaceId }] of this.#clients) {
      const now = await this.#admit(handshakeOf(client)).catch((thrown: unknown) =>
        isRefusal(thrown) ? null : workspaceId,
      );
      if (now !== workspaceId) client.disconnect(true);
    }
  }

  /** Ends the connections and the HTTP server that they came by. */
  async close(): Promise<void> {
    clearInterval(this.#rechecking);
    await this.#io.close();
  }

  #welcome(client: Client): void {
    const workspaceId = this.#workspaces.get(client);
    if (workspaceId === undefined) throw new Error('a client came in that nobody let in');
    const progress: Progress = { workspaceId, number: 0, waiting: 0, isBehind: false, unwatch: null };
    this.#clients.set(client, progress);
    this.#log.debug({ clients: this.clients }, 'monitor client connected');
    client.on('resync', () => {
      // one snapshot waits for a client at most, however often it asks
      if (progress.waiting > 0) progress.isBehind = true;
      else this.#sendSnapshot(client, progress);
    });
    client.on('watch', (callId: unknown) => this.#watch(client, progress, callId));
    client.on('disconnect', () => {
      progress.unwatch?.();
      progress.unwatch = null;
      this.#clients.delete(client);
    });
    // engine.io: a message goes into the buffer; the transport, when it can take some, takes the whole buffer
    client.conn.on('packetCreate', () => {
      progress.waiting += 1;
    });
    client.conn.on('drain', () => {
      progress.waiting = 0;
      if (progress.isBehind) this.#sendSnapshot(client, progress);
    });
    this.#sendSnapshot(client, progress);
  }

  /** One call at a time, so that nobody makes the controller measure all of them. What is no id is nobody's. */
  #watch(client: Client, progress: Progress, callId: unknown): void {
    progress.unwatch?.();
    progress.unwatch = null;
    if (typeof callId !== 'string' || callId.length > 64 || !this.#clients.has(client)) return;
    progress.unwatch =
      this.#levels?.(callId, progress.workspaceId, (levels) => {
        // late ones are worth nothing
        client.volatile.emit('levels', { callId, ...levels });
      }) ?? null;
  }

  #sendSnapshot(client: Client, progress: Progress): void {
    progress.isBehind = false;
    client.emit('snapshot', {
      ...this.#snapshot(progress.workspaceId),
      number: progress.number,
    });
  }
}

const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof AppError && [401, 403, 404].includes(errorStatus[thrown.code]);

const handshakeOf = ({ handshake: { auth, headers, address } }: Client): Handshake => {
  const token: unknown = auth['token'];
  const workspaceId: unknown = auth['workspaceId'];
  return {
    bearer: typeof token === 'string' && token !== '' && token.length <= 512 ? token : undefined,
    headers,
    peerAddress: address,
    workspaceId: typeof workspaceId === 'string' && workspaceId.length <= 64 ? workspaceId : undefined,
  };
};

export const createMonitor = (options: MonitorOptions): Monitor => new Monitor(options);
