/**
 * The page's link to the live monitor: one socket, its changes gathered and shown once a frame. Reconnects by itself.
 * Knows no screen; `use-live.ts` is how screens read it.
 */
import { io, type Socket } from 'socket.io-client';
import type {
  ClientToServerEvents,
  NumberedChange,
  ServerToClientEvents,
} from '../../../controller/contract/live.ts';
import { applyChanges, emptyView, fromSnapshot, type LiveView } from './live-view.ts';

/** connecting: not yet connected since the page was opened. lost: it was, and tries again. */
export type Connection = 'connecting' | 'live' | 'lost' | 'unauthorized';
export type LiveState = LiveView & { connection: Connection };

/** a hidden page draws no frames and still has to follow */
const hiddenFlushMs = 500;
const retryMs = 2000;

export class LiveStore {
  readonly #socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  readonly #listeners = new Set<() => void>();
  #state: LiveState = { ...emptyView, connection: 'connecting' };
  #waiting: NumberedChange[] = [];
  #flushPlanned = false;

  constructor() {
    this.#socket = io({
      autoConnect: false,
      transports: ['websocket'],
      withCredentials: true,
      reconnectionDelay: 300,
      reconnectionDelayMax: 3000,
      timeout: 5000,
    });
    this.#socket.on('snapshot', (snapshot) => {
      this.#waiting = [];
      this.#set({ ...fromSnapshot(snapshot, this.#state), connection: 'live' });
    });
    this.#socket.on('change', (change) => {
      this.#waiting.push(change);
      this.#planFlush();
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

  readonly read = (): LiveState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    // whichever comes first: a page may be hidden between the two
    const timer = setTimeout(() => flush(), hiddenFlushMs);
    const frame = requestAnimationFrame(() => flush());
    const flush = () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      this.#flushPlanned = false;
      this.#flush();
    };
  }

  #flush(): void {
    const changes = this.#waiting.splice(0);
    if (changes.length === 0) return;
    const next = applyChanges(this.#state, changes);
    if (next === null) this.#socket.emit('resync');
    else this.#set({ ...next, connection: this.#state.connection });
  }

  #set(state: LiveState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
