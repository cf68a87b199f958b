/** Free ports on loopback, below the range that the kernel hands out by itself. Knows nothing of who uses them. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** above the blocks of FreeSWITCH, whose RTP ports look free while no call has them (controller/freeswitch/instance.ts) */
const lowest = 20_000;
const highest = 32_000;
/** ports this process has handed out: the programs that get them bind them later */
const handedOut = new Set<number>();

const udpIsFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.close(() => resolve(true));
    });
  });

const tcpIsFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });

const isFree = async (port: number): Promise<boolean> => (await udpIsFree(port)) && (await tcpIsFree(port));

/** The first of `count` neighbouring ports, all free for UDP and TCP, starting at an even one. */
export const freePorts = async (count: number): Promise<number> => {
  for (let attempt = 0; attempt < 200; attempt++) {
    const first = (lowest + Math.floor(Math.random() * (highest - lowest - count))) & ~1;
    const range = Array.from({ length: count }, (_, index) => first + index);
    if (range.some((port) => handedOut.has(port))) continue;
    let allFree = true;
    for (const port of range) {
      allFree = await isFree(port);
      if (!allFree) break;
    }
    if (!allFree) continue;
    for (const port of range) handedOut.add(port);
    return first;
  }
  throw new Error(`no ${count} neighbouring free ports found`);
};

/** One port that is free for UDP and TCP. */
export const freePort = (): Promise<number> => freePorts(1);
