/**
 * One connection to Asterisk's REST interface: operations with a time-out, and events. ari-client does the talking and
 * is kept from ending our process; see `ari-transport.ts`. It never connects again by itself; `link.ts` does.
 */
import { type Client, connect } from 'ari-client';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { SwitchError } from '../switch/port.ts';
import { AriEvent, AsteriskStatus, wantedEvents } from './ari-events.ts';
import { FailedOperation, installAriTransport, useAriServer } from './ari-transport.ts';

export type AriAddress = { url: string; user: string; password: string };

type Parameters = Readonly<Record<string, unknown>>;
type Operation = (parameters: Parameters) => PromiseLike<unknown>;

/** The part of a WebSocket of `ws` that ari-client uses. */
type EventSocket = {
  on: (event: string, listener: (...values: unknown[]) => void) => EventSocket;
  ping: () => void;
  close: () => void;
  terminate: () => void;
};

const pingEveryMs = 10_000;
const commandTimeoutMs = 5000;

export class AriConnection {
  /** comes once */
  onClose: (reason: string) => void = () => undefined;
  readonly version: string;
  readonly #client: Client;
  readonly #log: Logger;
  readonly #onEvent: (event: AriEvent) => void;
  #socket: EventSocket | null = null;
  #pings: NodeJS.Timeout | undefined;
  #isAnswered = true;
  #closed: string | null = null;

  private constructor(options: {
    client: Client;
    version: string;
    log: Logger;
    onEvent: (event: AriEvent) => void;
  }) {
    this.#client = options.client;
    this.version = options.version;
    this.#log = options.log;
    this.#onEvent = options.onEvent;
  }

  /** Connects, subscribes `appName`, and asks for our events only. Rejects with a `SwitchError`. */
  static async connect(
    options: AriAddress & {
      appName: string;
      timeoutMs: number;
      log: Logger;
      onEvent: (event: AriEvent) => void;
    },
  ): Promise<AriConnection> {
    const version = await checkServer(options);
    installAriTransport();
    const { url, user, password, timeoutMs, appName } = options;
    const client = await withTimeout(
      new Promise<Client>((resolve, reject) => {
        const fault = (reason: string) => reject(new SwitchError('rejected', `ARI: ${reason}`));
        useAriServer({ url, user, password, timeoutMs: commandTimeoutMs, onFault: fault });
        connect(url, user, password).then(resolve, (thrown: unknown) => fault(messageOf(thrown)));
      }),
      timeoutMs,
      'the API description',
    );
    const connection = new AriConnection({ client, version, log: options.log, onEvent: options.onEvent });
    try {
      await withTimeout(connection.#listen(appName), timeoutMs, 'the event connection');
      await connection.call('applications', 'filter', {
        applicationName: appName,
        filter: { allowed: wantedEvents.map((type) => ({ type })) },
      });
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
    return connection;
  }

  /** An operation whose answer does not matter. Rejects with a `SwitchError`; it is never sent again. */
  async call(resource: string, operation: string, parameters: Parameters = {}): Promise<void> {
    await this.#run(resource, operation, parameters);
  }

  /** An operation with an answer. */
  async ask<Value>(
    schema: z.ZodType<Value>,
    resource: string,
    operation: string,
    parameters: Parameters = {},
  ): Promise<Value> {
    const answer = await this.#run(resource, operation, parameters);
    const parsed = schema.safeParse(plain(answer));
    if (parsed.success) return parsed.data;
    throw new SwitchError('rejected', `ARI answered ${operation} with something else`, {
      cause: parsed.error,
    });
  }

  /** As `ask`; null when Asterisk knows no such thing (404). */
  async find<Value>(
    schema: z.ZodType<Value>,
    resource: string,
    operation: string,
    parameters: Parameters,
  ): Promise<Value | null> {
    try {
      return await this.ask(schema, resource, operation, parameters);
    } catch (thrown) {
      if (isMissing(thrown)) return null;
      throw thrown;
    }
  }

  close(): void {
    this.#end('closed by us');
  }

  async #run(resource: string, operation: string, parameters: Parameters): Promise<unknown> {
    if (this.#closed !== null) throw new SwitchError('disconnected', `ARI: ${this.#closed}`);
    const operations = (this.#client as unknown as Record<string, Record<string, Operation> | undefined>)[
      resource
    ];
    const run = operations?.[operation];
    if (!run) throw new SwitchError('rejected', `this Asterisk has no ${resource}.${operation}`);
    try {
      return await withTimeout(run(parameters), commandTimeoutMs + 500, `${resource}.${operation}`);
    } catch (thrown) {
      throw thrown instanceof SwitchError ? thrown : switchErrorOf(thrown, `${resource}.${operation}`);
    }
  }

  /**
   * ari-client assigns each socket to `_ws` before it adds its listeners: so each listener is ours to guard. Its
   * `processMessage` parses JSON in the socket's callback, and its `processClose` connects again behind our back.
   */
  #listen(appName: string): Promise<void> {
    return new Promise((resolve, reject) => {
      Object.defineProperty(this.#client, '_ws', {
        configurable: true,
        get: () => this.#socket,
        set: (socket: EventSocket) => {
          this.#socket = socket;
          const on = socket.on.bind(socket);
          socket.on = (event, listener) => (event === 'open' ? on(event, listener) : socket);
          on('message', (data) => this.#receive(data));
          on('pong', () => {
            this.#isAnswered = true;
          });
          on('error', (error) => {
            reject(new SwitchError('disconnected', `ARI events: ${messageOf(error)}`));
            this.#end(messageOf(error));
          });
          on('close', () => {
            reject(new SwitchError('disconnected', 'ARI events: the connection was closed'));
            this.#end('the connection was closed');
          });
        },
      });
      this.#client.start(appName, true).then(() => {
        this.#pings = setInterval(() => this.#ping(), pingEveryMs);
        resolve();
      }, reject);
    });
  }

  #ping(): void {
    if (!this.#isAnswered) {
      this.#end('asterisk does not answer');
      return;
    }
    this.#isAnswered = false;
    this.#socket?.ping();
  }

  #receive(data: unknown): void {
    if (this.#closed !== null) return;
    let event: z.ZodSafeParseResult<AriEvent>;
    try {
      event = AriEvent.safeParse(JSON.parse(String(data)));
    } catch {
      this.#log.warn('ari sent an event that is no JSON');
      return;
    }
    if (event.success) this.#onEvent(event.data);
    else this.#log.warn({ issues: event.error.issues.slice(0, 3) }, 'ari sent an event that we cannot read');
  }

  #end(reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    clearInterval(this.#pings);
    const socket = this.#socket;
    // Asterisk stops handing us calls as soon as it reads the close; a peer that is gone never answers it.
    socket?.close();
    setTimeout(() => socket?.terminate(), 500).unref();
    this.onClose(reason);
  }
}

