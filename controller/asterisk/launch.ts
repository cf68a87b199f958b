/**
 * Starts our own Asterisk from a folder of Debian's packages, or finds it still running from the last time: it outlives
 * the controller, and its calls and registrations with it. It does not talk SIP and knows no account.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { delay, findDetached, startDetached, stopDetached } from '../process/detached.ts';
import { AmiConnection } from './ami.ts';
import { type AsteriskConfiguration, renderConfiguration } from './configuration.ts';
import { freePort, isFreePort } from './free-port.ts';

/** How to run the packages' programs; `ensureDebianTree` of `tools/debian-packages.mjs` gives it. */
export type ProgramTree = {
  root: string;
  loader: (program: string, args?: readonly string[]) => { command: string; args: string[] };
};

/** What `AsteriskSwitch` needs to reach an instance. */
export type AsteriskConnection = {
  ari: { url: string; user: string; password: string };
  ami: { host: string; port: number; user: string; password: string };
  mediaAddress: string;
  mediaPort: number;
  hepPort: number;
  appName: string;
  /** for the transports over TLS that are pushed into it */
  tls: {
    dir: string;
    bindAddress: string;
    /** where PBXes register over TLS */
    trunkPort: number;
    externalAddress: string | null;
    localNetworks: readonly string[];
  };
};

export type AsteriskLaunch = {
  /** this instance's own folder, made when it is missing; holds its secrets */
  dir: string;
  tree: ProgramTree;
  /** where SIP and RTP listen; ARI, AMI and the audio to us stay on loopback */
  bindAddress?: string;
  /** the address that a PBX reaches us at, when that is not `bindAddress` */
  externalAddress?: string;
  /** networks from which `bindAddress` is reached directly, such as 192.168.0.0/16 */
  localNetworks?: readonly string[];
  sipPort?: number;
  /** where PBXes register over TLS; left out: a free port, kept over restarts */
  trunkTlsPort?: number;
  log: Logger;
};

export type AsteriskInstance = AsteriskConnection & {
  sip: { address: string; port: number };
  /** it was running already */
  found: boolean;
  pid: number;
};

const Port = z.int().min(1).max(65_535);
const Ports = z.strictObject({
  sip: Port,
  /** left out by versions before TLS for SIP trunks */
  trunkTls: Port.optional(),
  ari: Port,
  ami: Port,
  media: Port,
  hep: Port,
  rtpFirst: Port,
  rtpLast: Port,
});
type Ports = z.infer<typeof Ports>;
type AllPorts = Ports & { trunkTls: number };
const Secrets = z.strictObject({ ari: z.string().min(20), ami: z.string().min(20) });
type Secrets = z.infer<typeof Secrets>;
/** What an instance was started with; `configuration` is a hash of its files. */
const InstanceFile = z.strictObject({ ports: Ports, configuration: z.string() });

const loopback = '127.0.0.1';
const user = 'offhook';
const appName = 'offhook';
/** one call takes four: RTP and RTCP to the PBX, and the same to us */
const rtpPortCount = 4000;

const readJson = async <Value>(path: string, schema: z.ZodType<Value>): Promise<Value | null> => {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
};

const writePrivate = async (path: string, text: string): Promise<void> => {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
};

const paths = (dir: string) => ({
  instance: join(dir, 'instance.json'),
  secrets: join(dir, 'secrets.json'),
  pid: join(dir, 'pid'),
  etc: join(dir, 'etc'),
  output: join(dir, 'log', 'output'),
});

const secretsOf = async (dir: string): Promise<Secrets> => {
  const { secrets: path } = paths(dir);
  const known = await readJson(path, Secrets);
  if (known) return known;
  const secrets = { ari: randomBytes(24).toString('base64url'), ami: randomBytes(24).toString('base64url') };
  await writePrivate(path, `${JSON.stringify(secrets)}\n`);
  return secrets;
};

/**
 * An Asterisk that has just ended may hold its sockets a moment longer than its process seems to live: its main thread
 * is gone first. Moving to other ports would lose a controller that waits for the old ones.
 */
const portsFreeWithinMs = 3000;
const comesFree = async (port: number, address: string, deadlineMs: number): Promise<boolean> => {
  for (;;) {
    if (await isFreePort(port, address)) return true;
    if (Date.now() >= deadlineMs) return false;
    await delay(50);
  }
};

