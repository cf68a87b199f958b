/**
 * `npm run bench -- api [--rate 500] [--calls 20] [--seconds 20] [--profile <file>] [--json]`: requests a second over real HTTP, with a token,
 * one in twenty a change, while calls talk through the real switch, audio both ways. Told are the latency from the moment
 * at which each request was due, and the frames that came late or not at all, first without the requests and then with
 * them: load, phones, switch and controller share the machine.
 */
import { fork } from 'node:child_process';
import { loadavg } from 'node:os';
import type { Extension } from '../../controller/contract/extension.ts';
import { repositoryPath } from '../../controller/paths.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { type LoadOrder, LoadResult } from './api-load.ts';
import { cpuMs, cpuPercent } from './process-cpu.ts';
import { percentile, round } from './pulses.ts';
import {
  type BenchOptions,
  type BenchStage,
  echoExtension,
  nodeArgumentsOf,
  pause,
  placeCalls,
  profiled,
  setStage,
} from './stage.ts';

const entries = 200;

export const benchApi = async (options: BenchOptions): Promise<object> => {
  const { kind, tell, number } = options;
  const rate = number('rate', 500);
  const calls = number('calls', 20);
  const seconds = number('seconds', 20);
  const stage = await setStage(kind, nodeArgumentsOf(options));
  const { peer, offhook } = stage;
  try {
    const order = { ...(await furnished(stage)), rate };
    // what the first calls and requests of a process cost is nobody's
    const warm = await placeCalls(peer, echoExtension, 5);
    await load({ ...order, rate: Math.min(rate, 100), seconds: 3, firstExt: 100_000 });
    await Promise.all(warm.answered.map((call) => call.hangUp()));
    await pause(1000);

    const { answered, failed } = await placeCalls(peer, echoExtension, calls, { keepSeconds: 0 });
    await pause(1000);
    tell(`${kind}: ${answered.length} calls talk, ${failed} failed`);
    const quiet = await watched(answered, () => pause(seconds * 1000));
    tell(`  without requests: ${quiet.framesLost} frames lost, ${quiet.framesLate} late of ${quiet.frames}`);
    const pid = offhook.pid;
    const before = { cpu: cpuMs(pid), atMs: performance.now() };
    let result: LoadResult | null = null;
    const busy = await watched(answered, () =>
      profiled(stage, options, async () => {
        result = await load({ ...order, seconds, firstExt: 200_000 });
      }),
    );
    const controllerCpuPercent = round(cpuPercent(cpuMs(pid) - before.cpu, performance.now() - before.atMs));
    await Promise.all(answered.map((call) => call.hangUp()));
    const { readMs, writeMs, errors, elapsedMs, sentLateMs } = LoadResult.parse(result);
    const all = [...readMs, ...writeMs];
    const report = {
      switch: kind,
      calls: answered.length,
      callsFailed: failed,
      seconds,
      requestsPerSecondAsked: rate,
      requestsPerSecond: round((all.length * 1000) / elapsedMs),
      requests: all.length,
      errors: Object.values(errors).reduce((sum, count) => sum + count, 0),
      errorTexts: errors,
      latencyMsP50: round(percentile(all, 0.5)),
      latencyMsP99: round(percentile(all, 0.99)),
      latencyMsMax: round(percentile(all, 1)),
      readMsP99: round(percentile(readMs, 0.99)),
      writeMsP99: round(percentile(writeMs, 0.99)),
      sentLateMsMax: round(sentLateMs),
      frames: busy.frames,
      framesLost: busy.framesLost,
      framesLate: busy.framesLate,
      withoutRequests: quiet,
      controllerCpuPercent,
      loadAverage: loadavg().map((value) => round(value)),
    };
    tell(
      `  ${report.requestsPerSecond} requests a second, ${report.errors} failed ${JSON.stringify(errors)}, ` +
        `p50 ${report.latencyMsP50} p99 ${report.latencyMsP99} max ${report.latencyMsMax} ms; ` +
        `${busy.framesLost} frames lost, ${busy.framesLate} late of ${busy.frames}; controller ${controllerCpuPercent} %`,
    );
    return report;
  } finally {
    await stage.remove();
  }
};

/** Something to read and to change, and a token for it. */
const furnished = async ({
  offhook,
  echoTrunk,
}: BenchStage): Promise<Omit<LoadOrder, 'rate' | 'seconds' | 'firstExt'>> => {
  const extensionIds: string[] = [];
  for (let nth = 0; nth < entries; nth++) {
    const made = await offhook.api<Extension>('POST', `/trunks/${echoTrunk.id}/extensions`, {
      ext: String(2000 + nth),
      name: `Person ${nth}`,
    });
    extensionIds.push(made.id);
  }
  const { token } = await offhook.api<{ token: string }>('POST', '/tokens', {
    name: 'bench',
    scopes: ['all'],
  });
  return { url: offhook.url, token, trunkId: echoTrunk.id, agentId: echoTrunk.agentId ?? '', extensionIds };
};

const load = (order: LoadOrder): Promise<LoadResult> =>
  new Promise((resolve, reject) => {
    const child = fork(repositoryPath('test/bench/api-load.ts'), { execArgv: ['--import', 'tsx'] });
    child.once('message', (message) => resolve(LoadResult.parse(message)));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the load ended with code ${code}`)));
    child.send(order);
  });

type Watched = { frames: number; framesLost: number; framesLate: number };

/** What the phones miss while `work` runs. */
const watched = async (calls: SipCall[], work: () => Promise<void>): Promise<Watched> => {
  const before = calls.map((call) => ({ ...call.rtp.counters }));
  await work();
  const grown = (key: 'received' | 'lost' | 'late'): number =>
    calls.reduce((sum, call, at) => sum + call.rtp.counters[key] - (before[at]?.[key] ?? 0), 0);
  return { frames: grown('received'), framesLost: grown('lost'), framesLate: grown('late') };
};
