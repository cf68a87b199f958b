/**
 * The audio of all calls on one UDP socket of ours: FreeSWITCH's `unicast` (switch_ivr.c) sends one datagram a frame
 * from a port of its own for each call, and that port tells calls apart. No encryption and no authentication: loopback
 * or a private link only. It paces nothing, decodes nothing, and knows no call beyond its port.
 */
import { createSocket, type Socket } from 'node:dgram';
import { type AudioFormat, frameBytesOf, frameMs, lineFormatOf } from '../contract/audio.ts';
import type { Logger } from '../log.ts';
import { type Codec, type MediaCounters, type MediaLeg, SwitchError } from '../switch/port.ts';

/** FreeSWITCH's longest packet is 120 ms; beyond that it is no frame. */
const longestDatagramMs = 120;
/** A packet is whole milliseconds, at least 10. */
const shortestPartMs = 10;

export type StreamEnd = { address: string; port: number };

class Leg implements MediaLeg {
  readonly codec: Codec;
  readonly format: AudioFormat;
  onFrame: ((payload: Uint8Array) => void) | null = null;
  readonly counters: MediaCounters = { framesReceived: 0, framesSent: 0, gaps: 0, malformed: 0 };
  readonly #send: (payload: Uint8Array) => void;
  readonly #onClose: () => void;
  readonly #frameBytes: number;
  #closed = false;
  #heard: (() => void) | null = null;
  /** what is left of a packet that is no whole number of frames */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(options: { codec: Codec; send: (payload: Uint8Array) => void; onClose: () => void }) {
    this.codec = options.codec;
    this.format = lineFormatOf(options.codec);
    this.#frameBytes = frameBytesOf(this.format);
    this.#send = options.send;
    this.#onClose = options.onClose;
  }

  send(payload: Uint8Array): void {
    if (this.#closed) return;
    // Never an empty datagram: FreeSWITCH would take it for the end of the stream (switch_ivr.c, unicast_thread_run).
    if (payload.length !== this.#frameBytes) {
      this.counters.malformed += 1;
      return;
    }
    this.counters.framesSent += 1;
    this.#send(payload);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onFrame = null;
    this.#onClose();
  }

  /** Resolves true at the next datagram, false after the time. */
  heard(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#heard = null;
        resolve(false);
      }, timeoutMs);
      this.#heard = () => {
        clearTimeout(timer);
        this.#heard = null;
        resolve(true);
      };
    });
  }

  take(datagram: Uint8Array): void {
    this.#heard?.();
    const frameBytes = this.#frameBytes;
    // a gap of native G.711 has another length than a frame; one of L16 has the same
    const isPlain = datagram.length === frameBytes && this.#rest.length === 0;
    if (isPlain && (this.format.encoding !== 'L16' || !isAllOnes(datagram))) {
      this.#deliver(datagram);
      return;
    }
    const gapFrames = gapFramesOf(datagram, this.format);
    if (gapFrames > 0) {
      this.counters.gaps += gapFrames;
      return;
    }
    const bytesPerMs = frameBytes / frameMs;
    const isWhole = datagram.length > 0 && datagram.length % (shortestPartMs * bytesPerMs) === 0;
    if (!isWhole || datagram.length > longestDatagramMs * bytesPerMs) {
      this.counters.malformed += 1;
      return;
    }
    this.#split(datagram);
  }

  /** A PBX may send packets of 10, 30 or 40 ms: frames for us are 20 ms whatever it does. */
  #split(datagram: Uint8Array): void {
    const joined = new Uint8Array(this.#rest.length + datagram.length);
    joined.set(this.#rest);
    joined.set(datagram, this.#rest.length);
    const frameBytes = this.#frameBytes;
    let start = 0;
    for (; start + frameBytes <= joined.length; start += frameBytes)
      this.#deliver(joined.subarray(start, start + frameBytes));
    this.#rest = joined.slice(start);
  }

  #deliver(payload: Uint8Array): void {
    this.counters.framesReceived += 1;
    this.onFrame?.(payload);
  }
}

const isAllOnes = (datagram: Uint8Array): boolean => {
  for (const byte of datagram) if (byte !== 0xff) return false;
  return true;
};

