/** A question to a running Node process through its inspector: what its heap is after a collection, where its time goes. */
import { writeFile } from 'node:fs/promises';
import { WebSocket } from 'ws';
import type { Offhook } from '../kit/offhook.ts';
import { until } from '../kit/until.ts';

/** What the process is started with for `Inspector.of`. */
export const inspectable = ['--inspect=127.0.0.1:0'];

export class Inspector {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: Record<string, unknown>) => void>();
  #numbered = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (text: Buffer) => {
      const { id, result } = JSON.parse(text.toString()) as { id?: number; result?: Record<string, unknown> };
      if (id === undefined) return;
      this.#answers.get(id)?.(result ?? {});
      this.#answers.delete(id);
    });
  }

  static async of(offhook: Offhook): Promise<Inspector> {
    const url = await until(
      () => offhook.log.map((line) => /^Debugger listening on (ws:\S+)/.exec(line)?.[1]).find(Boolean),
      { what: 'the inspector' },
    );
    const socket = new WebSocket(url, { maxPayload: 500_000_000 });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new Inspector(socket);
  }

  /** What its objects and buffers take when nothing is left to collect. */
  async heapMb(): Promise<number> {
    for (let nth = 0; nth < 2; nth++) await this.#ask('HeapProfiler.collectGarbage');
    const expression = 'process.memoryUsage().heapUsed + process.memoryUsage().external';
    const { result } = (await this.#ask('Runtime.evaluate', { expression })) as { result: { value: number } };
    return result.value / 1024 / 1024;
  }

  async startProfile(): Promise<void> {
    await this.#ask('Profiler.enable');
    await this.#ask('Profiler.start');
  }

  /** Writes a .cpuprofile, which browsers and editors open. */
  async stopProfile(path: string): Promise<void> {
    const { profile } = await this.#ask('Profiler.stop');
    await writeFile(path, JSON.stringify(profile));
  }

  close(): void {
    this.#socket.close();
  }

  #ask(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#numbered;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
