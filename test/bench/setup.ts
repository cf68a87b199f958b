/**
 * `npm run bench -- setup [--rate 50] [--seconds 60] [--json]`: calls a second that come, are answered by an agent that is
 * ready, talk for a second and are hung up. Answer time is from the INVITE to its 200 at the caller.
 */
import { loadavg } from 'node:os';
import type { SipCall } from '../kit/sip-call.ts';
import { cpuMs, cpuPercent } from './process-cpu.ts';
import { percentile, round } from './pulses.ts';
import {
  type BenchOptions,
  echoExtension,
  nodeArgumentsOf,
  pause,
  placeCalls,
  profiled,
  setStage,
} from './stage.ts';

const talkMs = 1000;

export const benchSetup = async (options: BenchOptions): Promise<object> => {
  const { kind, tell, number } = options;
  const rate = number('rate', 50);
  const seconds = number('seconds', 60);
  const stage = await setStage(kind, nodeArgumentsOf(options));
  const { peer, offhook } = stage;
  try {
    const switchPid = await offhook.switchPid();
    const warm = await placeCalls(peer, echoExtension, 10, { keepSeconds: 0 });
    await Promise.all(warm.answered.map((call) => call.hangUp()));
    await pause(1000);

    const answerMs: number[] = [];
    const failures = new Map<string, number>();
    const one = async (): Promise<void> => {
      let call: SipCall | null = null;
      try {
        call = await peer.call(echoExtension, { keepSeconds: 0 });
        await call.answered(20_000);
        answerMs.push((call.answeredMs ?? 0) - call.startedMs);
        await pause(talkMs);
      } catch {
        const status = String(call?.finalResponse?.status ?? 'no answer');
        failures.set(status, (failures.get(status) ?? 0) + 1);
      } finally {
        await call?.hangUp();
      }
    };
    const cpuBefore = [offhook.pid, switchPid, process.pid].map(cpuMs);
    const startMs = performance.now();
    const running: Promise<void>[] = [];
    await profiled(stage, options, async () => {
      for (let placed = 0; placed < rate * seconds; placed++) {
        const dueMs = startMs + (placed * 1000) / rate;
        await pause(Math.max(0, dueMs - performance.now()));
        running.push(one());
      }
    });
    const placedMs = performance.now() - startMs;
    const cpu = [offhook.pid, switchPid, process.pid].map((pid, at) =>
      round(cpuPercent(cpuMs(pid) - (cpuBefore[at] ?? 0), placedMs)),
    );
    await Promise.all(running);
    const failed = rate * seconds - answerMs.length;
    tell(
      `${kind}: ${answerMs.length} calls answered, ${failed} failed ${JSON.stringify(Object.fromEntries(failures))}, ` +
        `p50 ${round(percentile(answerMs, 0.5))} p99 ${round(percentile(answerMs, 0.99))} ms`,
    );
    return {
      switch: kind,
      calls: rate * seconds,
      seconds,
      answerMsP50: round(percentile(answerMs, 0.5)),
      answerMsP99: round(percentile(answerMs, 0.99)),
      callsPerSecond: round((answerMs.length * 1000) / placedMs),
      failed,
      failures: Object.fromEntries(failures),
      controllerCpuPercent: cpu[0],
      switchCpuPercent: cpu[1],
      loadCpuPercent: cpu[2],
      loadAverage: loadavg().map((value) => round(value)),
    };
  } finally {
    await stage.remove();
  }
};
