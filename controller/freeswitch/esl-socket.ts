/**
 * modesl's connection with its two weak places replaced: the parser (it decodes every header with
 * decodeURIComponent, which throws on a lone `%`, and reads XML) and the dispatch of events (a name built from
 * what the peer sent). Nothing that the peer sends can throw out of a socket's callback. It knows no command.
 */
import type { Socket } from 'node:net';
import modesl from 'modesl';
import { messageOf } from '../errors.ts';
import { EslFrames } from './esl-frames.ts';

export type EslEvent = Record<string, unknown>;

type Callbacks = {
  /** the password was accepted */
  onReady: () => void;
  /** called once; nothing comes after it */
  onEnd: (reason: string) => void;
  /** an event's JSON, not looked at yet */
  onEvent: (event: EslEvent) => void;
  /** something was dropped */
  onDropped: (why: string) => void;
};

class FrameParser extends modesl.Parser {
  readonly #frames = new EslFrames();

  override _onData(data: Buffer): void {
    try {
      for (const frame of this.#frames.push(data)) {
        const type = frame.headers['Content-Type'] ?? '';
        // Replies become modesl's events, for its queues of callbacks. Everything else goes on as it is: modesl
        // would parse JSON a second time and hand on what it could not parse, and read XML.
        if (type === 'command/reply' || type === 'api/response' || type === 'auth/request')
          this._parseEvent(frame.headers, frame.body ?? '');
        else this.emit('esl::event', null, frame.headers, frame.body ?? '');
      }
    } catch (thrown) {
      this.emit('error', thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }
}

/** One attempt at one connection. */
export class EslSocket extends modesl.Connection {
  readonly #callbacks: Callbacks;
  readonly #own: Socket;
  #ended = false;

  constructor(options: { host: string; port: number; password: string } & Callbacks) {
    super(options.host, options.port, options.password);
    this.#callbacks = options;
    // BACKGROUND_JOB answers our bgapi; the other event that modesl asks for comes with every application of every call.
    this.reqEvents = ['BACKGROUND_JOB'];
    const socket = this.socket;
    if (socket === null) throw new Error('modesl made no socket');
    this.#own = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('close', () => this.end('the connection was closed'));
    this.on('error', (error: Error) => this.end(messageOf(error)));
    this.on('esl::event::auth::fail', () => this.end('FreeSWITCH refused the ESL password'));
    this.on('esl::ready', () => this.#callbacks.onReady());
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** bytes that came in so far: whether the peer lives */
  get bytesRead(): number {
    return this.#own.bytesRead;
  }

  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    // modesl's own handlers find the socket gone and write nothing more
    this.#own.destroy();
    this.#callbacks.onEnd(reason);
  }

  override _onConnect(): void {
    const socket = this.#own;
    this.parser = new FrameParser(socket);
    this.parser.on('esl::event', (event: never, headers: never, body: never) =>
      this._onEvent(event, headers, body),
    );
    this.parser.on('error', (error: Error) => this.end(`not understood: ${messageOf(error)}`));
    this.connecting = false;
    this.on('esl::event::auth::request', () => this.auth());
  }

  override _onEvent(
    event: InstanceType<typeof modesl.Event> | null,
    headers: Record<string, string | number>,
    body?: string,
  ): void {
    if (this.#ended) return;
    const type = String(headers['Content-Type']);
    switch (type) {
      case 'text/event-json':
        this.#handleJson(body ?? '');
        return;
      case 'auth/request':
      case 'command/reply':
      case 'api/response':
        if (event !== null) super._onEvent(event, headers, body);
        return;
      case 'text/rude-rejection':
        this.end('FreeSWITCH takes no event socket connection from this address (apply-inbound-acl)');
        return;
      case 'text/disconnect-notice':
        this.end('FreeSWITCH ended the connection');
        return;
      default:
        this.#callbacks.onDropped(`a frame of type ${type.slice(0, 60)}`);
    }
  }

  #handleJson(body: string): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      this.#callbacks.onDropped('an event that is no JSON');
      return;
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      this.#callbacks.onDropped('an event that is no object');
      return;
    }
    this.#callbacks.onEvent(parsed as EslEvent);
  }
}
