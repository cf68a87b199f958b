/**
 * `npm run bench -- call`: answer time, mouth-to-ear delay through the echo agent over the switch's own echo, and CPU a
 * call, at 1, 20 and 50 calls. A scripted PBX calls the registered extension, so nothing but the switch and Offhook is
 * in the path. Both echoes are measured in the same run, on the same switch process.
 */

import type { Agent } from '../../controller/contract/agent.ts';
import type { Trunk } from '../../controller/contract/trunk.ts';
import { messageOf } from '../../controller/errors.ts';
import { silentLog } from '../../controller/log.ts';
import { openOwnSwitch } from '../../controller/own-switch.ts';
import type { Switch, SwitchKind } from '../../controller/switch/port.ts';
import { Offhook } from '../kit/offhook.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { SipPeer } from '../kit/sip-peer.ts';
import { temporaryCertificate } from '../kit/temporary-certificate.ts';
import { cpuMs, cpuPercent, residentMb } from './process-cpu.ts';
import { measurePulses, percentile, round } from './pulses.ts';

const levels = [1, 20, 50];
const measureSeconds = 12;

type Level = {
  calls: number;
  failed: number;
  answerMsP50: number;
  answerMsP99: number;
  echoMsP50: number;
  echoMsP99: number;
  pulsesLost: number;
  framesLost: number;
  framesLate: number;
  switchCpuPercentPerCall: number;
};
type AgentLevel = Level & { controllerCpuPercentPerCall: number; controllerMb: number };

export const benchCall = async (options: {
  kind: SwitchKind;
  tell: (line: string) => void;
}): Promise<object> => {
  const { kind, tell } = options;
  const peer = await SipPeer.open();
  const offhook = await Offhook.started({ switch: kind, environment: { LOG_LEVEL: 'warn' } });
  try {
    const agent = await offhook.api<Agent>('POST', '/agents', { name: 'Echo', kind: 'echo' });
    const trunk = await offhook.api<Trunk>('POST', '/trunks', {
      name: 'Bench',
      domain: peer.host,
      port: peer.port,
      extension: '1000',
      password: 'pw-1000',
      concurrentCallLimit: 1000,
      agentId: agent.id,
    });
    await peer.registrationOf('1000', 30_000);
    tell(`${kind}; ${measureSeconds} s a level, audio both ways, PCMU`);
    const switchPid = await offhook.switchPid();

    const ours: AgentLevel[] = [];
    for (const calls of levels) {
      const pid = offhook.pid;
      const before = { cpu: cpuMs(pid), atMs: performance.now() };
      const level = await measure(peer, calls, switchPid);
      const elapsedMs = performance.now() - before.atMs;
      const cpu = cpuPercent(cpuMs(pid) - before.cpu, elapsedMs) / calls;
      ours.push({
        ...level,
        controllerCpuPercentPerCall: round(cpu, 2),
        controllerMb: round(residentMb(pid)),
      });
      tell(describe('echo agent', ours.at(-1) as AgentLevel));
    }
    await offhook.stop();

    const echo = await ownEcho(kind, offhook.dataDir, [trunk.id]);
    const reference: Level[] = [];
    try {
      for (const calls of levels) {
        reference.push(await measure(peer, calls, switchPid));
        tell(describe("switch's own echo", reference.at(-1) as Level));
      }
    } finally {
      await echo.stop();
    }
    return {
      switch: kind,
      levels: ours.map((level, index) => ({
        ...level,
        overEchoMsP50: round(level.echoMsP50 - (reference[index]?.echoMsP50 ?? 0)),
        overEchoMsP99: round(level.echoMsP99 - (reference[index]?.echoMsP99 ?? 0)),
      })),
      ownEcho: reference,
    };
  } finally {
    await peer.close();
    await offhook.remove();
  }
};

/** Takes the stopped controller's place at the same switch, and puts every call of these trunks on the switch's own echo. */
export const ownEcho = async (
  kind: SwitchKind,
  dataDir: string,
  trunkIds: readonly string[],
): Promise<Switch> => {
  const { control: own } = await openOwnSwitch({
    kind,
    dataDir,
    address: '127.0.0.1',
    certificate: temporaryCertificate(),
    log: silentLog(),
  });
  const linked = new Promise<void>((resolve, reject) => {
    own.onEvent = (event) => {
      if (event.type === 'link-up') resolve();
      if (event.type === 'link-down') reject(new Error(event.reason));
      if (event.type !== 'offered' || !trunkIds.includes(event.channel.trunkId ?? '')) return;
      const { channelId } = event.channel;
      own
        .answer(channelId)
        .then(() => own.startEcho(channelId))
        .catch((error: unknown) => process.stderr.write(`echo: ${messageOf(error)}\n`));
    };
  });
  own.start();
  await linked;
  return own;
};

/** Places the calls, 20 ms apart, measures while all of them talk, and ends them. */
const measure = async (peer: SipPeer, calls: number, switchPid: number): Promise<Level> => {
  const placed: SipCall[] = [];
  const cpuBefore = cpuMs(switchPid);
  const startedMs = performance.now();
  for (let i = 0; i < calls; i++) {
    placed.push(await peer.call('1000'));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const answered = await Promise.allSettled(placed.map((call) => call.answered(15_000)));
  const talking = answered.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const pulses = await Promise.all(talking.map((call) => measurePulses(call, measureSeconds)));
  const switchCpu = cpuPercent(cpuMs(switchPid) - cpuBefore, performance.now() - startedMs) / calls;
  const counters = talking.map((call) => ({ ...call.rtp.counters }));
  await Promise.all(placed.map((call) => call.hangUp()));
  const answerMs = talking.map((call) => (call.answeredMs ?? 0) - call.startedMs);
  const delays = pulses.flatMap((pulse) => pulse.delaysMs);
  return {
    calls,
    failed: calls - talking.length,
    answerMsP50: round(percentile(answerMs, 0.5)),
    answerMsP99: round(percentile(answerMs, 0.99)),
    echoMsP50: round(percentile(delays, 0.5)),
    echoMsP99: round(percentile(delays, 0.99)),
    pulsesLost: pulses.reduce((sum, pulse) => sum + pulse.lost, 0),
    framesLost: counters.reduce((sum, counter) => sum + counter.lost, 0),
    framesLate: counters.reduce((sum, counter) => sum + counter.late, 0),
    switchCpuPercentPerCall: round(switchCpu, 2),
  };
};

const describe = (what: string, level: Level & { controllerCpuPercentPerCall?: number }): string =>
  `${String(level.calls).padStart(3)} calls  ${what.padEnd(18)} answer p50 ${level.answerMsP50} p99 ${level.answerMsP99} ms  ` +
  `mouth to ear p50 ${level.echoMsP50} p99 ${level.echoMsP99} ms  lost ${level.framesLost} late ${level.framesLate}  ` +
  `switch ${level.switchCpuPercentPerCall} %` +
  (level.controllerCpuPercentPerCall === undefined
    ? ''
    : `  controller ${level.controllerCpuPercentPerCall} %`) +
  ' of a core a call';
