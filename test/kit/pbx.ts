/**
 * A real PBX for tests, demo and benches: Asterisk from Debian's packages in a folder of its own, on free ports. It
 * stands for the customer's PBX and knows nothing of Offhook.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  architectureOf,
  asteriskProgram,
  type DebianTree,
  ensureDebianTree,
} from '../../tools/debian-packages.mjs';
import { spawnChild } from './child.ts';
import {
  type PbxExtension,
  type PbxSettings,
  type PbxTlsPort,
  pbxFiles,
  usualExtensions,
} from './pbx-config.ts';
import { freePort, freePorts } from './ports.ts';
import { until } from './until.ts';

export type PbxOptions = {
  extensions?: readonly PbxExtension[];
  /** who rings when 600 is dialled */
  ringGroup?: readonly string[];
  /** UDP ports for audio; two a channel */
  rtpPorts?: number;
  /** a TLS port for each, with the certificate (and its chain) that the PBX shows there */
  tls?: Readonly<Record<string, { certificatePem: string; keyPem: string }>>;
  log?: (line: string) => void;
};

/** One leg at the PBX. */
export type PbxChannel = {
  name: string;
  /** the extension whose phone it is, from the channel's name */
  ext: string;
  state: string;
  application: string;
  callerNumber: string;
  bridgeId: string;
};

/** A phone's registration as the PBX keeps it. */
export type PbxContact = { ext: string; uri: string; callId: string; expiresAt: number };

export class Pbx {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly folder: string;
  readonly #tree: DebianTree;
  readonly #tlsPorts: ReadonlyMap<string, number>;
  #child: ChildProcess | null = null;

  constructor(options: { tree: DebianTree; settings: PbxSettings }) {
    this.#tree = options.tree;
    this.port = options.settings.sipPort;
    this.#tlsPorts = new Map(options.settings.tlsPorts.map(({ name, port }) => [name, port]));
    this.folder = options.settings.folder;
  }

  /** Where it shows the certificate of that name. */
  tlsAt(name: string): { host: string; port: number } {
    const port = this.#tlsPorts.get(name);
    if (port === undefined) throw new Error(`the PBX has no TLS port named ${name}`);
    return { host: this.host, port };
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Starts the program and waits until it is fully up; throws what its log says is wrong. */
  async start(): Promise<void> {
    const { command, args } = this.#tree.loader(asteriskProgram(this.#tree.root), [
      '-C',
      `${this.folder}/etc/asterisk.conf`,
      '-f',
      '-n',
    ]);
    const child = spawnChild(command, args, { stdio: 'ignore', cwd: this.folder });
    this.#child = child;
    await until(
      async () => {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`Asterisk ended while starting:\n${await this.#logTail()}`);
        }
        return (await this.cli('core waitfullybooted').catch(() => '')).includes('fully booted');
      },
      { what: 'the PBX to start', timeoutMs: 30_000, everyMs: 50 },
    );
    const errors = (await this.log()).split('\n').filter((line) => line.includes('ERROR['));
    if (errors.length > 0) throw new Error(`the PBX's configuration is wrong:\n${errors.join('\n')}`);
  }

  /** Ends it as its administrator would. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await this.cli('core stop now').catch(() => '');
    await until(() => child.exitCode !== null || child.signalCode !== null, {
      what: 'the PBX to stop',
      timeoutMs: 5000,
    }).catch(() => child.kill('SIGKILL'));
    await this.#gone(child);
  }

  /** kill -9: phones and switches are told nothing. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.kill('SIGKILL');
    await this.#gone(child);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Stops it and removes its folder. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What the PBX's console answers to a command, such as `pjsip show contacts`. */
  cli(command: string): Promise<string> {
    const run = this.#tree.loader(asteriskProgram(this.#tree.root), [
      '-C',
      `${this.folder}/etc/asterisk.conf`,
      '-rx',
      command,
    ]);
    return new Promise((resolve, reject) => {
      execFile(run.command, run.args, { timeout: 10_000 }, (error, stdout) => {
        if (error) reject(error);
        else resolve(stdout);
      });
    });
  }

  async log(): Promise<string> {
    return readFile(join(this.folder, 'log/full'), 'utf8').catch(() => '');
  }

  /** Writes every SIP message into the log from now on. */
  async traceSip(): Promise<void> {
    await this.cli('pjsip set logger on');
  }

  /** Was the audio of the newest answered call to `ext` encrypted? For a PBX with TLS ports, which notes it. */
  async wasEncrypted(ext: string): Promise<boolean> {
    const globals = await this.cli('dialplan show globals');
    const noted = new RegExp(`^\\s*SECURE_${ext}=([01])\\s*$`, 'm').exec(globals)?.[1];
    if (noted === undefined) throw new Error(`the PBX noted no answered call to ${ext}`);
    return noted === '1';
  }

  /** So that what `wasEncrypted` says is of a call that comes after this. */
  async forgetEncryption(ext: string): Promise<void> {
    await this.cli(`dialplan set global SECURE_${ext} forgotten`);
  }

  async channels(): Promise<PbxChannel[]> {
    const text = await this.cli('core show channels concise');
    return text
      .split('\n')
      .filter((line) => line.includes('!'))
      .map((line) => {
        // Channel!Context!Exten!Priority!State!App!Data!CallerID!Account!PeerAccount!AMAflags!Seconds!Bridge!Unique
        const fields = line.split('!');
        const name = fields[0] ?? '';
        return {
          name,
          ext: /^PJSIP\/(.+)-[0-9a-f]{8}$/.exec(name)?.[1] ?? '',
          state: fields[4] ?? '',
          application: fields[5] ?? '',
          callerNumber: fields[7] ?? '',
          bridgeId: fields[12] ?? '',
        };
      });
  }

  /** Who talks to whom: for each bridge the extensions in it, sorted. */
  async bridges(): Promise<string[][]> {
    const members = new Map<string, string[]>();
    for (const channel of await this.channels()) {
      if (channel.bridgeId)
        members.set(channel.bridgeId, [...(members.get(channel.bridgeId) ?? []), channel.ext]);
    }
    return [...members.values()].map((extensions) => extensions.sort());
  }

  /** Waits until exactly these extensions talk to each other. */
  async talking(extensions: readonly string[], timeoutMs = 8000): Promise<void> {
    const wanted = [...extensions].sort().join(' ');
    await until(async () => (await this.bridges()).some((bridge) => bridge.join(' ') === wanted), {
      what: `a bridge of ${wanted}`,
      timeoutMs,
      everyMs: 50,
    });
  }

  async contacts(): Promise<PbxContact[]> {
    const text = await this.cli('database show registrar/contact');
    return [...text.matchAll(/^\/registrar\/contact\/(\S+?)(?:;@\w+)?\s*: (\{.*\})\s*$/gm)].map((found) => {
      const fields = JSON.parse(found[2] ?? '{}') as Record<string, string>;
      return {
        ext: found[1] ?? '',
        uri: fields['uri'] ?? '',
        callId: fields['call_id'] ?? '',
        expiresAt: Number(fields['expiration_time'] ?? 0) * 1000,
      };
    });
  }

  async contactOf(ext: string): Promise<PbxContact | null> {
    return (await this.contacts()).find((contact) => contact.ext === ext) ?? null;
  }

  /** Waits until a phone is registered as `ext`. */
  async registered(ext: string, timeoutMs = 15_000): Promise<PbxContact> {
    return until(() => this.contactOf(ext), { what: `${ext} to be registered`, timeoutMs, everyMs: 50 });
  }

  async unregistered(ext: string, timeoutMs = 15_000): Promise<void> {
    await until(async () => (await this.contactOf(ext)) === null, {
      what: `${ext} to be unregistered`,
      timeoutMs,
      everyMs: 50,
    });
  }

  async #gone(child: ChildProcess): Promise<void> {
    await until(() => child.exitCode !== null || child.signalCode !== null, { what: 'the PBX to be gone' });
  }

  async #logTail(): Promise<string> {
    return (await this.log()).split('\n').slice(-20).join('\n');
  }
}

