/**
 * One WebSocket to a bot: opened within a time, kept alive by pings, bounded in both directions. It knows no protocol
 * beyond WebSocket (RFC 6455) and tries nothing twice.
 */
import { WebSocket } from 'ws';
import { say } from '../contract/texts/sentence.ts';
import { botTrouble } from '../contract/texts/timeline.ts';
import { messageOf } from '../errors.ts';
import { BotFailure, quoted } from './failure.ts';

const pingEveryMs = 2000;
/**
 * So many pings in a row without a byte from the far side, be it a pong, a message or a part of one: the connection is
 * dead, whatever TCP thinks. Counted in pings, not by the clock: when it was we who had no time, the answers are there.
 */
const mostUnanswered = 3;
/** While the caller hears what the bot has sent before: a busy bot may answer late, and nobody misses it yet. */
const mostUnansweredWhileHeard = 15;
/** What a bot that does not read may leave with us: a minute of 24 kHz audio in base64. */
const longestBacklogBytes = 4_000_000;
const closeTimeoutMs = 2000;

export type LinkTarget = {
  url: string;
  protocols: readonly string[];
  headers: Readonly<Record<string, string>>;
  /** the longest message that the bot may send */
  longestMessageBytes: number;
  timeoutMs: number;
};

/** `clean`: the bot closed in order (1000, or no status given); everything else is a loss. */
export type LinkEnd = { clean: boolean; failure: BotFailure };

export type LinkListener = {
  text: (text: string) => void;
  binary: (bytes: Uint8Array) => void;
  /** comes once, for whatever reason but our own `close` */
  closed: (end: LinkEnd) => void;
  /** does the caller still hear what the bot has said */
  isHeard: () => boolean;
};

export class Link {
  readonly #socket: WebSocket;
  readonly #listener: LinkListener;
  readonly #pings: NodeJS.Timeout;
  /** the connection below, once it stands */
  #stream: { readonly bytesRead: number } | null = null;
  #bytesRead = 0;
  #unanswered = 0;
  #opened = false;
  #over = false;
  #failure: BotFailure | null = null;

  private constructor(socket: WebSocket, listener: LinkListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('upgrade', (response) => {
      this.#stream = response.socket;
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (this.#over) return;
      if (isBinary) listener.binary(data);
      else listener.text(data.toString('utf8'));
    });
    socket.on('error', (error: Error & { code?: string }) => {
      this.#failure ??= failureInCall(error);
      // ws would wait for the bot's own close first; before the socket was open, `open` tells
      if (this.#opened && !this.#over) {
        socket.terminate();
        this.#closed(1006);
      }
    });
    socket.on('close', (code) => this.#closed(code));
    this.#pings = setInterval(() => this.#beat(), pingEveryMs);
  }

  /** Rejects with a `BotFailure`. Messages may come before it resolves. */
  static open(target: LinkTarget, listener: LinkListener): Promise<Link> {
    return new Promise((resolve, reject) => {
      let socket: WebSocket;
      try {
        socket = new WebSocket(target.url, [...target.protocols], {
          headers: { 'User-Agent': 'Offhook', ...target.headers },
          handshakeTimeout: target.timeoutMs,
          maxPayload: target.longestMessageBytes,
          perMessageDeflate: false,
          followRedirects: false,
        });
      } catch (error) {
        reject(new BotFailure('unreachable', messageOf(error), { isFinal: true, cause: error }));
        return;
      }
      // from the first moment on: a bot may speak in the very packet that opens the socket
      const link = new Link(socket, listener);
      const fail = (failure: BotFailure): void => {
        link.#end();
        socket.terminate();
        reject(failure);
      };
      socket.once('unexpected-response', (_request, response) => {
        const status = response.statusCode ?? 0;
        response.resume();
        // what is overloaded or starting says 5xx or 429; the others mean what they say
        const isFinal = status < 500 && status !== 429;
        fail(new BotFailure('refused', say(botTrouble.http, { status }), { isFinal }));
      });
      socket.once('error', (error) => fail(failureAtOpen(error)));
      socket.once('open', () => {
        socket.removeAllListeners('unexpected-response');
        link.#opened = true;
        if (link.#over) socket.terminate();
        else resolve(link);
      });
    });
  }

  /** What is sent after the end goes nowhere. */
  send(data: string | Uint8Array): void {
    if (this.#over || this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > longestBacklogBytes) {
      this.#failure ??= new BotFailure('lost', botTrouble.notReading);
      this.#socket.terminate();
      return;
    }
    this.#socket.send(data);
  }

  /** Ends it from our side; the listener hears no more. */
  close(code = 1000, reason = ''): void {
    if (this.#over) return;
    this.#end();
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), closeTimeoutMs).unref();
  }

  #beat(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const bytesRead = this.#stream?.bytesRead ?? 0;
    if (bytesRead !== this.#bytesRead) this.#unanswered = 0;
    this.#bytesRead = bytesRead;
    const most = this.#listener.isHeard() ? mostUnansweredWhileHeard : mostUnanswered;
    if (this.#unanswered >= most) {
      const seconds = (this.#unanswered * pingEveryMs) / 1000;
      this.#failure ??= new BotFailure('lost', say(botTrouble.notHeard, { seconds }));
      this.#socket.terminate();
      return;
    }
    this.#unanswered++;
    this.#socket.ping();
  }

  #closed(code: number): void {
    if (this.#over) return;
    this.#end();
    const failure = this.#failure ?? new BotFailure('lost', say(botTrouble.closed, { code }));
    // 1005: closed without a status, as most libraries do by default
    this.#listener.closed({ clean: this.#failure === null && (code === 1000 || code === 1005), failure });
  }

  #end(): void {
    this.#over = true;
    clearInterval(this.#pings);
  }
}

const failureAtOpen = (error: Error & { code?: string }): BotFailure => {
  const text = quoted(error.message);
  if (/handshake has timed out/.test(text)) {
    return new BotFailure('slow', botTrouble.handshake, { isFinal: true, cause: error });
  }
  // ws' own errors about the handshake have no code; HPE_ is what Node's parser says of an answer that is no HTTP
  const answered = error.code === undefined || error.code.startsWith('HPE_');
  if (answered || error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    return new BotFailure('refused', text, { cause: error });
  }
  return new BotFailure('unreachable', text, { cause: error });
};

/** ws reports what breaks RFC 6455, and what is too long, as an error with a code of its own. */
const failureInCall = (error: Error & { code?: string }): BotFailure => {
  if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
    return new BotFailure('flooding', botTrouble.tooLong, { isFinal: true, cause: error });
  }
  if (error.code?.startsWith('WS_ERR_')) {
    return new BotFailure('malformed', quoted(error.message), { isFinal: true, cause: error });
  }
  return new BotFailure('lost', quoted(error.message), { cause: error });
};
