/**
 * baresip, a phone that others wrote: registers at a PBX, answers or dials, plays a sound and records what it hears.
 * Where it agrees with our own phone, the proof does not rest on our own reading of SIP.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Transport } from '../../controller/switch/port.ts';
import { spawnChild } from './child.ts';
import { freePort, freePorts } from './ports.ts';
import { readWav, toneSamples, toneShare, writeWav } from './tone.ts';
import { until } from './until.ts';

export type BaresipOptions = {
  pbx: { host: string; port: number };
  extension: string;
  password?: string;
  transport?: Transport;
  /** a tone that it plays into every call, or a WAV file at 8 kHz */
  plays: { hz: number } | { wav: string };
  answers?: 'auto' | 'manual';
};

/** Where Debian puts the modules: the folder is the same for every architecture. */
const moduleFolder = '/usr/lib/baresip/modules';

const modules = ['account', 'menu', 'g711', 'aufile', 'aubridge', 'sndfile', 'ctrl_tcp', 'stdio'];

export class Baresip {
  readonly extension: string;
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #control: Socket;
  #output = '';

  private constructor(options: { extension: string; folder: string; child: ChildProcess; control: Socket }) {
    this.extension = options.extension;
    this.folder = options.folder;
    this.#child = options.child;
    this.#control = options.control;
  }

  static async start(options: BaresipOptions): Promise<Baresip> {
    const folder = await mkdtemp(join(tmpdir(), 'baresip-'));
    await mkdir(join(folder, 'heard'));
    const sound = 'wav' in options.plays ? options.plays.wav : join(folder, 'tone.wav');
    if ('hz' in options.plays) await writeWav(sound, toneSamples(options.plays.hz, 60));
    // it takes the SIP port and the one above it (for TLS)
    const sipPort = await freePorts(2);
    const controlPort = await freePort();
    await writeFile(
      join(folder, 'config'),
      [
        `module_path ${moduleFolder}`,
        ...modules.map((module) => `module ${module}.so`),
        `sip_listen ${options.pbx.host}:${sipPort}`,
        'net_interface 127.0.0.1',
        `audio_source aufile,${sound}`,
        'audio_player aubridge,nowhere',
        'audio_alert aubridge,nowhere',
        'audio_srate 8000',
        'audio_channels 1',
        `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
        `snd_path ${join(folder, 'heard')}`,
        'call_max_calls 4',
        'rtp_timeout 0',
        '',
      ].join('\n'),
    );
    const password = options.password ?? `pw-${options.extension}`;
    const address = `sip:${options.extension}@${options.pbx.host}:${options.pbx.port};transport=${options.transport ?? 'udp'}`;
    await writeFile(
      join(folder, 'accounts'),
      `<${address}>;auth_pass=${password};answermode=${options.answers ?? 'auto'};regint=3600;audio_codecs=pcmu,pcma\n`,
    );
    await writeFile(join(folder, 'contacts'), '');
    const child = spawnChild('baresip', ['-f', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      output += String(chunk);
    });
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`baresip ended while starting:\n${output}`);
        return (
          /\{0\/(?:UDP|TCP)\/v4\}.*200/i.test(output) ||
          /All 1 useragent registered successfully/.test(output)
        );
      },
      { what: `baresip to register ${options.extension}`, timeoutMs: 15_000 },
    ).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw new Error(`${String(error)}\n${output.slice(-2000)}`);
    });
    const control = connect({ host: '127.0.0.1', port: controlPort });
    await new Promise<void>((resolve, reject) => {
      control.once('connect', resolve);
      control.once('error', reject);
    });
    const phone = new Baresip({ extension: options.extension, folder, child, control });
    phone.#output = output;
    child.stdout?.on('data', (chunk) => {
      phone.#output += String(chunk);
    });
    control.on('data', (chunk) => {
      phone.#output += String(chunk);
    });
    control.on('error', () => undefined);
    return phone;
  }

  get output(): string {
    return this.#output;
  }

  dial(number: string): void {
    this.#command('dial', number);
  }
  hangUp(): void {
    this.#command('hangup');
  }
  /** Blind transfer of the call that is up. */
  transfer(target: string): void {
    this.#command('transfer', target);
  }

  /** Waits for a call to be up. */
  async talks(timeoutMs = 10_000): Promise<void> {
    await until(() => /"type":"CALL_ESTABLISHED"/.test(this.#output), { what: 'baresip to talk', timeoutMs });
  }
  async ended(timeoutMs = 10_000): Promise<void> {
    await until(() => /"type":"CALL_CLOSED"/.test(this.#output), {
      what: "baresip's call to end",
      timeoutMs,
    });
  }

  /** What it heard in its newest call. The file is complete when the call is over. */
  async heard(): Promise<Int16Array> {
    const names = (await readdir(join(this.folder, 'heard')))
      .filter((name) => name.endsWith('-dec.wav'))
      .sort();
    const newest = names.at(-1);
    if (!newest) throw new Error('baresip has recorded nothing');
    return readWav(join(this.folder, 'heard', newest));
  }

  /** The greatest share that `hz` has in any 500 ms of what it heard. */
  async heardTone(hz: number): Promise<number> {
    const samples = await this.heard();
    let most = 0;
    for (let at = 0; at + 4000 <= samples.length; at += 1000) {
      most = Math.max(most, toneShare(samples.subarray(at, at + 4000), hz));
    }
    return most;
  }

  async stop(): Promise<void> {
    this.#command('quit');
    await until(() => this.#child.exitCode !== null || this.#child.signalCode !== null, {
      what: 'baresip to quit',
      timeoutMs: 4000,
    }).catch(() => this.#child.kill('SIGKILL'));
    this.#control.destroy();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** ctrl_tcp takes netstrings of JSON. */
  #command(command: string, params?: string): void {
    const json = JSON.stringify(params === undefined ? { command } : { command, params });
    this.#control.write(`${Buffer.byteLength(json)}:${json},`);
  }
}
