/**
 * The one UDP port on which the switch copies its SIP messages to us as HEP3. It takes them from the switch's addresses
 * only, counts what it does not understand, and hands on the rest. It looks into no SIP message.
 */
import { createSocket, type Socket } from 'node:dgram';
import { BlockList, isIP } from 'node:net';
import { type HepPacket, parseHep } from './hep.ts';

const receiveBufferBytes = 4 * 1024 * 1024;

export class HepListener {
  readonly #at: { address: string; port: number };
  readonly #senders = new BlockList();
  readonly #listeners: ((packet: HepPacket) => void)[] = [];
  #socket: Socket | null = null;
  #opening: Promise<void> | null = null;
  #malformed = 0;
  #strangers = 0;

  /** `senders`: addresses besides loopback that may send here. */
  constructor(options: { address?: string; port: number; senders?: readonly string[] }) {
    this.#at = { address: options.address ?? '127.0.0.1', port: options.port };
    this.#senders.addSubnet('127.0.0.0', 8, 'ipv4');
    this.#senders.addAddress('::1', 'ipv6');
    for (const sender of options.senders ?? []) this.#senders.addAddress(sender, familyOf(sender));
  }

  /** Datagrams that are no HEP3 with a SIP message in it. */
  get malformed(): number {
    return this.#malformed;
  }

  /** Datagrams from somebody who is not the switch. */
  get strangers(): number {
    return this.#strangers;
  }

  /** The listener must not throw. */
  onPacket(listener: (packet: HepPacket) => void): void {
    this.#listeners.push(listener);
  }

  /** Whether it takes datagrams from there. */
  hears(address: string): boolean {
    return isIP(address) !== 0 && this.#senders.check(address, familyOf(address));
  }

  /** May be called again: open stays open. Rejects with words when the port cannot be had. */
  open(): Promise<void> {
    if (this.#socket) return Promise.resolve();
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    await new Promise<void>((resolve) => {
      socket.close(() => resolve());
    });
  }

  #open(): Promise<void> {
    const { address, port } = this.#at;
    const socket = createSocket({ type: isIP(address) === 6 ? 'udp6' : 'udp4' });
    return new Promise((resolve, reject) => {
      const refuse = (error: NodeJS.ErrnoException) => {
        socket.close();
        const why = error.code === 'EADDRINUSE' ? 'another program has it' : error.message;
        reject(new Error(`UDP port ${port} of ${address} for SIP messages: ${why}`, { cause: error }));
      };
      socket.once('error', refuse);
      socket.bind({ address, port, exclusive: true }, () => {
        socket.off('error', refuse);
        // an ICMP error of one datagram says nothing about the next
        socket.on('error', () => undefined);
        socket.on('message', (datagram, from) => this.#handle(datagram, from.address));
        try {
          socket.setRecvBufferSize(receiveBufferBytes);
        } catch {
          // the kernel grants what it grants
        }
        this.#socket = socket;
        resolve();
      });
    });
  }

  #handle(datagram: Buffer, from: string): void {
    if (!this.hears(from)) {
      this.#strangers += 1;
      return;
    }
    const packet = parseHep(datagram);
    if (!packet) {
      this.#malformed += 1;
      return;
    }
    for (const listener of this.#listeners) listener(packet);
  }
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
