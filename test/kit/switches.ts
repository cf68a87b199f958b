/**
 * The switches that the contract runs on: an instance of its own each, started by the product's own launch code in a
 * temporary folder, and ways to kill it. FreeSWITCH where it is installed, Asterisk always.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AsteriskSwitch } from '../../controller/asterisk/asterisk-switch.ts';
import { type AsteriskInstance, startAsterisk, stopAsterisk } from '../../controller/asterisk/launch.ts';
import { findFreeswitch } from '../../controller/freeswitch/find.ts';
import { FreeswitchSwitch } from '../../controller/freeswitch/freeswitch-switch.ts';
import {
  type LaunchedFreeswitch,
  startFreeswitch,
  stopFreeswitch,
} from '../../controller/freeswitch/launch.ts';
import { createLog } from '../../controller/log.ts';
import { findDetached, isAlive } from '../../controller/process/detached.ts';
import type { Switch, SwitchKind } from '../../controller/switch/port.ts';
import { ensureDebianTree } from '../../tools/debian-packages.mjs';
import { temporaryCertificate } from './temporary-certificate.ts';
import { until } from './until.ts';

/** What a controller needs to reach an instance; plain data, so that it can be handed to another process. */
export type SwitchSettings =
  | { kind: 'freeswitch'; options: LaunchedFreeswitch }
  | { kind: 'asterisk'; options: AsteriskInstance };

/** What the controller's side complains about is worth reading when a test fails; TEST_LOG=debug says more. */
const log = createLog({ level: process.env['TEST_LOG'] ?? 'error', pretty: false, hidePersonalData: false });

/** what every switch of a test shows */
export const certificate = temporaryCertificate();

/** A controller's view of a switch; not started yet. */
export const connectSwitch = (settings: SwitchSettings): Switch =>
  settings.kind === 'freeswitch'
    ? new FreeswitchSwitch({ ...settings.options, certificate, log })
    : new AsteriskSwitch({ ...settings.options, certificate, log });

export class SwitchInstance {
  readonly kind: SwitchKind;
  readonly folder: string;
  settings: SwitchSettings;
  readonly #start: (folder: string) => Promise<SwitchSettings>;
  readonly #stop: (folder: string) => Promise<void>;
  readonly #pidFile: string;

  private constructor(options: {
    kind: SwitchKind;
    folder: string;
    settings: SwitchSettings;
    start: (folder: string) => Promise<SwitchSettings>;
    stop: (folder: string) => Promise<void>;
    pidFile: string;
  }) {
    this.kind = options.kind;
    this.folder = options.folder;
    this.settings = options.settings;
    this.#start = options.start;
    this.#stop = options.stop;
    this.#pidFile = options.pidFile;
  }

  static async launch(options: {
    kind: SwitchKind;
    start: (folder: string) => Promise<SwitchSettings>;
    stop: (folder: string) => Promise<void>;
    /** in its folder */
    pidFile: string;
  }): Promise<SwitchInstance> {
    const folder = await mkdtemp(join(tmpdir(), `${options.kind.slice(0, 4)}-`));
    const settings = await options.start(folder);
    return new SwitchInstance({ ...options, folder, settings });
  }

  connect(): Switch {
    return connectSwitch(this.settings);
  }

  /** Where PBXes register on it. */
  get registrar(): { host: string; port: number; tlsPort: number } {
    const { kind, options } = this.settings;
    if (kind === 'asterisk')
      return { host: options.sip.address, port: options.sip.port, tlsPort: options.tls.trunkPort };
    const { address: host, port, tlsPort } = options.registrar;
    return { host, port, tlsPort };
  }

  /** The process id of the switch itself. */
  async pid(): Promise<number> {
    const mark = await findDetached(join(this.folder, this.#pidFile));
    if (!mark) throw new Error(`${this.kind} does not run in ${this.folder}`);
    return mark.pid;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const mark = await findDetached(join(this.folder, this.#pidFile));
    if (!mark) return;
    process.kill(mark.pid, 'SIGKILL');
    await until(async () => !(await isAlive(mark)), { what: `${this.kind} to be gone` });
  }

  /** Starts it again in its folder, as the product does. */
  async restart(): Promise<void> {
    this.settings = await this.#start(this.folder);
  }

  /** Ends it and removes its folder. */
  async remove(): Promise<void> {
    await this.#stop(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }
}

export type SwitchUnderTest = {
  kind: SwitchKind;
  /** why it cannot run here; null when it can */
  missing: string | null;
  launch: () => Promise<SwitchInstance>;
};

const freeswitch: SwitchUnderTest = {
  kind: 'freeswitch',
  missing: findFreeswitch() ? null : 'FreeSWITCH is not installed (not on PATH, FREESWITCH_HOME not set)',
  launch: () =>
    SwitchInstance.launch({
      kind: 'freeswitch',
      pidFile: 'freeswitch.pid',
      start: async (folder) => ({ kind: 'freeswitch', options: await startFreeswitch({ dir: folder, log }) }),
      stop: stopFreeswitch,
    }),
};

const asterisk: SwitchUnderTest = {
  kind: 'asterisk',
  missing: null,
  launch: () =>
    SwitchInstance.launch({
      kind: 'asterisk',
      pidFile: 'pid',
      start: async (folder) => {
        const tree = await ensureDebianTree();
        return { kind: 'asterisk', options: await startAsterisk({ dir: folder, tree, log }) };
      },
      stop: stopAsterisk,
    }),
};

/** TEST_SWITCHES=asterisk runs one alone while working on it. */
export const switchesUnderTest = (): SwitchUnderTest[] => {
  const only = process.env['TEST_SWITCHES']?.split(',');
  return [freeswitch, asterisk].filter(({ kind }) => !only || only.includes(kind));
};
