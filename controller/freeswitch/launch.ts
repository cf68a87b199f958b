/**
 * A FreeSWITCH of our own in a private folder: started once, detached, found again by the next controller and reused
 * with its calls and registrations. It knows files, a process and whether the event socket answers; nothing of calls.
 */
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { messageOf } from '../errors.ts';
import { type Logger, silentLog } from '../log.ts';
import { findDetached, startDetached, stopDetached } from '../process/detached.ts';
import { type EslAddress, EslConnection } from './connection.ts';
import { findFreeswitch, type InstalledFreeswitch } from './find.ts';
import {
  chooseInstance,
  chooseTlsPorts,
  copyConfiguration,
  directoryPortOf,
  type Instance,
  newPassword,
  ownFolders,
  readInstance,
  trunkPortOf,
  trunkTlsPortOf,
  writeInstance,
} from './instance.ts';
import type { FreeswitchOptions } from './options.ts';

/** All that `FreeswitchSwitch` needs but a log, and where it hears SIP. */
export type LaunchedFreeswitch = Omit<FreeswitchOptions, 'log'> & {
  sip: { address: string; port: number };
  /** where PBXes register on it */
  registrar: { address: string; port: number; tlsPort: number };
  /** a UDP port of ours that gets every SIP message as HEP3 */
  hepPort: number;
  logFile: string;
  /** it ran already */
  reused: boolean;
};

export type LaunchOptions = {
  dir: string;
  /** where SIP and RTP are bound; loopback unless given */
  bindAddress?: string;
  /** what a PBX is told when it sees us at another address */
  externalAddress?: string;
  /** how many calls at once its ports are for */
  calls?: number;
  /** where PBXes register; left out: a free port, kept over restarts */
  trunkPort?: number;
  /** and where they do over TLS */
  trunkTlsPort?: number;
  installed?: InstalledFreeswitch | null;
  log?: Logger;
};

const startTimeoutMs = 30_000;

/** One question to an event socket; null when nobody answers or the password is another. */
export const askOnce = async (address: EslAddress, command: string): Promise<string | null> => {
  let settle: (text: string | null) => void = () => undefined;
  const answer = new Promise<string | null>((done) => {
    settle = done;
  });
  const connection = new EslConnection({
    address,
    events: ['HEARTBEAT'],
    log: silentLog(),
    commandTimeoutMs: 5000,
    onUp: () => void connection.api(command).then(settle, () => settle(null)),
    onDown: () => settle(null),
    onEvent: () => undefined,
  });
  connection.start();
  try {
    return await answer;
  } finally {
    connection.stop();
  }
};

const addressOf = (instance: Instance, password: string): EslAddress => ({
  host: '127.0.0.1',
  port: instance.eslPort,
  password,
});

const launched = (
  dir: string,
  instance: Instance,
  password: string,
  reused: boolean,
): LaunchedFreeswitch => ({
  esl: addressOf(instance, password),
  gatewayDir: join(dir, 'gateways'),
  profile: 'offhook',
  trunkProfile: 'offhook-trunks',
  oldPasswords: { address: '127.0.0.1', port: directoryPortOf(instance) },
  mediaAddress: '127.0.0.1',
  mediaPort: instance.mediaPort,
  switchMediaPorts: instance.switchMediaPorts,
  ...(instance.tlsPorts === undefined ? {} : { tlsPorts: instance.tlsPorts }),
  sip: { address: instance.bindAddress, port: instance.sipPort },
  registrar: {
    address: instance.externalAddress,
    port: trunkPortOf(instance),
    tlsPort: trunkTlsPortOf(instance),
  },
  hepPort: instance.hepPort,
  logFile: join(dir, 'log', 'freeswitch.log'),
  reused,
});

