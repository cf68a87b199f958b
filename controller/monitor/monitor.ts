/**
 * The live monitor's server side: a snapshot to whoever is let in, then numbered changes. A client that is
 * too slow for the changes gets a fresh snapshot when it is ready for one, so that nothing piles up here for it.
 * Knows nothing of calls and trunks but what `snapshot` and `publish` hand it.
 */
import type { Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import type { ClientToServerEvents, LiveChange, LiveState, ServerToClientEvents } from '../contract/live.ts';
import { AppError, errorStatus } from '../errors.ts';
import type { Logger } from '../log.ts';

/** What a connection says of itself, by its first message and by its HTTP request. */
export type Handshake = {
  bearer: string | undefined;
  cookie: string | undefined;
  origin: string | undefined;
  host: string | undefined;
  address: string;
};

export type MonitorOptions = {
  /** the server of the HTTP API; socket.io takes the path /socket.io of it */
  server: HttpServer;
  /** throws `unauthorized` or `forbidden` for whom it does not let in, anything else when it cannot tell */
  admit: (handshake: Handshake) => Promise<void>;
  /** the whole state now: everything that was published is in it */
  snapshot: () => LiveState;
  log: Logger;
  /** so many messages may wait for one client */
  waitingMessages?: number;
};

type Client = Socket<ClientToServerEvents, ServerToClientEvents>;
type Progress = {
  /** messages that the client's connection has not taken yet */
  waiting: number;
  /** it could not take the changes and waits for a snapshot */
  isBehind: boolean;
};

export class Monitor {
  readonly #io: Server<ClientToServerEvents, ServerToClientEvents>;
  readonly #snapshot: () => LiveState;
  readonly #log: Logger;
  readonly #waitingMessages: number;
  /** of the last change */
  #number = 0;
  readonly #clients = new Map<Client, Progress>();

  constructor(options: MonitorOptions) {
    this.#snapshot = options.snapshot;
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
          await options.admit(handshakeOf(client));
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
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Tells everybody. To be called after the state that `snapshot` reads has changed. */
  publish(change: LiveChange): void {
    this.#number += 1;
    const numbered = { number: this.#number, change };
    for (const [client, progress] of this.#clients) {
      if (progress.isBehind) continue;
      if (progress.waiting < this.#waitingMessages) client.emit('change', numbered);
      else progress.isBehind = true;
    }
  }

  /** Ends the connections and the HTTP server that they came by. */
  async close(): Promise<void> {
    await this.#io.close();
  }

  #welcome(client: Client): void {
    const progress = { waiting: 0, isBehind: false };
    this.#clients.set(client, progress);
    this.#log.debug({ clients: this.clients }, 'monitor client connected');
    client.on('resync', () => {
      // one snapshot waits for a client at most, however often it asks
      if (progress.waiting > 0) progress.isBehind = true;
      else this.#sendSnapshot(client, progress);
    });
    client.on('disconnect', () => this.#clients.delete(client));
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

  #sendSnapshot(client: Client, progress: Progress): void {
    progress.isBehind = false;
    client.emit('snapshot', { ...this.#snapshot(), number: this.#number });
  }
}

const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof AppError && (thrown.code === 'unauthorized' || errorStatus[thrown.code] === 403);

const handshakeOf = ({ handshake: { auth, headers, address } }: Client): Handshake => {
  const token: unknown = auth['token'];
  return {
    bearer: typeof token === 'string' && token !== '' && token.length <= 512 ? token : undefined,
    cookie: headers.cookie,
    origin: headers.origin,
    host: headers.host,
    address,
  };
};

export const createMonitor = (options: MonitorOptions): Monitor => new Monitor(options);
