/**
 * `npm run bench -- media [--calls 200] [--seconds 20] [--json]`: the media path under load. So many calls talk to the echo
 * agent, audio both ways on every one, while ten of them are measured with pulses and ten more talk to a bot behind a
 * WebSocket, which measures first audio and flush at the phone; all others are phones of a process of their own. Then the same calls on the switch's own echo, which is
 * what the delay is compared with. Load and system share the machine; the load's own share is told. Memory a call is the
 * controller's heap and buffers after a collection, with the calls and without any, both after as many calls before.
 */
import { loadavg } from 'node:os';
import { toBase64 } from '../../controller/bots/base64.ts';
import { pcmu } from '../../controller/contract/audio.ts';
import { type BotConnection, toneBytes } from '../kit/bot-server.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { until } from '../kit/until.ts';
import { ownEcho } from './call.ts';
import { Inspector, inspectable } from './inspector.ts';
import { Phones } from './phones.ts';
import { cpuMs, cpuPercent, residentMb } from './process-cpu.ts';
import { measurePulses, percentile, round } from './pulses.ts';
import {
  type BenchOptions,
  botExtension,
  echoExtension,
  pause,
  placeCalls,
  profiled,
  setStage,
} from './stage.ts';

/** of the phones that only talk */
const crowdExtension = '1002';
const measuredCalls = 10;
const botCalls = 10;
const toneHz = 1400;

type Window = { delaysMs: number[]; pulsesLost: number; framesLost: number; framesLate: number; cpu: Cpu };
type Cpu = { controller: number; switch: number; load: number };

export const benchMedia = async (options: BenchOptions): Promise<object> => {
  const { kind, tell, number } = options;
  const calls = number('calls', 200);
  const seconds = number('seconds', 20);
  const stage = await setStage(kind, { nodeArguments: inspectable });
  const { peer, offhook, echoTrunk } = stage;
  const inspector = await Inspector.of(offhook);
  const phones = await Phones.open();
  try {
    const switchPid = await offhook.switchPid();
    const crowdTrunk = await stage.echoTrunkAt(crowdExtension, phones);
    // what the first so many calls of a process cost is no call's: its pools have their size, what runs often is compiled
    await phones.place(crowdExtension, calls);
    await pause(5000);
    await phones.hangUp();
    await pause(3000);
    const idleMb = await inspector.heapMb();

    const many = await phones.place(crowdExtension, Math.max(0, calls - measuredCalls - botCalls));
    const measured = await placeCalls(peer, echoExtension, measuredCalls);
    const withBot = await placeCalls(peer, botExtension, botCalls);
    await until(() => stage.bots.connections.length >= withBot.answered.length, { what: 'the bots' });
    const own = [...measured.answered, ...withBot.answered];
    const standing = many.answered + own.length;
    const failed = many.failed + measured.failed + withBot.failed;
    tell(`${kind}: ${standing} calls stand, ${failed} failed`);

    // before the clock runs: to find a tone at ten phones holds this process up, and every frame would be called late
    const pairs = await pairUp(stage.bots.connections, withBot.answered);
    const bots = measureBots(pairs, seconds);
    const window = await profiled(stage, options, () =>
      measureWindow({ phones, own, measured: measured.answered }, seconds, {
        controller: offhook.pid,
        switch: switchPid,
      }),
    );
    const { flushMs, firstAudioMs } = await bots;
    const residentMbAtAll = residentMb(offhook.pid);
    const busyMb = await inspector.heapMb();
    inspector.close();
    await Promise.all([phones.hangUp(), ...own.map((call) => call.hangUp())]);
    tell(describe('echo agent', window));
    await offhook.stop();

    const echo = await ownEcho(kind, offhook.dataDir, [echoTrunk.id, crowdTrunk.id]);
    let reference: Window;
    try {
      await phones.place(crowdExtension, calls - measuredCalls);
      const { answered } = await placeCalls(peer, echoExtension, measuredCalls);
      reference = await measureWindow({ phones, own: answered, measured: answered }, seconds, {
        controller: null,
        switch: switchPid,
      });
      await Promise.all([phones.hangUp(), ...answered.map((call) => call.hangUp())]);
      tell(describe("switch's own echo", reference));
    } finally {
      await echo.stop();
    }
    const over = (share: number): number =>
      round(percentile(window.delaysMs, share) - percentile(reference.delaysMs, share));
    return {
      switch: kind,
      calls: standing,
      failed,
      seconds,
      codec: 'PCMU',
      framesLost: window.framesLost,
      framesLate: window.framesLate,
      pulsesLost: window.pulsesLost,
      controllerCpuPercentPerCall: round(window.cpu.controller / standing, 3),
      controllerMbPerCall: round((busyMb - idleMb) / standing, 3),
      controllerMb: round(residentMbAtAll),
      switchCpuPercentPerCall: round(window.cpu.switch / standing, 3),
      overEchoMsP50: over(0.5),
      overEchoMsP99: over(0.99),
      flushMsP99: round(percentile(flushMs, 0.99)),
      firstAudioMsP95: round(percentile(firstAudioMs, 0.95)),
      echoMsP50: round(percentile(window.delaysMs, 0.5)),
      echoMsP99: round(percentile(window.delaysMs, 0.99)),
      ownEchoMsP50: round(percentile(reference.delaysMs, 0.5)),
      ownEchoMsP99: round(percentile(reference.delaysMs, 0.99)),
      ownEchoFramesLate: reference.framesLate,
      samples: { pulses: window.delaysMs.length, flushes: flushMs.length, firstAudio: firstAudioMs.length },
      loadCpuPercent: round(window.cpu.load),
      loadAverage: loadavg().map((value) => round(value)),
    };
  } finally {
    phones.close();
    await stage.remove();
  }
};