/** The ports of the last time when they are free, so that PBXes find us where they knew us. */
const choosePorts = async (options: AsteriskLaunch, last: Ports | null): Promise<AllPorts> => {
  const bind = options.bindAddress ?? loopback;
  const taken = new Set<number>();
  const deadlineMs = Date.now() + portsFreeWithinMs;
  const choose = async (wanted: number | undefined, address: string): Promise<number> => {
    const keep = wanted !== undefined && !taken.has(wanted) && (await comesFree(wanted, address, deadlineMs));
    const port = keep ? wanted : await freePort(address, taken);
    taken.add(port);
    return port;
  };
  if (options.sipPort !== undefined && !(await isFreePort(options.sipPort, bind)))
    throw new Error(`port ${options.sipPort} at ${bind} is taken: set another SIP port`);
  const sip = options.sipPort ?? (await choose(last?.sip, bind));
  // 20000 to 32000, in a block that no instance started beside this one is likely to have; Asterisk skips a taken port
  const rtpFirst = last?.rtpFirst ?? 20_000 + 4 * Math.floor(Math.random() * 2000);
  return {
    sip,
    // not looked at when it was asked for: a taken one is said with the first trunk that needs it
    trunkTls: options.trunkTlsPort ?? (await choose(last?.trunkTls, bind)),
    ari: await choose(last?.ari, loopback),
    ami: await choose(last?.ami, loopback),
    media: await choose(last?.media, loopback),
    hep: await choose(last?.hep, loopback),
    rtpFirst,
    rtpLast: rtpFirst + rtpPortCount - 1,
  };
};

const configurationOf = (options: AsteriskLaunch, ports: Ports, secrets: Secrets): AsteriskConfiguration => {
  const { root, loader } = options.tree;
  const libraries = dirname(loader('').command);
  const socket = join(options.dir, 'run', 'asterisk.ctl');
  return {
    folder: options.dir,
    runFolder:
      Buffer.byteLength(socket) < 100
        ? join(options.dir, 'run')
        : join(tmpdir(), `offhook-${createHash('sha256').update(options.dir).digest('hex').slice(0, 12)}`),
    moduleFolder: join(libraries, 'asterisk', 'modules'),
    dataFolder: join(root, 'usr/share/asterisk'),
    programFolder: join(root, 'usr/sbin'),
    appName,
    ari: { address: loopback, port: ports.ari, user, password: secrets.ari },
    ami: { address: loopback, port: ports.ami, user, password: secrets.ami },
    sip: {
      address: options.bindAddress ?? loopback,
      port: ports.sip,
      externalAddress: options.externalAddress ?? '',
      localNetworks: options.localNetworks ?? [],
    },
    rtp: { first: ports.rtpFirst, last: ports.rtpLast },
    hep: { address: loopback, port: ports.hep },
  };
};

const connectionOf = (options: AsteriskLaunch, ports: AllPorts, secrets: Secrets): AsteriskConnection => ({
  ari: { url: `http://${loopback}:${ports.ari}`, user, password: secrets.ari },
  ami: { host: loopback, port: ports.ami, user, password: secrets.ami },
  mediaAddress: loopback,
  mediaPort: ports.media,
  hepPort: ports.hep,
  appName,
  tls: {
    dir: join(options.dir, 'tls'),
    bindAddress: options.bindAddress ?? loopback,
    trunkPort: ports.trunkTls,
    externalAddress: options.externalAddress ?? null,
    localNetworks: options.localNetworks ?? [],
  },
});

const hashOf = (files: ReadonlyMap<string, string>): string =>
  createHash('sha256')
    .update(JSON.stringify([...files]))
    .digest('hex')
    .slice(0, 16);

/** The calls of an instance that takes our password and so is ours; null when there is none there. */
const countChannels = async ({ url, user, password }: AsteriskConnection['ari']): Promise<number | null> => {
  try {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const answer = await fetch(`${url}/ari/channels`, {
      headers: { authorization },
      signal: AbortSignal.timeout(5000),
    });
    return answer.ok ? z.array(z.unknown()).parse(await answer.json()).length : null;
  } catch {
    return null;
  }
};

