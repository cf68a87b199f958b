/**
 * One address that speaks SIP over UDP and TCP (RFC 3261 section 18): datagrams, and streams cut into messages by
 * Content-Length. It knows no transaction.
 */
import { createSocket, type Socket } from 'node:dgram';
import { connect, createServer, type Server, type Socket as Stream } from 'node:net';
import type { Transport } from '../../controller/switch/port.ts';

export type SipAddress = { transport: Transport; host: string; port: number };

const keyOf = (host: string, port: number): string => `${host}:${port}`;

export class SipTransport {
  readonly host: string;
  readonly port: number;
  onMessage: (text: string, from: SipAddress) => void = () => undefined;
  readonly #udp: Socket;
  readonly #server: Server;
  /** streams by the far side's address; several could lead to one peer, and the newest one is used */
  readonly #streams = new Map<string, Stream>();
  #closed = false;

  private constructor(host: string, udp: Socket, server: Server) {
    this.host = host;
    this.#udp = udp;
    this.#server = server;
    this.port = udp.address().port;
    udp.on('message', (packet, remote) => {
      this.onMessage(packet.toString('utf8'), { transport: 'udp', host: remote.address, port: remote.port });
    });
    // a datagram to a port that has just closed comes back as an error: the transaction's timer tells that
    udp.on('error', () => undefined);
    server.on('connection', (stream) => {
      this.#adopt(stream, stream.remoteAddress ?? '', stream.remotePort ?? 0);
    });
  }

  /** Opens UDP and TCP on one port; without `port` on any that is free for both. */
  static async open(options: { host: string; port?: number }): Promise<SipTransport> {
    for (let attempt = 0; ; attempt++) {
      const udp = createSocket('udp4');
      try {
        await new Promise<void>((resolve, reject) => {
          udp.once('error', reject);
          udp.bind({ address: options.host, port: options.port ?? 0, exclusive: true }, resolve);
        });
        const server = createServer();
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen({ host: options.host, port: udp.address().port, exclusive: true }, resolve);
        });
        udp.removeAllListeners('error');
        return new SipTransport(options.host, udp, server);
      } catch (error) {
        udp.close();
        if (options.port !== undefined || attempt > 20) throw error;
      }
    }
  }

  async send(text: string, to: SipAddress): Promise<void> {
    if (this.#closed) return;
    if (to.transport === 'udp') {
      this.#udp.send(text, to.port, to.host, () => undefined);
      return;
    }
    const key = keyOf(to.host, to.port);
    let stream = this.#streams.get(key);
    if (!stream || stream.destroyed) {
      stream = await new Promise<Stream>((resolve, reject) => {
        const opened = connect({ host: to.host, port: to.port }, () => resolve(opened));
        opened.once('error', reject);
      });
      this.#adopt(stream, to.host, to.port);
    }
    stream.write(text);
  }

  /** Is a stream to this address open? */
  hasStream(host: string, port: number): boolean {
    return this.#streams.get(keyOf(host, port))?.destroyed === false;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#udp.close();
    this.#server.close();
    for (const stream of this.#streams.values()) stream.destroy();
  }

  #adopt(stream: Stream, host: string, port: number): void {
    const key = keyOf(host, port);
    this.#streams.set(key, stream);
    let pending = Buffer.alloc(0);
    stream.on('error', () => stream.destroy());
    stream.on('close', () => {
      if (this.#streams.get(key) === stream) this.#streams.delete(key);
    });
    stream.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        // keep-alives between messages (RFC 5626 section 3.5.1)
        while (pending[0] === 0x0d || pending[0] === 0x0a) pending = pending.subarray(1);
        const headEnd = pending.indexOf('\r\n\r\n');
        if (headEnd < 0) return;
        const head = pending.toString('latin1', 0, headEnd);
        const length = Number(/^(?:content-length|l)\s*:\s*(\d+)/im.exec(head)?.[1] ?? 0);
        const end = headEnd + 4 + length;
        if (pending.length < end) return;
        this.onMessage(pending.toString('utf8', 0, end), { transport: 'tcp', host, port });
        pending = pending.subarray(end);
      }
    });
  }
}
