/**
 * The demo PBX as a child process of its own: to Offhook it is a PBX like any other. It comes with the source tree
 * (test/demo), not with a container. It ends with this process. Knows nothing of trunks.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { DemoPbxState } from '../contract/demo-pbx.ts';
import { AppError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';

const startMs = 60_000;

const Message = z.union([
  z.object({ ready: z.object({ host: z.string(), port: z.int() }) }),
  z.object({ failed: z.string() }),
]);

export class DemoPbx {
  readonly #script: string;
  readonly #log: Logger;
  #child: ChildProcess | null = null;
  #starting: Promise<void> | null = null;
  #place: { host: string; port: number } | null = null;
  #text = '';

  /** `script`: test/demo/demo-pbx.ts, which may be missing */
  constructor(options: { script: string; log: Logger }) {
    this.#script = options.script;
    this.#log = options.log;
  }

  state(): DemoPbxState {
    const available = existsSync(this.#script);
    const place = this.#place;
    return {
      available,
      running: place !== null,
      text: available
        ? this.#text
        : 'the demo PBX comes with the source tree, and this installation has none',
      connection:
        place === null
          ? null
          : { domain: place.host, port: place.port, extension: '1000', password: 'pw-1000' },
    };
  }

  /** Resolves when it takes registrations. */
  async start(): Promise<void> {
    if (!existsSync(this.#script)) throw new AppError('conflict', this.state().text);
    if (this.#place !== null) return;
    this.#starting ??= this.#launch().finally(() => {
      this.#starting = null;
    });
    await this.#starting;
  }

  /** The caller of the demo dials Offhook's extension and asks to be put through. */
  call(): void {
    if (this.#child === null || this.#place === null)
      throw new AppError('conflict', 'the demo PBX does not run: start it first');
    this.#child.send({ call: true });
  }

  stop(): void {
    this.#child?.disconnect();
    this.#child = null;
    this.#place = null;
  }

  #launch(): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = fork(this.#script, [], {
        execArgv: ['--disable-warning=ExperimentalWarning', '--import', 'tsx'],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      this.#child = child;
      this.#text = '';
      const fail = (reason: string): void => {
        this.#text = reason;
        reject(new AppError('conflict', `the demo PBX could not be started: ${reason}`));
      };
      const timer = setTimeout(() => {
        fail('it took too long');
        child.kill();
      }, startMs);
      child.on('message', (message) => {
        const parsed = Message.safeParse(message);
        if (!parsed.success) return;
        if ('failed' in parsed.data) {
          fail(parsed.data.failed);
          return;
        }
        clearTimeout(timer);
        this.#place = parsed.data.ready;
        this.#log.info({ port: parsed.data.ready.port }, 'demo PBX runs');
        resolve();
      });
      child.on('error', (error) => fail(messageOf(error)));
      child.on('exit', (code) => {
        clearTimeout(timer);
        if (this.#child !== child) return;
        this.#child = null;
        this.#place = null;
        this.#log.warn({ code }, 'demo PBX ended');
        fail(`it ended (exit ${code ?? 'by a signal'})`);
      });
    });
  }
}
