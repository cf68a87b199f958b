/** modesl 1.2.1 has no types: what we use of it, read from its source. */
declare module 'modesl' {
  import type { Socket } from 'node:net';

  type Listener = (...values: never[]) => void;
  type Headers = Record<string, string | number>;

  class Event {
    constructor(headers: Headers, body?: string);
    getHeader(name: string): string | null;
    getBody(): string;
  }

  /** Reads frames from a socket and emits `esl::event`. */
  class Parser {
    constructor(socket: Socket);
    on(name: string, listener: Listener): this;
    emit(name: string, ...values: unknown[]): boolean;
    _onData(data: Buffer): void;
    _parseEvent(headers: Headers, body?: string): void;
  }

  class Connection {
    constructor(host: string, port: number, password: string);
    socket: Socket | null;
    parser: Parser;
    reqEvents: string[];
    connecting: boolean;
    on(name: string, listener: Listener): this;
    emit(name: string, ...values: unknown[]): boolean;
    auth(): void;
    api(command: string, callback: (reply: Event) => void): void;
    sendRecv(command: string, headers: Headers | null, callback: (reply: Event) => void): void;
    _onConnect(): void;
    _onEvent(event: Event | null, headers: Headers, body?: string): void;
    _onError(error: Error): void;
  }

  const modesl: { Connection: typeof Connection; Parser: typeof Parser; Event: typeof Event };
  export = modesl;
}