/**
 * What FreeSWITCH sends when it had no packet: as many bytes as a frame has decoded, all 0xFF (switch_ivr.c,
 * switch_ivr_park, SFF_CNG). For 20 ms of native G.711 these are 320. The number of frames that are missing; 0: no gap.
 */
export const gapFramesOf = (datagram: Uint8Array, format: AudioFormat): number => {
  const decodedBytes = (format.sampleRate / 1000) * 2 * frameMs;
  const isGap =
    datagram.length >= decodedBytes && datagram.length % (decodedBytes / 2) === 0 && isAllOnes(datagram);
  return isGap ? Math.max(1, Math.round(datagram.length / decodedBytes)) : 0;
};

export class MediaSocket {
  readonly #own: StreamEnd;
  readonly #switchAddress: string;
  readonly #ports: { from: number; to: number };
  readonly #log: Logger;
  #socket: Socket | null = null;
  #bound: Promise<void> | null = null;
  /** by FreeSWITCH's port; null while it still sends to a leg that we closed */
  readonly #legs = new Map<number, Leg | null>();
  #strangers = 0;
  #nextPort: number;

  constructor(options: {
    own: StreamEnd;
    switchAddress: string;
    switchPorts: { from: number; to: number };
    log: Logger;
  }) {
    this.#own = options.own;
    this.#switchAddress = options.switchAddress;
    this.#ports = options.switchPorts;
    this.#log = options.log;
    // anywhere in the range: a port that was in use a moment ago may still be bound in FreeSWITCH
    this.#nextPort =
      options.switchPorts.from +
      Math.floor(Math.random() * (options.switchPorts.to - options.switchPorts.from + 1));
  }

  /** datagrams from somewhere that is no call of ours */
  get strangers(): number {
    return this.#strangers;
  }

  get own(): StreamEnd {
    return this.#own;
  }

  /** Binds on the first call. Rejects when the port is taken; the next call tries again. */
  open(): Promise<void> {
    this.#bound ??= this.#bind().catch((error: unknown) => {
      this.#bound = null;
      throw error;
    });
    return this.#bound;
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    this.#bound = null;
    this.#legs.clear();
    if (socket !== null) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }

  /** A port of FreeSWITCH's side that no call has. */
  freePort(): number {
    const count = this.#ports.to - this.#ports.from + 1;
    for (let tried = 0; tried < count; tried += 1) {
      const port = this.#nextPort;
      this.#nextPort = port >= this.#ports.to ? this.#ports.from : port + 1;
      if (!this.#legs.has(port)) return port;
    }
    throw new SwitchError('rejected', `all ${count} media ports are in use`);
  }

  /** The port belongs to a call that another controller opened. */
  reserve(switchPort: number): void {
    if (!this.#legs.has(switchPort)) this.#legs.set(switchPort, null);
  }

  /** The call is over. */
  release(switchPort: number): void {
    const leg = this.#legs.get(switchPort);
    this.#legs.delete(switchPort);
    leg?.close();
  }

  attach(switchPort: number, codec: Codec): Leg {
    const leg = new Leg({
      codec,
      send: (payload) => this.#socket?.send(payload, switchPort, this.#switchAddress),
      onClose: () => {
        if (this.#legs.get(switchPort) === leg) this.#legs.set(switchPort, null);
      },
    });
    this.#legs.get(switchPort)?.close();
    this.#legs.set(switchPort, leg);
    return leg;
  }

  #bind(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = createSocket({
        type: 'udp4',
        // Bursts of some hundred calls while the event loop is busy elsewhere.
        recvBufferSize: 4 * 1024 * 1024,
        // An address is no name: without this every datagram would go through the resolver.
        lookup: (name, _options, callback) => callback(null, name, 4),
      });
      socket.on('message', (datagram, from) => this.#handle(datagram, from.address, from.port));
      socket.once('error', reject);
      socket.bind(this.#own.port, this.#own.address, () => {
        socket.off('error', reject);
        socket.on('error', (error) => this.#log.warn({ err: error }, 'the media socket reports an error'));
        this.#socket = socket;
        resolve();
      });
    });
  }

  #handle(datagram: Uint8Array, address: string, port: number): void {
    const leg = address === this.#switchAddress ? this.#legs.get(port) : undefined;
    if (leg === undefined) {
      this.#strangers += 1;
      return;
    }
    leg?.take(datagram);
  }
}