/** Starts FreeSWITCH in `dir`, or takes up the one that runs there. Rejects with the reason in words. */
export const startFreeswitch = async (options: LaunchOptions): Promise<LaunchedFreeswitch> => {
  const dir = resolve(options.dir);
  const bindAddress = options.bindAddress ?? '127.0.0.1';
  const externalAddress = options.externalAddress ?? bindAddress;
  for (const address of [bindAddress, externalAddress])
    if (isIP(address) === 0) throw new Error(`${address} is no IP address`);
  const running = await takeUp(dir, options.log);
  if (running) return running;
  const installed = options.installed === undefined ? findFreeswitch() : options.installed;
  if (!installed) throw new Error('FreeSWITCH is not installed: neither on PATH nor in $FREESWITCH_HOME');
  const kept = await readInstance(dir);
  const { calls = 300, trunkPort, trunkTlsPort } = options;
  const trunkPorts = {
    ...(trunkPort === undefined ? {} : { trunkPort }),
    ...(trunkTlsPort === undefined ? {} : { trunkTlsPort }),
  };
  const wanted = { bindAddress, externalAddress, calls, ...trunkPorts };
  // The PBX knows our port from the registration: kept over restarts as long as it is free.
  const instance =
    kept && kept.instance.bindAddress === bindAddress && kept.instance.externalAddress === externalAddress
      ? {
          ...kept.instance,
          ...trunkPorts,
          tlsPorts: kept.instance.tlsPorts ?? (await chooseTlsPorts(bindAddress)),
        }
      : await chooseInstance(wanted);
  // a controller that runs knows the password: it finds the new one by itself when the old one died
  const password = kept?.password ?? newPassword();
  try {
    return await launch(dir, installed, instance, password);
  } catch (error) {
    // its old ports, or one of the new ones, may be somebody else's since we looked
    options.log?.warn({ reason: messageOf(error) }, 'FreeSWITCH did not start: once more, on other ports');
    return launch(dir, installed, await chooseInstance(wanted), password);
  }
};

const launch = async (
  dir: string,
  installed: InstalledFreeswitch,
  instance: Instance,
  password: string,
): Promise<LaunchedFreeswitch> => {
  await writeInstance(dir, instance, password);
  const address = addressOf(instance, password);
  await startDetached({
    command: installed.program,
    args: [
      // in the foreground, so that its process id is the one we know; no console; no NAT-PMP or UPnP; no real-time priority
      '-nf',
      '-nc',
      '-nonat',
      '-np',
      '-conf',
      join(dir, 'conf'),
      ...ownFolders.flatMap((folder) => [`-${folder}`, join(dir, folder)]),
      ...(installed.modules === null ? [] : ['-mod', installed.modules]),
    ],
    cwd: dir,
    // A call is a thread, and glibc gives threads up to eight heaps a core, of which none shrinks: two are enough, since
    // what is small comes from the thread's own cache.
    env: { MALLOC_ARENA_MAX: '2' },
    logFile: join(dir, 'log', 'stdout.log'),
    pidFile: join(dir, 'freeswitch.pid'),
    isReady: async () =>
      (await askOnce(address, 'sofia xmlstatus profile offhook'))?.includes('<profile-info>') === true,
    timeoutMs: startTimeoutMs,
  });
  return launched(dir, instance, password, false);
};

/** The FreeSWITCH that runs in `dir`, when it is ours and answers. */
const takeUp = async (dir: string, log: Logger | undefined): Promise<LaunchedFreeswitch | null> => {
  const kept = await readInstance(dir);
  if (!(await findDetached(join(dir, 'freeswitch.pid')))) return null;
  if (!kept) {
    log?.warn('a FreeSWITCH runs in our folder and nothing says how to reach it: it is started anew');
    await stopFreeswitch(dir);
    return null;
  }
  const address = addressOf(kept.instance, kept.password);
  const id = await askOnce(address, 'global_getvar offhook_instance');
  if (id?.trim() !== kept.instance.id) {
    log?.warn('the FreeSWITCH in our folder does not answer: it is started anew');
    await stopFreeswitch(dir);
    return null;
  }
  await copyConfiguration(dir, kept.instance, kept.password);
  await askOnce(address, 'reloadxml');
  // an older version of ours has started it without SIP trunks; all three do nothing where they are there
  await askOnce(address, 'load mod_xml_curl');
  await askOnce(address, 'reloadacl');
  await askOnce(address, 'sofia profile offhook-trunks start');
  // an older version of ours has started it without; what is on stays on (tport_logging.c, tport_open_log)
  await askOnce(address, 'sofia profile offhook capture on');
  return launched(dir, kept.instance, kept.password, true);
};

/** Ends the FreeSWITCH of `dir`: its calls end and its registrations are taken back. */
export const stopFreeswitch = (dir: string): Promise<void> =>
  stopDetached(join(resolve(dir), 'freeswitch.pid'), 10_000);
