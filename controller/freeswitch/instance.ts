/**
 * The folder of a FreeSWITCH of our own: its ports, its configuration, what it must remember. Pure files and free
 * ports; it starts nothing.
 *
 *   instance.json    ports and addresses       esl-password   0600
 *   conf/            freeswitch-conf/ of the repository, with a vars.xml of its own
 *   gateways/        one file a trunk          log/ db/ run/ …   FreeSWITCH's own
 */
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { repositoryPath } from '../paths.ts';

const Port = z.int().min(1).max(65_535);
const PortRange = z.object({ from: Port, to: Port });
export const Instance = z.object({
  /** FreeSWITCH carries it as a global variable: proof that what answers is ours */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  bindAddress: z.string(),
  externalAddress: z.string(),
  sipPort: Port,
  eslPort: Port,
  mediaPort: Port,
  /** where SIP messages go as HEP */
  hepPort: Port,
  /** where PBXes register on us; an instance of an older version has its place kept, see `trunkPortOf` */
  trunkPort: Port.optional(),
  /** and where they do over TLS; likewise, `trunkTlsPortOf` */
  trunkTlsPort: Port.optional(),
  switchMediaPorts: PortRange,
  rtpPorts: PortRange,
  /** one for each PBX that we register on over TLS; left out by versions before TLS */
  tlsPorts: PortRange.optional(),
});
export type Instance = z.infer<typeof Instance>;

/** The first ten ports of an instance's block are its own, also where nothing was made of them yet. */
export const trunkPortOf = (instance: Instance): number => instance.trunkPort ?? instance.sipPort + 4;
export const trunkTlsPortOf = (instance: Instance): number => instance.trunkTlsPort ?? instance.sipPort + 6;
/** where it asks about old passwords */
export const directoryPortOf = (instance: Instance): number => instance.sipPort + 5;

/** What is written into vars.xml is read by FreeSWITCH's preprocessor, which knows no escapes. */
const plainValue = (name: string, value: string): string => {
  // oxlint-disable-next-line no-control-regex
  if (/["'$<>&\u0000-\u001f\u007f]/.test(value))
    throw new Error(
      `${name} ${JSON.stringify(value)} holds signs that FreeSWITCH's configuration cannot carry`,
    );
  return value;
};

export const renderVars = (instance: Instance, password: string, gatewayDir: string): string => {
  const vars: Record<string, string | number> = {
    offhook_instance: instance.id,
    offhook_esl_ip: '127.0.0.1',
    offhook_esl_port: instance.eslPort,
    offhook_esl_acl: 'loopback.auto',
    offhook_esl_password: password,
    offhook_sip_ip: instance.bindAddress,
    offhook_external_ip: instance.externalAddress,
    offhook_sip_port: instance.sipPort,
    offhook_trunk_port: trunkPortOf(instance),
    offhook_trunk_tls_port: trunkTlsPortOf(instance),
    offhook_directory_address: `127.0.0.1:${directoryPortOf(instance)}`,
    offhook_rtp_start: instance.rtpPorts.from,
    offhook_rtp_end: instance.rtpPorts.to,
    offhook_gateway_dir: gatewayDir,
    offhook_sip_capture: 'yes',
    offhook_capture_server: `udp:127.0.0.1:${instance.hepPort};hep=3;capture_id=100`,
    offhook_loglevel: 'info',
  };
  const lines = Object.entries(vars).map(
    ([name, value]) => `  <X-PRE-PROCESS cmd="set" data="${name}=${plainValue(name, String(value))}"/>`,
  );
  return [
    '<include>',
    '  <!-- Written at every start: change freeswitch-conf/ instead. -->',
    ...lines,
    '</include>',
    '',
  ].join('\n');
};

export const readInstance = async (dir: string): Promise<{ instance: Instance; password: string } | null> => {
  try {
    const instance = Instance.parse(JSON.parse(await readFile(join(dir, 'instance.json'), 'utf8')));
    return { instance, password: (await readFile(join(dir, 'esl-password'), 'utf8')).trim() };
  } catch {
    // none yet, or one that cannot be read: a new one is made
    return null;
  }
};

const writePrivate = async (path: string, text: string): Promise<void> => {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
};

/** Writes everything that FreeSWITCH needs to start in `dir`. */
export const writeInstance = async (dir: string, instance: Instance, password: string): Promise<void> => {
  for (const folder of ['gateways', ...ownFolders])
    await mkdir(join(dir, folder), { recursive: true, mode: 0o700 });
  await copyConfiguration(dir, instance, password);
  await writePrivate(join(dir, 'esl-password'), `${password}\n`);
  await writePrivate(join(dir, 'instance.json'), `${JSON.stringify(instance, null, 2)}\n`);
};

/** Also for a running FreeSWITCH, before a reloadxml: the repository's files may be newer. */
export const copyConfiguration = async (dir: string, instance: Instance, password: string): Promise<void> => {
  await cp(repositoryPath('freeswitch-conf'), join(dir, 'conf'), { recursive: true });
  await writePrivate(join(dir, 'conf', 'vars.xml'), renderVars(instance, password, join(dir, 'gateways')));
};

/** FreeSWITCH's folders by the name of its option. */
export const ownFolders = [
  'log',
  'db',
  'run',
  'temp',
  'cache',
  'storage',
  'recordings',
  'certs',
  'scripts',
  'htdocs',
  'grammar',
  'sounds',
] as const;

/** how many PBXes over TLS with their certificates checked; all others share one */
const tlsPortCount = 32;

export const newPassword = (): string => randomBytes(24).toString('base64url');

const isFreeUdp = (address: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(true)));
  });

