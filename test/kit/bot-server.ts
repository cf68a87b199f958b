/**
 * A bot's side of a WebSocket: takes the connections that Offhook makes, keeps every message, hears tones, and does
 * nothing that the test does not tell it. What a protocol's messages mean, the tests know.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { AudioFormat } from '../../controller/contract/audio.ts';
import { decode, encode } from '../../controller/media/g711.ts';
import { bytesOf, samplesOf } from '../../controller/media/l16.ts';
import { loudness, toneShare } from './tone.ts';
import { until } from './until.ts';

export type BotMessage = Record<string, unknown> & { event?: string; type?: string };

export class BotConnection {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** every text message, parsed */
  readonly messages: BotMessage[] = [];
  readonly binaries: Buffer[] = [];
  /** the newest audio that it was given, at 8 kHz */
  heard = new Int16Array(0);
  closed: { code: number; reason: string } | null = null;
  onMessage: ((message: BotMessage) => void) | null = null;
  onBinary: ((bytes: Buffer) => void) | null = null;
  onClose: (() => void) | null = null;
  #tone: NodeJS.Timeout | null = null;

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.socket = socket;
    this.request = request;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        this.binaries.push(data);
        this.onBinary?.(data);
      } else {
        const message = JSON.parse(data.toString()) as BotMessage;
        this.messages.push(message);
        this.onMessage?.(message);
      }
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      if (this.#tone) clearInterval(this.#tone);
      this.onClose?.();
    });
    socket.on('error', () => undefined);
  }

  send(message: object): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  named(name: string): BotMessage[] {
    return this.messages.filter((message) => message.event === name || message.type === name);
  }

  /** Waits for the nth message of a name. */
  async message(name: string, nth = 1, timeoutMs = 8000): Promise<BotMessage> {
    return until(() => this.named(name)[nth - 1], { what: `message ${nth} ${name} at the bot`, timeoutMs });
  }

  /** Notes audio that came in a message. */
  hear(bytes: Uint8Array, format: AudioFormat): void {
    const samples = to8k(bytes, format);
    const kept = this.heard.subarray(Math.max(0, this.heard.length + samples.length - 8000));
    const joined = new Int16Array(kept.length + samples.length);
    joined.set(kept);
    joined.set(samples, kept.length);
    this.heard = joined;
  }

  async hears(hz: number, timeoutMs = 8000): Promise<void> {
    await until(() => toneShare(this.heard.slice(-2400), hz) > 0.85, {
      what: `${hz} Hz at the bot (share ${toneShare(this.heard.slice(-2400), hz).toFixed(2)}, level ${loudness(this.heard.slice(-2400)).toFixed(0)})`,
      timeoutMs,
    });
  }

  /** Hands pieces of a tone of `chunkMs` to `send`, in real time, until the connection closes. */
  speak(hz: number, format: AudioFormat, send: (audio: Uint8Array) => void, chunkMs = 20): void {
    this.hush();
    let atMs = 0;
    const startedAt = performance.now();
    this.#tone = setInterval(() => {
      // a little ahead, as bots are
      while (atMs < performance.now() - startedAt + 60) {
        send(toneBytes(hz, chunkMs, format, atMs));
        atMs += chunkMs;
      }
    }, 20);
  }

  hush(): void {
    if (this.#tone) clearInterval(this.#tone);
    this.#tone = null;
  }

  /** The process is gone: no close frame. */
  die(): void {
    this.hush();
    this.socket.terminate();
  }
}

/** `ms` of a sine in any format; `fromMs` keeps its phase over pieces. */
export const toneBytes = (hz: number, ms: number, format: AudioFormat, fromMs = 0): Uint8Array => {
  const perMs = format.sampleRate / 1000;
  const samples = Int16Array.from({ length: ms * perMs }, (_, at) =>
    Math.round(8000 * Math.sin((2 * Math.PI * hz * (at + fromMs * perMs)) / format.sampleRate)),
  );
  return format.encoding === 'L16' ? bytesOf(samples) : encode(format.encoding, samples);
};

/** Any format's audio as samples at 8 kHz; enough for tones. */
export const to8k = (bytes: Uint8Array, format: AudioFormat): Int16Array => {
  if (format.encoding !== 'L16') return decode(format.encoding, bytes);
  const samples = samplesOf(bytes);
  const step = format.sampleRate / 8000;
  return Int16Array.from({ length: Math.floor(samples.length / step) }, (_, at) => samples[at * step] ?? 0);
};

export class BotServer {
  readonly connections: BotConnection[] = [];
  /** what to do with each connection */
  onConnection: (connection: BotConnection) => void = () => undefined;
  /** an HTTP status to refuse with, `hang` to never answer the handshake; null takes the connection */
  refuseWith: number | 'hang' | null = null;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #upgrades = new Set<Duplex>();
  #taken = 0;

  private constructor(server: Server, sockets: WebSocketServer) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
    server.on('upgrade', (request, socket, head) => {
      this.#upgrades.add(socket);
      socket.on('error', () => undefined);
      if (this.refuseWith === 'hang') return;
      if (this.refuseWith !== null) {
        socket.end(`HTTP/1.1 ${this.refuseWith} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = new BotConnection(webSocket, request);
        this.connections.push(connection);
        this.onConnection(connection);
      });
    });
  }

  static open(options: { port?: number } = {}): Promise<BotServer> {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', () => resolve(new BotServer(server, sockets)));
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/bot`;
  }

  /** The next connection that nobody has waited for yet. */
  async next(timeoutMs = 10_000): Promise<BotConnection> {
    const at = this.#taken++;
    return until(() => this.connections[at], { what: 'a connection to the bot', timeoutMs });
  }

  /** As a process that is killed: every connection breaks, nothing listens any more. */
  async kill(): Promise<void> {
    for (const connection of this.connections) connection.die();
    await this.close();
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.die();
    for (const socket of this.#upgrades) socket.destroy();
    this.#sockets.close();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
