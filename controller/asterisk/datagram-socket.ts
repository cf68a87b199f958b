/** A UDP socket at a fixed address that says in words why it could not be opened. It knows no protocol. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { SwitchError } from '../switch/port.ts';

export class DatagramSocket {
  readonly #socket: Socket;
  #isOpen = true;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Rejects with a `SwitchError` when the port is taken or the address is not this machine's. */
  static open(options: {
    address: string;
    port: number;
    purpose: string;
    onDatagram: (datagram: Buffer, from: RemoteInfo) => void;
  }): Promise<DatagramSocket> {
    return new Promise((resolve, reject) => {
      const family = options.address.includes(':') ? 6 : 4;
      const socket = createSocket({
        type: family === 6 ? 'udp6' : 'udp4',
        // An address is no name: without this every datagram would go through the resolver.
        lookup: (name, _options, callback) => callback(null, name, family),
      });
      const refuse = (error: NodeJS.ErrnoException) => {
        socket.close();
        const why = error.code === 'EADDRINUSE' ? 'another program has it' : error.message;
        const where = `UDP port ${options.port} of ${options.address} for ${options.purpose}`;
        reject(new SwitchError('disconnected', `${where}: ${why}`, { cause: error }));
      };
      socket.once('error', refuse);
      socket.bind({ address: options.address, port: options.port, exclusive: true }, () => {
        socket.off('error', refuse);
        // An ICMP error of one datagram says nothing about the next.
        socket.on('error', () => undefined);
        socket.on('message', options.onDatagram);
        // 200 calls are 10,000 datagrams a second; the kernel's usual 200 kB hold 20 ms of pause.
        try {
          socket.setRecvBufferSize(4 * 1024 * 1024);
        } catch {
          // the kernel grants what it grants
        }
        resolve(new DatagramSocket(socket));
      });
    });
  }

  send(datagram: Buffer, port: number, address: string): void {
    // what could not be sent comes as the socket's error, and says nothing about the next
    if (this.#isOpen) this.#socket.send(datagram, port, address);
  }

  close(): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    this.#isOpen = false;
    return new Promise((resolve) => {
      this.#socket.close(() => resolve());
    });
  }
}
