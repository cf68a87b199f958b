/**
 * The controller as its users run it: a process of its own with a data folder, its REST API and its live socket. For
 * journeys, demo and benches; it knows no PBX and no phone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiFailure } from '../../controller/contract/client/failure.ts';
import { LiveClient, type LiveClientState } from '../../controller/contract/client/live-client.ts';
import { type Method, RestClient } from '../../controller/contract/client/rest-client.ts';
import type { LiveChange } from '../../controller/contract/live.ts';
import { switchPidFile } from '../../controller/own-switch.ts';
import { repositoryPath, repositoryRoot } from '../../controller/paths.ts';
import { findDetached } from '../../controller/process/detached.ts';
import { freePort } from './ports.ts';
import { until } from './until.ts';

export type OffhookOptions = {
  switch: 'freeswitch' | 'asterisk';
  /** kept by the caller when given, else made and removed here */
  dataDir?: string;
  environment?: Record<string, string>;
  /** for Node itself */
  nodeArguments?: readonly string[];
  /** every line of the controller's log */
  onLog?: (line: string) => void;
};

export class Offhook {
  readonly dataDir: string;
  readonly url: string;
  /** the controller's whole log */
  readonly log: string[] = [];
  readonly #environment: NodeJS.ProcessEnv;
  readonly #nodeArguments: readonly string[];
  readonly #ownsDataDir: boolean;
  readonly #onLog: (line: string) => void;
  #child: ChildProcess | null = null;
  #monitor: LiveClient | null = null;
  #token = '';
  #client = new RestClient();

  private constructor(options: OffhookOptions, dataDir: string, httpPort: number, mediaPort: number) {
    this.dataDir = dataDir;
    this.url = `http://127.0.0.1:${httpPort}`;
    this.#ownsDataDir = options.dataDir === undefined;
    this.#onLog = options.onLog ?? (() => undefined);
    this.#nodeArguments = options.nodeArguments ?? [];
    this.#environment = {
      ...process.env,
      SWITCH: options.switch,
      DATA_DIR: dataDir,
      HTTP_PORT: String(httpPort),
      MEDIA_PORT: String(mediaPort),
      SIP_ADDRESS: '127.0.0.1',
      ...options.environment,
    };
  }

  /** Prepares a controller on free ports; `start` runs it. */
  static async prepare(options: OffhookOptions): Promise<Offhook> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'offhook-')));
    // as root the embedded database runs as another user, who must be able to pass through
    if (options.dataDir === undefined) await chmod(dataDir, 0o711);
    return new Offhook(options, dataDir, await freePort(), await freePort());
  }

  /** Prepares, starts and waits until it is ready for calls. */
  static async started(options: OffhookOptions): Promise<Offhook> {
    const offhook = await Offhook.prepare(options);
    await offhook.start();
    return offhook;
  }

  get token(): string {
    return this.#token;
  }

  /** The controller's process id. */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the controller does not run');
    return pid;
  }

  /** The process id of the switch that the controller started. */
  async switchPid(): Promise<number> {
    const kind = this.#environment['SWITCH'] === 'freeswitch' ? 'freeswitch' : 'asterisk';
    const mark = await findDetached(switchPidFile(this.dataDir, kind));
    if (!mark) throw new Error(`no ${kind} runs in ${this.dataDir}`);
    return mark.pid;
  }

  /** `without`: a part that is broken on purpose and not waited for. */
  async start(options: { without?: 'speech' } = {}): Promise<void> {
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        ...this.#nodeArguments,
        '--import',
        'tsx',
        repositoryPath('controller/main.ts'),
      ],
      { cwd: repositoryRoot, env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    const killChild = (): void => void child.kill('SIGKILL');
    process.once('exit', killChild);
    child.once('exit', () => process.removeListener('exit', killChild));
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          this.log.push(line);
          this.#onLog(line);
        }
      });
    }
    await this.ready(options);
  }

  /** Waits until /readyz says yes; fails at once when the process ended. */
  async ready({
    timeoutMs = 90_000,
    without,
  }: {
    timeoutMs?: number;
    without?: 'speech';
  } = {}): Promise<void> {
    let answer = '';
    try {
      await until(
        async () => {
          if (this.#child?.exitCode !== null) throw new Error(`it ended with code ${this.#child?.exitCode}`);
          const response = await fetch(`${this.url}/readyz`).catch(() => null);
          if (!response) return false;
          answer = await response.text();
          const { ready: _, ...parts } = JSON.parse(answer) as Record<string, { ready: boolean }>;
          return Object.entries(parts).every(([name, part]) => part.ready || name === without);
        },
        { what: 'the controller', timeoutMs, everyMs: 100 },
      );
    } catch (error) {
      throw new Error(
        `the controller did not get ready: ${String(error)}\n${answer}\n${this.log.slice(-25).join('\n')}`,
        { cause: error },
      );
    }
    this.#token = (await readFile(join(this.dataDir, 'api-token'), 'utf8')).trim();
    this.#client = new RestClient({ url: this.url, token: this.#token });
  }

  /** The typed client, as the installation's administrator. */
  get client(): RestClient {
    return this.#client;
  }

  /** One API request; throws with the problem's text on anything but 2xx. */
  async api<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
    try {
      return await this.#client.request<Answer>(method, path, body === undefined ? {} : { body });
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      const { status, code, message, fields } = error;
      throw new Error(`${method} ${path}: ${status} ${code} ${message} ${JSON.stringify(fields)}`, {
        cause: error,
      });
    }
  }

  /** Makes the first administrator, as the first run does; what he signs in with. */
  async administrator(): Promise<{ email: string; password: string }> {
    const who = { email: 'ann@example.com', password: 'a horse on the line' };
    await this.api('POST', '/setup', { ...who, name: 'Ann Admin' });
    return who;
  }

  /** Joins the live monitor; what it says at first. */
  async watch(onChange: (change: LiveChange) => void): Promise<LiveClientState> {
    const monitor = new LiveClient({ url: this.url, token: this.#token, onChange });
    this.#monitor = monitor;
    return new Promise((resolve, reject) => {
      monitor.subscribe(() => {
        const state = monitor.read();
        if (state.connection === 'live') resolve(state);
        if (state.connection === 'unauthorized') reject(new Error('the monitor lets nobody in'));
      });
      monitor.open();
    });
  }

  /** Ends the controller as its administrator would; calls and registrations stay in the switch. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends controller and switch, and removes the data folder if it was made here. */
  async remove(): Promise<void> {
    this.#monitor?.close();
    await this.stop();
    await new Promise<void>((resolve) => {
      const stopper = spawn(process.execPath, ['--import', 'tsx', repositoryPath('controller/stop.ts')], {
        cwd: repositoryRoot,
        env: this.#environment,
        stdio: 'ignore',
      });
      stopper.once('close', () => resolve());
    });
    if (this.#ownsDataDir) await rm(this.dataDir, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await until(() => child.exitCode !== null || child.signalCode !== null, {
      what: `the controller to end after ${signal}`,
      timeoutMs: 20_000,
    });
  }
}
