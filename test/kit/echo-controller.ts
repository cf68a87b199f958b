/**
 * A controller that can be killed with -9: a process of its own that registers one extension, answers every call and
 * says back what it hears, and takes up the calls that it finds at its start. Both the process and the handle to it.
 */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExtensionAccount, LiveChannel } from '../../controller/switch/port.ts';
import { AgentVoice } from './agent-voice.ts';
import { spawnChild } from './child.ts';
import { connectSwitch, type SwitchSettings } from './switches.ts';
import { until } from './until.ts';

type Orders = { settings: SwitchSettings; account: ExtensionAccount };
type Said = { type: string } & Record<string, unknown>;

export class EchoController {
  /** what it said, one line each */
  readonly lines: Said[] = [];
  readonly #child: ChildProcess;
  #trouble = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        // the log goes to the same place; its lines have a level
        const said = JSON.parse(line) as Said;
        if (said['level'] === undefined) this.lines.push(said);
        else this.#trouble += `${line}\n`;
      });
    }
    child.stderr?.on('data', (chunk) => {
      this.#trouble += String(chunk);
    });
  }

  /** Starts the process and waits until it has linked up. */
  static async start(orders: Orders): Promise<EchoController> {
    const child = spawnChild(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(import.meta.url), JSON.stringify(orders)],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const controller = new EchoController(child);
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`the controller ended:\n${controller.#trouble}`);
        return controller.said('link-up').length > 0;
      },
      { what: 'the controller to link up', timeoutMs: 20_000 },
    );
    return controller;
  }

  said(type: string): Said[] {
    return this.lines.filter((line) => line.type === type);
  }

  async registered(timeoutMs = 20_000): Promise<void> {
    await until(() => this.said('registered').length > 0, {
      what: 'the controller to register',
      timeoutMs,
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(this.lines)}\n${this.#trouble}`);
    });
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await until(() => this.#child.exitCode !== null || this.#child.signalCode !== null, {
      what: 'the controller to be gone',
    });
  }
}

const runController = async ({ settings, account }: Orders): Promise<void> => {
  const say = (line: Said): void => {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  const sw = connectSwitch(settings);
  const echo = async (channel: LiveChannel): Promise<void> => {
    if (!channel.answered) await sw.answer(channel.channelId);
    new AgentVoice(await sw.openMedia(channel.channelId)).echo();
    say({ type: 'echoing', channelId: channel.channelId });
  };
  const sayTrouble = (error: unknown): void => say({ type: 'trouble', text: String(error) });
  await new Promise<void>((resolve) => {
    sw.onEvent = (event) => {
      if (event.type === 'link-up') {
        say({ type: 'link-up', channels: event.channels });
        if (event.registrations.get(account.trunkId)?.phase === 'registered') say({ type: 'registered' });
        for (const channel of event.channels) void echo(channel).catch(sayTrouble);
        resolve();
        return;
      }
      if (event.type === 'registration' && event.state.phase === 'registered') say({ type: 'registered' });
      if (event.type === 'offered') void echo(event.channel).catch(sayTrouble);
      say({ ...event });
    };
    sw.start();
  });
  await sw.putAccount(account);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runController(JSON.parse(process.argv[2] ?? '') as Orders);
}