/** Counts on all calls and times pulses on some, over one window. */
const measureWindow = async (
  { phones, own, measured }: { phones: Phones; own: SipCall[]; measured: SipCall[] },
  seconds: number,
  pids: { controller: number | null; switch: number },
): Promise<Window> => {
  const count = async () => {
    const crowd = await phones.count();
    const sum = (key: 'lost' | 'late') =>
      own.reduce((total, { rtp }) => total + rtp.counters[key], crowd[key]);
    return { lost: sum('lost'), late: sum('late') };
  };
  const before = await count();
  const cpuOf = () => ({
    controller: pids.controller === null ? 0 : cpuMs(pids.controller),
    switch: cpuMs(pids.switch),
    load: cpuMs(process.pid) + cpuMs(phones.pid),
  });
  const cpuBefore = cpuOf();
  const startMs = performance.now();
  const [after, ...pulses] = await Promise.all([
    // before the pulses are looked for, which takes a moment of this process
    pause(seconds * 1000).then(count),
    ...measured.map((call) => measurePulses(call, seconds)),
  ]);
  const elapsedMs = performance.now() - startMs;
  const cpuAfter = cpuOf();
  const used = (key: keyof Cpu): number => cpuPercent(cpuAfter[key] - cpuBefore[key], elapsedMs);
  return {
    delaysMs: pulses.flatMap((pulse) => pulse.delaysMs),
    pulsesLost: pulses.reduce((sum, pulse) => sum + pulse.lost, 0),
    framesLost: after.lost - before.lost,
    framesLate: after.late - before.late,
    cpu: { controller: used('controller'), switch: used('switch'), load: used('load') },
  };
};

const payload = toBase64(toneBytes(toneHz, 5000, pcmu));

/** A bot sends five seconds of a tone at once and takes them back a moment later, again and again. */
const measureBots = async (
  pairs: BotPair[],
  seconds: number,
): Promise<{ flushMs: number[]; firstAudioMs: number[] }> => {
  const flushMs: number[] = [];
  const firstAudioMs: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  await Promise.all(
    pairs.map(async ({ connection, call, streamSid }) => {
      while (performance.now() < endMs) {
        call.rtp.ear.clear();
        const sentMs = performance.now();
        connection.send({ event: 'media', streamSid, media: { payload } });
        await pause(300 + Math.random() * 200);
        const flushedMs = performance.now();
        connection.send({ event: 'clear', streamSid });
        await pause(300 + Math.random() * 200);
        const first = call.rtp.ear.firstHeardMs(toneHz, sentMs);
        const last = call.rtp.ear.lastHeardMs(toneHz);
        if (first !== null) firstAudioMs.push(first - sentMs);
        if (last !== null) flushMs.push(Math.max(0, last - flushedMs));
      }
    }),
  );
  return { flushMs, firstAudioMs };
};

type BotPair = { connection: BotConnection; call: SipCall; streamSid: unknown };

/** Which bot talks to which phone: each bot says its tone alone, once. */
const pairUp = async (connections: BotConnection[], calls: SipCall[]): Promise<BotPair[]> => {
  const pairs: BotPair[] = [];
  for (const connection of connections) {
    const { streamSid } = await connection.message('start');
    for (const call of calls) call.rtp.ear.clear();
    connection.send({ event: 'media', streamSid, media: { payload } });
    const call = await until(() => calls.find(({ rtp }) => rtp.ear.framesWith(toneHz).length >= 5), {
      what: 'the tone of a bot at its phone',
    });
    connection.send({ event: 'clear', streamSid });
    await call.rtp.ear.stopsHearing(toneHz);
    // nobody looks at what it hears
    connection.onMessage = () => void connection.messages.splice(0);
    pairs.push({ connection, call, streamSid });
  }
  return pairs;
};

const describe = (what: string, window: Window): string =>
  `${what}: mouth to ear p50 ${round(percentile(window.delaysMs, 0.5))} p99 ${round(percentile(window.delaysMs, 0.99))} ms, ` +
  `lost ${window.framesLost} late ${window.framesLate}, controller ${round(window.cpu.controller)} %, ` +
  `switch ${round(window.cpu.switch)} %, load ${round(window.cpu.load)} % of a core`;
