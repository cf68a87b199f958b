/**
 * The connection to FreeSWITCH's event socket: kept up for ever, subscribed anew each time, every command with a
 * time-out. A command is sent at most once: what was under way when the connection went is rejected as
 * `disconnected`, and whether FreeSWITCH carried it out is then unknown. It does not know what events mean.
 *
 *   stopped ──start──▶ connecting ──subscribed──▶ up
 *                        ▲    │                   │
 *                        │    └──▶ waiting ◀──────┘   growing, jittered delay
 *                        └───────────┘
 */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { SwitchError } from '../switch/port.ts';
import { type EslEvent, EslSocket } from './esl-socket.ts';

export type EslAddress = { host: string; port: number; password: string };

type Pending = { settle: (result: { text: string } | { error: SwitchError }) => void; timer: NodeJS.Timeout };

const connectTimeoutMs = 5000;
const firstRetryMs = 200;
const lastRetryMs = 10_000;

export class EslConnection {
  readonly #address: EslAddress;
  readonly #subscription: string;
  readonly #log: Logger;
  readonly #commandTimeoutMs: number;
  readonly #onUp: () => void;
  readonly #onDown: (reason: string) => void;
  readonly #onEvent: (event: EslEvent) => void;
  #running = false;
  #socket: EslSocket | null = null;
  #up = false;
  #failures = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  readonly #pending = new Set<Pending>();
  readonly #jobs = new Map<string, Pending>();

  constructor(options: {
    address: EslAddress;
    /** the names of the wanted events; subclasses of CUSTOM last, after the word CUSTOM */
    events: readonly string[];
    log: Logger;
    commandTimeoutMs?: number;
    /** connected, authenticated, subscribed */
    onUp: () => void;
    onDown: (reason: string) => void;
    onEvent: (event: EslEvent) => void;
  }) {
    this.#address = options.address;
    this.#subscription = `event json ${options.events.join(' ')}`;
    this.#log = options.log;
    this.#commandTimeoutMs = options.commandTimeoutMs ?? 10_000;
    this.#onUp = options.onUp;
    this.#onDown = options.onDown;
    this.#onEvent = options.onEvent;
  }

  get up(): boolean {
    return this.#up;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#connect();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#retryTimer);
    this.#socket?.end('stopped');
  }

  /** An API command answered at once; it holds up the connection meanwhile, so only for what is quick. */
  api(command: string): Promise<string> {
    return this.#request(command, this.#commandTimeoutMs, (socket, done) =>
      socket.api(command, (reply) => done(reply.getBody())),
    );
  }

  /** An API command in a thread of its own. */
  background(command: string, timeoutMs = this.#commandTimeoutMs): Promise<string> {
    const id = randomUUID();
    const answer = this.#request(command, timeoutMs, (socket, done, pending) => {
      this.#jobs.set(id, pending);
      socket.sendRecv(`bgapi ${command}`, { 'Job-UUID': id }, (reply) => {
        const text = reply.getHeader('Reply-Text') ?? '';
        if (text.startsWith('-ERR')) done(text);
      });
    });
    return answer.finally(() => this.#jobs.delete(id));
  }

  /** `api` for commands that say how they went; rejects with FreeSWITCH's reason when they did not go well. */
  async run(command: string): Promise<void> {
    const answer = await this.api(command);
    if (/^-ERR .*no such channel/i.test(answer)) throw new SwitchError('no-such-channel', answer.trim());
    if (answer.startsWith('-')) throw new SwitchError('rejected', answer.trim());
  }

  /** Queues a message for a channel. `+OK` means that it was queued, not that it was carried out. */
  message(channelId: string, headers: Readonly<Record<string, string>>): Promise<string> {
    const command = `sendmsg ${channelId}`;
    return this.#request(
      [command, ...Object.values(headers)].join(' '),
      this.#commandTimeoutMs,
      (socket, done) =>
        socket.sendRecv(command, { ...headers }, (reply) => done(reply.getHeader('Reply-Text') ?? '')),
    );
  }

  #request(
    text: string,
    timeoutMs: number,
    send: (socket: EslSocket, done: (text: string) => void, pending: Pending) => void,
  ): Promise<string> {
    const name = text.split(' ', 2).join(' ');
    // A line break would begin a second command. Builders check their values; this is the last gate.
    // oxlint-disable-next-line no-control-regex
    if (/[\u0000-\u001f\u007f]/.test(text))
      return Promise.reject(new SwitchError('bad-argument', `control character in ${name}`));
    const socket = this.#socket;
    if (socket === null || !this.#up)
      return Promise.reject(new SwitchError('disconnected', `no connection to FreeSWITCH: ${name}`));
    return new Promise<string>((resolve, reject) => {
      const bytesBefore = socket.bytesRead;
      const pending: Pending = {
        settle: (result) => {
          clearTimeout(pending.timer);
          this.#pending.delete(pending);
          if ('text' in result) resolve(result.text);
          else reject(result.error);
        },
        timer: setTimeout(() => {
          pending.settle({
            error: new SwitchError('timeout', `FreeSWITCH did not answer ${name} in ${timeoutMs} ms`),
          });
          // Not a byte all that time, though a heartbeat comes every 20 s and a reply was due: the link is dead.
          if (socket.bytesRead === bytesBefore) socket.end(`no answer within ${timeoutMs} ms`);
        }, timeoutMs),
      };
      this.#pending.add(pending);
      this.#log.trace({ command: text }, 'esl command');
      send(socket, (reply) => pending.settle({ text: reply }), pending);
    });
  }

  #connect(): void {
    this.#retryTimer = undefined;
    const timer = setTimeout(
      () => socket.end(`no event socket at ${this.#address.host}:${this.#address.port}`),
      connectTimeoutMs,
    );
    const socket = new EslSocket({
      ...this.#address,
      onReady: () =>
        socket.sendRecv(this.#subscription, null, (reply) => {
          const text = reply.getHeader('Reply-Text') ?? '';
          if (!text.startsWith('+OK')) return socket.end(`FreeSWITCH refused our events: ${text}`);
          clearTimeout(timer);
          this.#up = true;
          this.#failures = 0;
          return this.#safely(this.#onUp);
        }),
      onEnd: (reason) => {
        clearTimeout(timer);
        this.#handleEnd(reason);
      },
      onEvent: (event) => this.#handleEvent(event),
      onDropped: (why) => this.#log.warn({ why }, 'dropped from the event socket'),
    });
    this.#socket = socket;
  }

  #handleEnd(reason: string): void {
    this.#socket = null;
    this.#up = false;
    for (const pending of this.#pending)
      pending.settle({ error: new SwitchError('disconnected', `the event socket: ${reason}`) });
    if (!this.#running) return;
    const delayMs = Math.min(lastRetryMs, firstRetryMs * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#failures = Math.min(this.#failures + 1, 16);
    this.#retryTimer = setTimeout(() => this.#connect(), delayMs);
    this.#safely(() => this.#onDown(reason));
  }

  #handleEvent(event: EslEvent): void {
    if (event['Event-Name'] === 'BACKGROUND_JOB') {
      const { 'Job-UUID': id, _body: body } = event;
      if (typeof id === 'string') this.#jobs.get(id)?.settle({ text: typeof body === 'string' ? body : '' });
      return;
    }
    this.#safely(() => this.#onEvent(event));
  }

  /** What our own listeners throw is a bug, but none that may cost the connection. */
  #safely(listener: () => void): void {
    try {
      listener();
    } catch (thrown) {
      this.#log.error({ err: thrown, message: messageOf(thrown) }, 'a listener of the event socket threw');
    }
  }
}
