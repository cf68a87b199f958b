/**
 * Keeps ARI and AMI connected as one: both or none. Connects again with growing waits, and holds events back until the
 * state of Asterisk has been read, so that whoever listens sees the state first and then what changed.
 */
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { SwitchError } from '../switch/port.ts';
import { type AmiAddress, AmiConnection } from './ami.ts';
import type { AmiMessage } from './ami-message.ts';
import { type AriAddress, AriConnection } from './ari.ts';
import type { AriEvent } from './ari-events.ts';
import { PjsipObjects } from './pjsip-objects.ts';

export type Connections = { ari: AriConnection; ami: AmiConnection; pjsip: PjsipObjects };

export type LinkOptions = {
  ari: AriAddress;
  ami: AmiAddress;
  appName: string;
  log: Logger;
  /** opens what we listen on; called before each attempt, must not mind being open already */
  listen: () => Promise<void>;
  /** reads the state of Asterisk; returns what announces it, run at once before any event */
  reconcile: (connections: Connections) => Promise<() => void>;
  onDown: (reason: string) => void;
  onAriEvent: (event: AriEvent) => void;
  onAmiEvent: (message: AmiMessage) => void;
};

const connectTimeoutMs = 5000;
const firstWaitMs = 200;
const longestWaitMs = 5000;

export class AsteriskLink {
  readonly #options: LinkOptions;
  #connections: Connections | null = null;
  #isUp = false;
  #isRunning = false;
  #waitMs = firstWaitMs;
  #timer: NodeJS.Timeout | undefined;
  #lastReason: string | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** The live connections; throws a `SwitchError` when there are none. */
  get connections(): Connections {
    if (!this.#connections || !this.#isUp)
      throw new SwitchError('disconnected', 'there is no connection to Asterisk');
    return this.#connections;
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#attempt();
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    this.#drop();
  }

  async #attempt(): Promise<void> {
    const { ari, ami, appName, log, onAriEvent, onAmiEvent } = this.#options;
    const held: (() => void)[] = [];
    let isHolding = true;
    const deliver = (event: () => void) => {
      if (isHolding) held.push(event);
      else event();
    };
    let amiConnection: AmiConnection | null = null;
    let ariConnection: AriConnection | null = null;
    try {
      await this.#options.listen();
      amiConnection = await AmiConnection.connect({
        ...ami,
        timeoutMs: connectTimeoutMs,
        log,
        onEvent: (message) => deliver(() => onAmiEvent(message)),
      });
      ariConnection = await AriConnection.connect({
        ...ari,
        appName,
        timeoutMs: connectTimeoutMs,
        log,
        onEvent: (event) => deliver(() => onAriEvent(event)),
      });
      const connections = {
        ari: ariConnection,
        ami: amiConnection,
        pjsip: new PjsipObjects(ariConnection),
      };
      let closed: string | null = null;
      const lost = (reason: string) => {
        closed ??= reason;
        if (this.#connections === connections) this.#lose(reason);
      };
      ariConnection.onClose = (reason) => lost(`ARI: ${reason}`);
      amiConnection.onClose = (reason) => lost(`AMI: ${reason}`);
      const announce = await this.#options.reconcile(connections);
      if (closed !== null) throw new SwitchError('disconnected', closed);
      if (!this.#isRunning) throw new SwitchError('disconnected', 'stopped');
      this.#connections = connections;
      this.#isUp = true;
      this.#waitMs = firstWaitMs;
      this.#lastReason = null;
      announce();
      // The events that came meanwhile, in order. One of them may close the link.
      for (const event of held) event();
      isHolding = false;
    } catch (thrown) {
      ariConnection?.close();
      amiConnection?.close();
      if (this.#isRunning) this.#again(messageOf(thrown));
    }
  }

  #lose(reason: string): void {
    this.#drop();
    if (this.#isRunning) this.#again(reason);
  }

  #drop(): void {
    const connections = this.#connections;
    this.#connections = null;
    this.#isUp = false;
    connections?.ari.close();
    connections?.ami.close();
  }

  #again(reason: string): void {
    if (reason !== this.#lastReason) {
      this.#lastReason = reason;
      this.#options.onDown(reason);
    }
    this.#timer = setTimeout(() => void this.#attempt(), this.#waitMs * (0.75 + Math.random() / 2));
    this.#waitMs = Math.min(longestWaitMs, this.#waitMs * 2);
  }
}
