/**
 * The live monitor for programs in TypeScript, in a browser and in Node: one socket, its snapshot and numbered changes
 * kept as one value that never has a hole in it. Reconnects by itself. Knows no screen.
 */
import { io, type Socket } from 'socket.io-client';
import type { ClientToServerEvents, LiveChange, NumberedChange, ServerToClientEvents } from '../live.ts';
import { applyChanges, emptyView, fromSnapshot, type LiveView } from './live-view.ts';

/** connecting: not yet connected since it was opened. lost: it was, and tries again. */
export type Connection = 'connecting' | 'live' | 'lost' | 'unauthorized';
export type LiveClientState = LiveView & { connection: Connection };

export type LiveClientOptions = {
  /** where Offhook is; without it the page's own origin */
  url?: string;
  /** an API token; without it the session whose cookie the browser has */
  token?: string;
  /** which one is followed, where there are several; without it the token's, or the user's first */
  workspaceId?: string | null;
  /** calls `flush` soon, so that changes are shown several at a time; without it each at once */
  planFlush?: (flush: () => void) => void;
  /** each change as it comes, applied or not: what is not kept in the state, such as every line of a log */
  onChange?: (change: LiveChange) => void;
};

const retryMs = 2000;

export class LiveClient {
  readonly #socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  readonly #planFlush: (flush: () => void) => void;
  readonly #listeners = new Set<() => void>();
  #state: LiveClientState = { ...emptyView, connection: 'connecting' };
  #waiting: NumberedChange[] = [];
  #isFlushPlanned = false;

  constructor({
    url,
    token,
    workspaceId = null,
    planFlush = (flush) => flush(),
    onChange,
  }: LiveClientOptions = {}) {
    this.#planFlush = planFlush;
    const options = {
      autoConnect: false,
      transports: ['websocket'],
      withCredentials: true,
      reconnectionDelay: 300,
      reconnectionDelayMax: 3000,
      timeout: 5000,
      auth: { ...(token === undefined ? {} : { token }), ...(workspaceId === null ? {} : { workspaceId }) },
    };
    this.#socket = url === undefined ? io(options) : io(url, { ...options, forceNew: true });
    this.#socket.on('snapshot', (snapshot) => {
      this.#waiting = [];
      this.#set({ ...fromSnapshot(snapshot, this.#state), connection: 'live' });
    });
    this.#socket.on('change', (numbered) => {
      onChange?.(numbered.change);
      this.#waiting.push(numbered);
      this.#flushSoon();
    });
    this.#socket.on('disconnect', (reason) => {
      if (reason === 'io client disconnect') return;
      this.#set({ ...this.#state, connection: 'lost' });
      // told to go, as at an orderly stop: socket.io would not try again by itself
      if (reason === 'io server disconnect') this.#socket.connect();
    });
    this.#socket.on('connect_error', (error) => {
      if (error.message === 'unauthorized') {
        this.#set({ ...this.#state, connection: 'unauthorized' });
        return;
      }
      if (this.#state.system !== null) this.#set({ ...this.#state, connection: 'lost' });
      // refused for now, which socket.io takes for good
      if (error.message === 'unavailable') setTimeout(() => this.#socket.connect(), retryMs);
    });
  }

  open(): void {
    this.#socket.connect();
  }

  close(): void {
    this.#socket.disconnect();
    this.#set({ ...emptyView, connection: 'connecting' });
  }

  /** The socket itself, for what is not part of the view. */
  get socket(): Socket<ServerToClientEvents, ClientToServerEvents> {
    return this.#socket;
  }

  readonly read = (): LiveClientState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #flushSoon(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    this.#planFlush(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    const changes = this.#waiting.splice(0);
    if (changes.length === 0) return;
    const next = applyChanges(this.#state, changes);
    if (next === null) this.#socket.emit('resync');
    else this.#set({ ...next, connection: this.#state.connection });
  }

  #set(state: LiveClientState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