/** Whether an operation failed because the channel, bridge or object is not there. */
export const isMissing = (thrown: unknown): boolean =>
  thrown instanceof SwitchError && thrown.code === 'no-such-channel';

/** ari-client's resources carry their client along; what the server sent is what JSON keeps. */
const plain = (answer: unknown): unknown => {
  if (Array.isArray(answer)) return answer.map(plain);
  if (typeof answer !== 'object' || answer === null) return answer;
  const { _client, ...rest } = answer as Record<string, unknown>;
  return rest;
};

const switchErrorOf = (thrown: unknown, what: string): SwitchError => {
  let failed: z.infer<typeof FailedOperation>;
  try {
    failed = FailedOperation.parse(JSON.parse(messageOf(thrown)));
  } catch {
    return new SwitchError('rejected', `ARI ${what}: ${messageOf(thrown).slice(0, 300)}`, { cause: thrown });
  }
  const message = `ARI ${what}: ${failed.ariStatus} ${failed.ariMessage}`;
  switch (failed.ariStatus) {
    case 404:
      return new SwitchError('no-such-channel', message);
    case 408:
      return new SwitchError('timeout', message);
    case 0:
      return new SwitchError('disconnected', message);
    default:
      return new SwitchError('rejected', message);
  }
};

/** Our own request first: with a wrong password ari-client would throw a plain string at nobody. */
const checkServer = async ({ url, user, password, timeoutMs }: AriAddress & { timeoutMs: number }) => {
  let status: number;
  let body: unknown;
  try {
    const answer = await fetch(`${url}/ari/asterisk/info?only=system`, {
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    status = answer.status;
    body = status === 200 ? await answer.json() : null;
  } catch (thrown) {
    const reason = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
    throw new SwitchError('disconnected', `ARI at ${url}: ${messageOf(reason)}`, { cause: thrown });
  }
  if (status === 401 || status === 403)
    throw new SwitchError('rejected', `ARI at ${url} refused the user name or the password (${status})`);
  const parsed = AsteriskStatus.safeParse(body);
  if (!parsed.success) throw new SwitchError('rejected', `what answers at ${url} is no Asterisk (${status})`);
  return parsed.data.system.version;
};

const withTimeout = async <Value>(
  work: PromiseLike<Value>,
  timeoutMs: number,
  what: string,
): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new SwitchError('timeout', `ARI did not answer ${what} within ${timeoutMs} ms`)),
          timeoutMs,
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
};
