/**
 * One connection to Asterisk's manager interface: login, actions matched with their answers by ActionID, events. It
 * never connects again by itself; `link.ts` does. What actions and events mean is known elsewhere.
 */
import { connect, type Socket } from 'node:net';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { SwitchError } from '../switch/port.ts';
import { type AmiMessage, AmiParser, formatAction } from './ami-message.ts';

export type AmiAddress = { host: string; port: number; user: string; password: string };

type Waiting = {
  /** ends a list of events; null when the response is all */
  until: string | null;
  events: AmiMessage[];
  resolve: (events: AmiMessage[]) => void;
  reject: (error: SwitchError) => void;
  timer: NodeJS.Timeout;
};

export class AmiConnection {
  onEvent: (message: AmiMessage) => void = () => undefined;
  /** comes once, also when the connection could never be used */
  onClose: (reason: string) => void = () => undefined;
  readonly #log: Logger;
  readonly #socket: Socket;
  readonly #parser = new AmiParser();
  readonly #waiting = new Map<string, Waiting>();
  #nextId = 1;
  #closed: string | null = null;

  private constructor(socket: Socket, log: Logger) {
    this.#socket = socket;
    this.#log = log;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end('the connection was closed'));
  }

  /** Connects and logs in. Rejects with a `SwitchError`. */
  static async connect(
    options: AmiAddress & { timeoutMs: number; log: Logger; onEvent?: (message: AmiMessage) => void },
  ): Promise<AmiConnection> {
    const socket = connect({ host: options.host, port: options.port });
    const connection = new AmiConnection(socket, options.log);
    if (options.onEvent) connection.onEvent = options.onEvent;
    try {
      await connection.action(
        { Action: 'Login', Username: options.user, Secret: options.password, Events: 'on' },
        options.timeoutMs,
      );
    } catch (thrown) {
      connection.close();
      if (thrown instanceof SwitchError && thrown.code === 'rejected')
        throw new SwitchError('rejected', `AMI refused the login: ${thrown.message}`);
      throw thrown;
    }
    return connection;
  }

  /** Whether a manager answers that says all its modules are loaded. */
  static isFullyBooted(options: AmiAddress & { timeoutMs: number; log: Logger }): Promise<boolean> {
    return new Promise((done) => {
      let connection: AmiConnection | null = null;
      const timer = setTimeout(() => settle(false), options.timeoutMs);
      const settle = (booted: boolean) => {
        clearTimeout(timer);
        connection?.close();
        done(booted);
      };
      const onEvent = (message: AmiMessage) => {
        if (message.get('event') === 'FullyBooted') settle(true);
      };
      AmiConnection.connect({ ...options, onEvent }).then(
        (connected) => {
          connection = connected;
        },
        () => settle(false),
      );
    });
  }

  /** Sends an action and waits for its response. It is never sent again. */
  async action(fields: { Action: string } & Record<string, string>, timeoutMs: number): Promise<void> {
    await this.#request(fields, null, timeoutMs);
  }

  /** An action whose answer is a list: resolves with its events when the event named `until` has come. */
  list(
    fields: { Action: string } & Record<string, string>,
    until: string,
    timeoutMs: number,
  ): Promise<AmiMessage[]> {
    return this.#request(fields, until, timeoutMs);
  }

  close(): void {
    this.#end('closed by us');
  }

  #request(
    fields: { Action: string } & Record<string, string>,
    until: string | null,
    timeoutMs: number,
  ): Promise<AmiMessage[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== null) {
        reject(new SwitchError('disconnected', `AMI: ${this.#closed}`));
        return;
      }
      const id = `offhook-${this.#nextId++}`;
      let text: string;
      try {
        const { Action, ...rest } = fields;
        text = formatAction({ Action, ActionID: id, ...rest });
      } catch (thrown) {
        reject(new SwitchError('bad-argument', messageOf(thrown)));
        return;
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new SwitchError('timeout', `AMI did not answer ${fields.Action} within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.set(id, { until, events: [], resolve, reject, timer });
      this.#socket.write(text);
    });
  }

  #receive(chunk: Buffer): void {
    if (this.#closed !== null) return;
    let messages: AmiMessage[];
    try {
      messages = this.#parser.push(chunk);
    } catch (thrown) {
      this.#log.warn({ error: messageOf(thrown) }, 'ami sent what is no ami');
      this.#end(messageOf(thrown));
      return;
    }
    for (const message of messages) this.#handle(message);
  }

  #handle(message: AmiMessage): void {
    const id = message.get('actionid');
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    const event = message.get('event');
    if (id === undefined || waiting === undefined) {
      if (event !== undefined) this.onEvent(message);
      return;
    }
    if (event !== undefined) {
      if (event === waiting.until) this.#settle(id, waiting);
      else waiting.events.push(message);
      return;
    }
    if (message.get('response') === 'Error') {
      clearTimeout(waiting.timer);
      this.#waiting.delete(id);
      waiting.reject(
        new SwitchError('rejected', (message.get('message') ?? 'no reason given').slice(0, 200)),
      );
    } else if (waiting.until === null) this.#settle(id, waiting);
  }

  #settle(id: string, waiting: Waiting): void {
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    waiting.resolve(waiting.events);
  }

  #end(reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    this.#socket.destroy();
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(new SwitchError('disconnected', `AMI: ${reason}`));
    }
    this.#waiting.clear();
    this.onClose(reason);
  }
}