/** Makes the folder and its configuration, starts the PBX, and waits until it is up. */
export const startPbx = async (options: PbxOptions = {}): Promise<Pbx> => {
  const log = options.log ?? (() => undefined);
  const tree = await ensureDebianTree({ log });
  const folder = await mkdtemp(join(tmpdir(), 'pbx-'));
  for (const part of ['etc', 'run', 'log', 'lib/moh', 'lib/keys', 'cache', 'spool/voicemail', 'spool/tmp']) {
    await mkdir(join(folder, part), { recursive: true });
  }
  const rtpPorts = options.rtpPorts ?? 400;
  const firstRtpPort = await freePorts(10);
  const tlsPorts: PbxTlsPort[] = [];
  for (const [name, { certificatePem, keyPem }] of Object.entries(options.tls ?? {})) {
    const certificateFile = join(folder, `etc/${name}.crt`);
    const keyFile = join(folder, `etc/${name}.key`);
    await writeFile(certificateFile, certificatePem);
    await writeFile(keyFile, keyPem);
    tlsPorts.push({ name, port: await freePort(), certificateFile, keyFile });
  }
  const settings: PbxSettings = {
    folder,
    tlsPorts,
    treeRoot: tree.root,
    triplet: architectureOf(process.arch)?.triplet ?? 'x86_64-linux-gnu',
    host: '127.0.0.1',
    sipPort: await freePort(),
    firstRtpPort,
    lastRtpPort: firstRtpPort + rtpPorts - 1,
    extensions: options.extensions ?? usualExtensions,
    ringGroup: options.ringGroup ?? ['100', '101', '215'],
  };
  for (const [name, text] of Object.entries(pbxFiles(settings)))
    await writeFile(join(folder, 'etc', name), text);
  await symlink(
    join(tree.root, 'usr/share/asterisk/sounds/en_US_f_Allison/demo-congrats.gsm'),
    join(folder, 'lib/moh/hold.gsm'),
  );
  const pbx = new Pbx({ tree, settings });
  try {
    await pbx.start();
  } catch (error) {
    await pbx.kill();
    throw error;
  }
  log(`PBX up on ${pbx.host}:${pbx.port}`);
  return pbx;
};