const isFreeTcp = (address: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(true)));
  });

/**
 * FreeSWITCH does not look for another RTP port when one is taken by somebody else, and such a call ends with 488
 * (switch_core_media.c, "Bind Error"). Its RTP ports are bound for a call only: seen as free by whoever else chooses ports
 * meanwhile. So the blocks of all instances on a machine lie side by side, begin with ports that are always bound, and
 * nothing else of ours chooses there (asterisk/free-port.ts, launch.ts), nor does the kernel (32768 and up).
 */
const blocks = { from: 10_240, size: 1024, count: 9 } as const;

/** A block whose ports are all free now. Throws when there is none, and for more calls than a block has ports for. */
export const chooseInstance = async (options: {
  bindAddress: string;
  externalAddress: string;
  calls: number;
  /** where PBXes register; left out: any free one */
  trunkPort?: number;
  trunkTlsPort?: number;
}): Promise<Instance> => {
  const { bindAddress, externalAddress, calls, trunkPort, trunkTlsPort } = options;
  const rtpCount = 2 * calls + 80;
  const size = 10 + calls + rtpCount + tlsPortCount;
  if (size > blocks.size)
    throw new Error(`${calls} calls need ${size} ports, and a block has ${blocks.size}`);
  const first = randomInt(blocks.count);
  for (let tries = 0; tries < blocks.count; tries += 1) {
    const base = blocks.from + ((first + tries) % blocks.count) * blocks.size;
    const instance: Instance = {
      id: randomBytes(16).toString('hex'),
      bindAddress,
      externalAddress,
      sipPort: base,
      eslPort: base + 1,
      mediaPort: base + 2,
      hepPort: base + 3,
      trunkPort: trunkPort ?? base + 4,
      trunkTlsPort: trunkTlsPort ?? base + 6,
      switchMediaPorts: { from: base + 10, to: base + 9 + calls },
      // RTP ports are even
      rtpPorts: { from: (base + 11 + calls) & ~1, to: base + size - tlsPortCount - 1 },
      tlsPorts: { from: base + size - tlsPortCount, to: base + size - 1 },
    };
    if (await isFree(instance)) return instance;
  }
  const last = blocks.from + blocks.count * blocks.size - 1;
  throw new Error(`found no ${size} free ports between ${blocks.from} and ${last} on ${bindAddress}`);
};

/** For an instance of an older version: its other ports are known to PBXes and stay. */
export const chooseTlsPorts = async (bindAddress: string): Promise<{ from: number; to: number }> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const from = randomInt(20_000, 32_768 - tlsPortCount);
    const ports = { from, to: from + tlsPortCount - 1 };
    if (await areFreeTcp(bindAddress, ports)) return ports;
  }
  throw new Error(`found no ${tlsPortCount} free TCP ports below 32768 on ${bindAddress}`);
};

const areFreeTcp = async (address: string, { from, to }: { from: number; to: number }): Promise<boolean> => {
  for (let port = from; port <= to; port += 1) if (!(await isFreeTcp(address, port))) return false;
  return true;
};

const isFree = async (instance: Instance): Promise<boolean> => {
  const { bindAddress, sipPort, eslPort, mediaPort, hepPort, switchMediaPorts, rtpPorts } = instance;
  if (!(await isFreeTcp(bindAddress, sipPort)) || !(await isFreeTcp('127.0.0.1', eslPort))) return false;
  if (!(await isFreeUdp(bindAddress, sipPort))) return false;
  const trunkPort = trunkPortOf(instance);
  if (!(await isFreeUdp(bindAddress, trunkPort)) || !(await isFreeTcp(bindAddress, trunkPort))) return false;
  if (!(await isFreeTcp(bindAddress, trunkTlsPortOf(instance)))) return false;
  if (!(await isFreeTcp('127.0.0.1', directoryPortOf(instance)))) return false;
  for (const port of [mediaPort, hepPort]) if (!(await isFreeUdp('127.0.0.1', port))) return false;
  for (let port = switchMediaPorts.from; port <= switchMediaPorts.to; port += 1)
    if (!(await isFreeUdp('127.0.0.1', port))) return false;
  for (let port = rtpPorts.from; port <= rtpPorts.to; port += 1)
    if (!(await isFreeUdp(bindAddress, port))) return false;
  return instance.tlsPorts === undefined || areFreeTcp(bindAddress, instance.tlsPorts);
};
