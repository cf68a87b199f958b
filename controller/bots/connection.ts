/**
 * One attempt at a bot: a socket with the protocol on it. It is opening until the bot is ready, then it stands until it
 * is lost or closed; nothing of it is used again.
 */
import { say } from '../contract/texts/sentence.ts';
import { botTrouble } from '../contract/texts/timeline.ts';
import { BotFailure } from './failure.ts';
import { Link, type LinkEnd } from './link.ts';
import type { Patience } from './patience.ts';
import type { Protocol, Wire, WireHost } from './wire.ts';

/** For the handshake and for the bot to say that it is ready. */
const readyTimeoutMs = 5000;

export type ConnectionOptions = {
  protocol: Protocol;
  /** the protocol's view of the call, completed with what belongs to this connection */
  host: (own: Pick<WireHost, 'send' | 'ready' | 'fail'>) => WireHost;
  patience: Patience;
  /** does the caller still hear what the bot has said */
  isHeard: () => boolean;
  /** the bot has failed, or was lost, after it was ready; comes once */
  onEnd: (end: LinkEnd) => void;
};

export class Connection {
  readonly wire: Wire;
  readonly openedAtMs = performance.now();
  readonly #options: ConnectionOptions;
  readonly #ready: Promise<void>;
  #phase: 'opening' | 'ready' | 'over' = 'opening';
  #link: Link | null = null;
  #settle: { ready: () => void; failed: (failure: BotFailure) => void } = {
    ready: () => undefined,
    failed: () => undefined,
  };

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#ready = new Promise((ready, failed) => {
      this.#settle = { ready, failed };
    });
    this.wire = options.protocol.wire(
      options.host({
        send: (data) => this.#link?.send(data),
        ready: () => {
          if (this.#phase !== 'opening') return;
          this.#phase = 'ready';
          this.#settle.ready();
        },
        fail: (failure) => this.#end({ clean: false, failure }),
      }),
    );
  }

  /** Resolves when the bot is ready; rejects with a `BotFailure`. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(options);
    const timer = setTimeout(() => {
      const text = say(botTrouble.notReady, { seconds: readyTimeoutMs / 1000 });
      // the caller has waited long enough
      const failure = new BotFailure('slow', text, { isFinal: true });
      connection.#end({ clean: false, failure });
    }, readyTimeoutMs);
    try {
      await Promise.all([connection.#ready, connection.#connect()]);
      return connection;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The protocol's last words, then the end; `onEnd` does not come. */
  close(): void {
    if (this.#phase === 'over') return;
    this.wire.stop();
    this.#phase = 'over';
    this.#link?.close();
  }

  async #connect(): Promise<void> {
    const { protocol } = this.#options;
    const link = await Link.open(
      { ...protocol.target, timeoutMs: readyTimeoutMs },
      {
        text: (text) => this.#take(() => this.wire.text(text)),
        binary: (bytes) => this.#take(() => this.wire.binary(bytes)),
        closed: (end) => this.#end(end),
        isHeard: this.#options.isHeard,
      },
    ).catch((error: unknown) => {
      // whoever waits for `ready` is told by this rejection
      this.#settle.ready();
      throw error;
    });
    if (this.#phase === 'over') {
      link.close();
      return;
    }
    this.#link = link;
    this.wire.open();
  }

  #take(work: () => void): void {
    if (this.#phase === 'over') return;
    const failure = this.#options.patience.take('message');
    if (failure) this.#end({ clean: false, failure });
    else work();
  }

  #end(end: LinkEnd): void {
    const before = this.#phase;
    if (before === 'over') return;
    this.wire.stop();
    this.#phase = 'over';
    this.#link?.close();
    if (before === 'ready') this.#options.onEnd(end);
    else this.#settle.failed(end.failure);
  }
}
