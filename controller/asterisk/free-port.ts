/** Ports that nothing on this machine listens on at the moment. Another program may still be faster. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const isFreeTcp = (port: number, address: string): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => done(true)));
  });

const isFreeUdp = (port: number, address: string): Promise<boolean> =>
  new Promise((done) => {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reuseAddr: false });
    socket.once('error', () => {
      socket.close();
      done(false);
    });
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => done(true)));
  });

/** Whether both a TCP and a UDP socket can be bound there. */
export const isFreePort = async (port: number, address: string): Promise<boolean> =>
  (await isFreeTcp(port, address)) && (await isFreeUdp(port, address));

/**
 * A port free for TCP and UDP. Below 32768, where Linux begins to hand out ports by itself (ip_local_port_range), so that
 * it is still free when a switch binds it a moment later, and away from the blocks of FreeSWITCH (freeswitch/instance.ts).
 */
export const freePort = async (address: string, taken: ReadonlySet<number>): Promise<number> => {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!taken.has(port) && (await isFreePort(port, address))) return port;
  }
  throw new Error(`no free port at ${address}`);
};
