/** Datagrams of strangers: the UDP ports that a process holds, and audio sent to them that nobody asked for. */
import { createSocket } from 'node:dgram';
import { readdir, readFile, readlink } from 'node:fs/promises';
import type { TelephoneCodec as Codec } from './sdp.ts';
import { payloadTypes } from './sdp.ts';
import { toneSource } from './tone.ts';

/** Local UDP ports of a process, from /proc. */
export const udpPortsOf = async (pid: number): Promise<number[]> => {
  const inodes = new Set<string>();
  for (const name of await readdir(`/proc/${pid}/fd`)) {
    const link = await readlink(`/proc/${pid}/fd/${name}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
    if (inode) inodes.add(inode);
  }
  const lines = (await readFile(`/proc/${pid}/net/udp`, 'utf8')).split('\n').slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => inodes.has(fields[9] ?? ''))
    .map((fields) => Number.parseInt((fields[1] ?? '').split(':')[1] ?? '0', 16));
};

/** Sends a tone to each port, as bare frames and as RTP, at the pace of a phone. */
export const shoutAtUdpPorts = async (
  ports: readonly number[],
  options: { hz: number; codec: Codec; frames: number },
): Promise<void> => {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  const source = toneSource(options.hz, options.codec, 20_000);
  for (let sent = 0; sent < options.frames; sent++) {
    const frame = source.next() ?? new Uint8Array(160);
    const packet = Buffer.alloc(172);
    packet[0] = 0x80;
    packet[1] = payloadTypes[options.codec];
    packet.writeUInt16BE(sent, 2);
    packet.writeUInt32BE(sent * 160, 4);
    packet.writeUInt32BE(0xbad, 8);
    packet.set(frame, 12);
    for (const port of ports) {
      socket.send(frame, port, '127.0.0.1');
      socket.send(packet, port, '127.0.0.1');
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  await new Promise<void>((resolve) => {
    socket.close(resolve);
  });
};
