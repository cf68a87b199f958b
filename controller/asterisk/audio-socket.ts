/**
 * Wideband audio between Asterisk and us: AudioSocket (Asterisk's res_audiosocket.h), a TCP stream a call on which each
 * message is a kind, a length and a payload. External media over RTP is not used for it: linear audio above 8 kHz has a
 * dynamic payload type there, which Asterisk 22 sends and does not take back (measured). A stream belongs to a call by a
 * random number that only Asterisk was told. It knows neither channels nor bridges.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { type AudioFormat, frameBytesOf, lineFormatOf } from '../contract/audio.ts';
import { type MediaCounters, type MediaLeg, SwitchError } from '../switch/port.ts';

type WideCodec = 'G722' | 'OPUS';

const kinds = { hangUp: 0x00, id: 0x01, l16At16k: 0x12, l16At48k: 0x16 } as const;
const headerBytes = 3;
const idBytes = 16;
/** Who connects without naming a call within this time is nobody of ours. */
const introductionMs = 3000;
/** Asterisk reads at once; more than this unread means that it does not any more. */
const mostUnsentBytes = 20_000;

/** The messages of a stream, whatever its pieces are. Throws for a length that no frame has. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0);

  take(piece: Buffer): { kind: number; payload: Buffer }[] {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const messages: { kind: number; payload: Buffer }[] = [];
    while (this.#rest.length >= headerBytes) {
      const end = headerBytes + this.#rest.readUInt16BE(1);
      if (this.#rest.length < end) break;
      messages.push({ kind: this.#rest.readUInt8(0), payload: this.#rest.subarray(headerBytes, end) });
      this.#rest = this.#rest.subarray(end);
    }
    return messages;
  }
}

export class WideLeg implements MediaLeg {
  readonly codec: WideCodec;
  readonly format: AudioFormat;
  onFrame: ((payload: Uint8Array) => void) | null = null;
  readonly counters: MediaCounters = { framesReceived: 0, framesSent: 0, gaps: 0, malformed: 0 };
  readonly #socket: Socket;
  readonly #frameBytes: number;
  readonly #kind: number;
  readonly #onClose: () => void;
  /** what is left of a frame of another length than 20 ms */
  #rest: Buffer = Buffer.alloc(0);
  #closed = false;

  constructor(options: { codec: WideCodec; socket: Socket; onClose: () => void }) {
    this.codec = options.codec;
    this.format = lineFormatOf(options.codec);
    this.#frameBytes = frameBytesOf(this.format);
    this.#kind = options.codec === 'G722' ? kinds.l16At16k : kinds.l16At48k;
    this.#socket = options.socket;
    this.#onClose = options.onClose;
  }

  send(payload: Uint8Array): void {
    if (this.#closed) return;
    if (payload.length !== this.#frameBytes) {
      this.counters.malformed += 1;
      return;
    }
    // late audio is of no use to anybody: what Asterisk does not read is not queued here
    if (this.#socket.writableLength > mostUnsentBytes) return;
    const message = Buffer.allocUnsafe(headerBytes + payload.length);
    message.writeUInt8(this.#kind, 0);
    message.writeUInt16BE(payload.length, 1);
    message.set(payload, headerBytes);
    this.counters.framesSent += 1;
    this.#socket.write(message);
  }

  take(kind: number, payload: Buffer): void {
    if (kind !== this.#kind || payload.length % 2 !== 0) {
      this.counters.malformed += 1;
      return;
    }
    let joined = this.#rest.length === 0 ? payload : Buffer.concat([this.#rest, payload]);
    while (joined.length >= this.#frameBytes) {
      this.counters.framesReceived += 1;
      this.onFrame?.(joined.subarray(0, this.#frameBytes));
      joined = joined.subarray(this.#frameBytes);
    }
    this.#rest = joined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onFrame = null;
    this.#onClose();
  }
}

/** A call's place on the server, from before Asterisk connects until the call is over. */
export type Expected = {
  /** what Asterisk has to be told: a UUID */
  readonly id: string;
  /** the stream; rejects when none comes in time */
  readonly connected: Promise<Socket>;
  /** the leg that gets what comes; may be another one later */
  leg: WideLeg | null;
  /** ends the stream, or the waiting for it */
  close: () => void;
};

export class AudioSocketServer {
  readonly #address: string;
  #server: Server | null = null;
  #listening: Promise<number> | null = null;
  readonly #expected = new Map<string, { entry: Expected; connect: (socket: Socket) => void }>();
  readonly #sockets = new Set<Socket>();
  #strangers = 0;

  constructor(options: { address: string }) {
    this.#address = options.address;
  }

  /** connections that belonged to no call of ours */
  get strangers(): number {
    return this.#strangers;
  }

  /** The port, of the system's choice; the first call that needs it opens it. */
  listen(): Promise<number> {
    this.#listening ??= new Promise<number>((resolve, reject) => {
      const server = createServer((socket) => this.#welcome(socket));
      server.once('error', reject);
      server.listen({ host: this.#address, port: 0 }, () => {
        server.off('error', reject);
        server.on('error', () => undefined);
        this.#server = server;
        const bound = server.address();
        if (bound === null || typeof bound === 'string') reject(new Error('no port'));
        else resolve(bound.port);
      });
    }).catch((error: unknown) => {
      this.#listening = null;
      throw new SwitchError('disconnected', 'no TCP port for wideband audio', { cause: error });
    });
    return this.#listening;
  }

  expect(timeoutMs: number): Expected {
    const id = uuidOf(randomBytes(idBytes));
    let connect: (socket: Socket) => void = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    let stream: Socket | null = null;
    const connected = new Promise<Socket>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new SwitchError('timeout', 'Asterisk did not connect for the audio')),
        timeoutMs,
      );
      connect = (socket) => {
        clearTimeout(timer);
        stream = socket;
        resolve(socket);
      };
    });
    connected.catch(() => undefined);
    const entry: Expected = {
      id,
      connected,
      leg: null,
      close: () => {
        clearTimeout(timer);
        this.#expected.delete(id);
        stream?.destroy();
      },
    };
    this.#expected.set(id, { entry, connect });
    return entry;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.#listening = null;
    for (const socket of this.#sockets) socket.destroy();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    const reader = new MessageReader();
    let expected: Expected | null = null;
    const timer = setTimeout(() => {
      if (!expected) socket.destroy();
    }, introductionMs);
    socket.on('close', () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    });
    socket.on('data', (piece) => {
      for (const { kind, payload } of reader.take(piece)) {
        if (expected) {
          if (kind === kinds.hangUp) socket.end();
          else expected.leg?.take(kind, payload);
          continue;
        }
        const found =
          kind === kinds.id && payload.length === idBytes ? this.#expected.get(uuidOf(payload)) : undefined;
        if (!found) {
          this.#strangers += 1;
          socket.destroy();
          return;
        }
        expected = found.entry;
        found.connect(socket);
      }
    });
  }
}

const uuidOf = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