/** ARI answers before all modules are there; AMI's FullyBooted event is the word for it. */
const isReady = async (connection: AsteriskConnection, log: Logger): Promise<boolean> =>
  (await AmiConnection.isFullyBooted({ ...connection.ami, timeoutMs: 1000, log })) &&
  (await countChannels(connection.ari)) !== null;

/** Resolves when the instance of `dir` runs and takes calls. One that runs already is used as it is. */
export const startAsterisk = async (options: AsteriskLaunch): Promise<AsteriskInstance> => {
  const { dir, log } = options;
  const at = paths(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const secrets = await secretsOf(dir);
  const last = await readJson(at.instance, InstanceFile);
  const running = await findDetached(at.pid);
  if (running && last) {
    const ports = await withTrunkTls(options, last.ports);
    const connection = connectionOf(options, ports, secrets);
    const wanted = hashOf(renderConfiguration(configurationOf(options, last.ports, secrets)));
    const samePort = options.sipPort === undefined || options.sipPort === last.ports.sip;
    const calls = await countChannels(connection.ari);
    const current = wanted === last.configuration && samePort;
    if (calls !== null && !current && calls > 0)
      log.warn({ calls }, 'our asterisk runs with an old configuration and keeps it because of its calls');
    if (calls !== null && (current || calls > 0)) {
      if (ports.trunkTls !== last.ports.trunkTls)
        await writePrivate(at.instance, `${JSON.stringify({ ...last, ports })}\n`);
      return { ...connection, sip: sipOf(options, last.ports), found: true, pid: running.pid };
    }
    log.warn({ answers: calls !== null, current }, 'restarting our asterisk');
  }
  if (running) await stopDetached(at.pid, 5000);

  const ports = await choosePorts(options, last?.ports ?? null);
  const configuration = configurationOf(options, ports, secrets);
  const files = renderConfiguration(configuration);
  for (const folder of ['etc', 'log', 'lib', 'lib/keys', 'cache', 'spool'])
    await mkdir(join(dir, folder), { recursive: true, mode: 0o700 });
  await mkdir(configuration.runFolder, { recursive: true, mode: 0o700 });
  for (const [name, text] of files) await writePrivate(join(at.etc, name), text);
  // Asterisk looks for its own documentation only when it is asked for help; without it, it complains at every start.
  await symlink(join(configuration.dataFolder, 'documentation'), join(dir, 'lib', 'documentation')).catch(
    () => undefined,
  );
  await rm(at.output, { force: true });
  await writePrivate(at.instance, `${JSON.stringify({ ports, configuration: hashOf(files) })}\n`);

  const connection = connectionOf(options, ports, secrets);
  const { command, args } = options.tree.loader(join(configuration.programFolder, 'asterisk'), [
    '-C',
    join(at.etc, 'asterisk.conf'),
    '-f',
    '-n',
  ]);
  const mark = await startDetached({
    command,
    args,
    cwd: dir,
    logFile: at.output,
    pidFile: at.pid,
    isReady: () => isReady(connection, log),
    timeoutMs: 30_000,
  });
  log.info({ pid: mark.pid, sipPort: ports.sip }, 'asterisk started');
  return { ...connection, sip: sipOf(options, ports), found: false, pid: mark.pid };
};

const sipOf = (options: AsteriskLaunch, ports: Ports) => ({
  address: options.bindAddress ?? loopback,
  port: ports.sip,
});

/** Asterisk learns this one while it runs, so an instance of an older version gets it too. */
const withTrunkTls = async (options: AsteriskLaunch, ports: Ports): Promise<AllPorts> => ({
  ...ports,
  trunkTls:
    options.trunkTlsPort ?? ports.trunkTls ?? (await freePort(options.bindAddress ?? loopback, new Set())),
});

/** Ends the instance of `dir`, with its calls. Its secrets and ports stay for the next start. */
export const stopAsterisk = async (dir: string): Promise<void> => {
  try {
    await stopDetached(paths(dir).pid, 5000);
  } catch (thrown) {
    throw new Error(`the asterisk of ${dir} could not be ended: ${messageOf(thrown)}`, { cause: thrown });
  }
};
