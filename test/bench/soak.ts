/**
 * `npm run bench -- soak [--minutes 20] [--calls 50] [--json]`: so many calls stand at any time; each talks to a bot that
 * sends far ahead, is interrupted, marks, and is transferred (refused, or taken) or hung up, at random. In the end nothing
 * may be left: no channel in the switch, no call, socket or timer in the controller, and no more memory than after five
 * minutes of the same: the controller's heap when all that can be collected is, and what the switch holds while the calls
 * stand, in the last quarter of the time and in the first (what it gives back when they end differs by megabytes from one
 * time to the next). Earlier the one still compiles what it has run often and the other still takes memory for its pools.
 */
import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { toBase64 } from '../../controller/bots/base64.ts';
import { pcmu } from '../../controller/contract/audio.ts';
import type { CallRecord } from '../../controller/contract/call.ts';
import { silentLog } from '../../controller/log.ts';
import { openOwnSwitch } from '../../controller/own-switch.ts';
import type { SwitchKind } from '../../controller/switch/port.ts';
import { type BotConnection, toneBytes } from '../kit/bot-server.ts';
import { temporaryCertificate } from '../kit/temporary-certificate.ts';
import { toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { Inspector, inspectable } from './inspector.ts';
import { residentMb } from './process-cpu.ts';
import { round } from './pulses.ts';
import { type BenchOptions, type BenchStage, botExtension, pause, profiled, setStage } from './stage.ts';

const piece = toBase64(toneBytes(1400, 400, pcmu));
const longPiece = toBase64(toneBytes(1400, 20_000, pcmu));

type Counts = Record<
  'calls' | 'failed' | 'flushes' | 'marks' | 'transfersTaken' | 'transfersRefused',
  number
>;
/** What is there when no call stands. */
type Held = { sockets: number; timers: number; heapMb: number; controllerMb: number; switchMb: number };
type Soak = { stage: BenchStage; counts: Counts; failures: Map<string, number>; inspector: Inspector };

const longestWarmUpMinutes = 5;
const mostGrowthPercent = 5;

export const benchSoak = async (options: BenchOptions): Promise<object> => {
  const { kind, tell, number } = options;
  const minutes = number('minutes', 20);
  const calls = number('calls', 50);
  const stage = await setStage(kind, { nodeArguments: inspectable });
  const soak: Soak = {
    stage,
    counts: { calls: 0, failed: 0, flushes: 0, marks: 0, transfersTaken: 0, transfersRefused: 0 },
    failures: new Map(),
    inspector: await Inspector.of(stage.offhook),
  };
  const { counts, failures, inspector } = soak;
  try {
    await stage.offhook.api('POST', `/trunks/${stage.botTrunk.id}/extensions`, { ext: '215', name: 'Sarah' });
    stage.peer.onRefer = () =>
      Math.random() < 0.5
        ? { status: 603 }
        : { status: 202, notifies: [{ status: 100 }, { status: 200 }], thenHangUp: true };
    stage.bots.onConnection = (connection) => behave(connection, counts);
    // where a PBX refuses a REFER, the product calls the target itself: it is busy, or answers for a while
    const over = new AbortController();
    const targets = (async () => {
      while (!over.signal.aborted) {
        const target = await stage.peer.nextCall(1000).catch(() => null);
        if (!target) continue;
        if (Math.random() < 0.5) target.reject(486);
        else {
          target.answer();
          setTimeout(() => void target.hangUp(), 3000);
        }
      }
    })();
    const switchPid = await stage.offhook.switchPid();
    let switchMbs: number[] = [];
    const told = setInterval(() => {
      const switchMb = residentMb(switchPid);
      switchMbs.push(switchMb);
      tell(
        `${Math.round(residentMb(stage.offhook.pid))} MB, switch ${Math.round(switchMb)} MB, ${JSON.stringify({ ...counts, ...Object.fromEntries(failures) })}`,
      );
      forgetWhatIsOver(stage);
    }, 30_000);
    // what stays from the first minutes is the process's own
    await profiled(stage, options, () => standing(soak, calls, Math.min(longestWarmUpMinutes, minutes / 4)));
    const before = await settled(soak);
    tell(`warm: ${JSON.stringify(before)}`);
    // only what is held while calls stand: what the allocator has given back without any says nothing of growth
    switchMbs = [];
    await standing(soak, calls, minutes);
    clearInterval(told);
    over.abort();
    await targets;
    const after = await settled(soak);
    const { items } = await stage.offhook.api<{ items: CallRecord[] }>('GET', '/calls?live=true');
    const switchLives = (await stage.offhook.switchPid().catch(() => null)) === switchPid;
    inspector.close();
    await stage.offhook.stop();
    const channelsLeft = await channelsOf(kind, stage.offhook.dataDir);
    const quarter = Math.max(1, Math.floor(switchMbs.length / 4));
    const firstMb = mean(switchMbs.slice(0, quarter));
    const lastMb = mean(switchMbs.slice(-quarter));
    const result = {
      switch: kind,
      minutes,
      standing: calls,
      ...counts,
      failures: Object.fromEntries(failures),
      complaints: complaintsOf(stage.offhook.log),
      switchLives,
      callsLeft: items.length,
      channelsLeft,
      socketsLeft: Math.max(0, after.sockets - before.sockets),
      timersLeft: Math.max(0, after.timers - before.timers),
      heapMbEarly: round(before.heapMb),
      heapMbLate: round(after.heapMb),
      heapGrowthPercent: growthPercent(before.heapMb, after.heapMb),
      controllerMbEarly: round(before.controllerMb),
      controllerMbLate: round(after.controllerMb),
      switchMbFirstQuarter: round(firstMb),
      switchMbLastQuarter: round(lastMb),
      switchGrowthPercent: growthPercent(firstMb, lastMb),
      switchMbEveryHalfMinute: switchMbs.map((mb) => round(mb)),
      switchIdleMbEarly: round(before.switchMb),
      switchIdleMbLate: round(after.switchMb),
      loadAverage: loadavg().map((value) => round(value)),
    };
    const isClean =
      switchLives &&
      result.callsLeft + channelsLeft + result.socketsLeft + result.timersLeft === 0 &&
      Math.max(result.heapGrowthPercent, result.switchGrowthPercent) < mostGrowthPercent &&
      counts.failed === 0;
    tell(isClean ? 'nothing is left' : `NOT CLEAN: ${JSON.stringify(result)}`);
    if (!isClean) process.exitCode = 1;
    return { ...result, isClean };
  } finally {
    await stage.remove();
  }
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const growthPercent = (from: number, to: number): number => round((100 * (to - from)) / from);

/** So many calls at any time, for so long. */
const standing = async (soak: Soak, calls: number, minutes: number): Promise<void> => {
  const endMs = performance.now() + minutes * 60_000;
  await Promise.all(
    Array.from({ length: calls }, async () => {
      await pause(Math.random() * 5000);
      while (performance.now() < endMs) await oneCall(soak, endMs);
    }),
  );
};

/** Of connections and calls that are over the kit keeps every message. */
const forgetWhatIsOver = ({ bots, peer }: BenchStage): void => {
  bots.connections.splice(
    0,
    bots.connections.length,
    ...bots.connections.filter(({ closed }) => closed === null),
  );
  peer.calls.splice(0, peer.calls.length, ...peer.calls.filter(({ phase }) => phase !== 'ended'));
};

/** Warnings and errors of the controller, by their words. */
const complaintsOf = (log: readonly string[]): Record<string, number> => {
  const complaints: Record<string, number> = {};
  for (const line of log) {
    if (!line.startsWith('{')) continue;
    const { level, msg, err, reason } = JSON.parse(line) as {
      level: number;
      msg: string;
      err?: { message?: string };
      reason?: string;
    };
    if (level < 40) continue;
    const words = `${msg}: ${err?.message ?? reason ?? ''}`.replace(/[0-9a-f-]{36}/g, '…').slice(0, 120);
    complaints[words] = (complaints[words] ?? 0) + 1;
  }
  return complaints;
};

/** A call from its beginning to its end, by whichever side and for whatever reason. */
const oneCall = async ({ stage, counts, failures }: Soak, endMs: number): Promise<void> => {
  const call = await stage.peer.call(botExtension, { keepSeconds: 0 });
  try {
    await call.answered(20_000);
    counts.calls++;
    void call.rtp.say(toneSource(700, call.rtp.codec));
    const overMs = Math.min(endMs, performance.now() + 2000 + Math.random() * 18_000);
    while (performance.now() < overMs && call.phase !== 'ended') {
      await pause(500 + Math.random() * 1500);
      if (Math.random() < 0.1) await transfer(stage, call.callId, counts);
    }
  } catch (error) {
    counts.failed++;
    const why = call.finalResponse ? `SIP ${call.finalResponse.status}` : String(error).slice(0, 80);
    failures.set(why, (failures.get(why) ?? 0) + 1);
  } finally {
    await call.hangUp();
  }
};

const transfer = async (stage: BenchStage, sipCallId: string, counts: Counts): Promise<void> => {
  const { items } = await stage.offhook.api<{ items: CallRecord[] }>('GET', '/calls?live=true');
  const record = items.find((item) => item.sipCallId === sipCallId && item.state === 'talking');
  if (!record) return;
  // the call may end in this very moment: then the API says so
  const result = await stage.offhook
    .api<{ result: string }>('POST', `/calls/${record.id}/transfer`, { ext: '215' })
    .catch(() => null);
  if (result?.result === 'transferred') counts.transfersTaken++;
  else if (result) counts.transfersRefused++;
};

/** A bot that sends in bursts, takes it back, and marks. */
const behave = (connection: BotConnection, counts: Counts): void => {
  let streamSid: unknown = null;
  connection.onMessage = (message) => {
    if (message.event === 'start') streamSid = message['streamSid'];
    if (message.event === 'mark') counts.marks++;
    // nobody looks at what it heard
    connection.messages.length = Math.min(connection.messages.length, 5);
  };
  const act = (): void => {
    if (connection.closed !== null) return;
    const say = (payload: string) => connection.send({ event: 'media', streamSid, media: { payload } });
    const chance = Math.random();
    if (streamSid !== null) {
      if (chance < 0.3) say(longPiece);
      else if (chance < 0.6) for (let i = 0; i < 5; i++) say(piece);
      else if (chance < 0.8) connection.send({ event: 'mark', streamSid, mark: { name: 'm' } });
      else {
        connection.send({ event: 'clear', streamSid });
        counts.flushes++;
      }
    }
    setTimeout(act, 100 + Math.random() * 900);
  };
  act();
};

const settled = async ({ stage: { offhook }, inspector }: Soak): Promise<Held> => {
  await until(
    async () => (await offhook.api<{ items: CallRecord[] }>('GET', '/calls?live=true')).items.length === 0,
    { what: 'the end of all calls', timeoutMs: 60_000, everyMs: 500 },
  );
  const looks: { sockets: number; timers: number }[] = [];
  // connections of HTTP and the database come and go: the least of some seconds
  for (let look = 0; look < 10; look++) {
    await pause(1000);
    looks.push({ sockets: socketsOf(offhook.pid), timers: await timersOf(offhook.url) });
  }
  return {
    sockets: Math.min(...looks.map(({ sockets }) => sockets)),
    timers: Math.min(...looks.map(({ timers }) => timers)),
    heapMb: await inspector.heapMb(),
    controllerMb: residentMb(offhook.pid),
    switchMb: residentMb(await offhook.switchPid()),
  };
};

const socketsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

const timersOf = async (url: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^nodejs_active_resources\{type="Timeout"\} (\d+)/m.exec(text)?.[1] ?? 0);
};

const channelsOf = async (kind: SwitchKind, dataDir: string): Promise<number> => {
  const { control } = await openOwnSwitch({
    kind,
    dataDir,
    address: '127.0.0.1',
    certificate: temporaryCertificate(),
    log: silentLog(),
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      control.onEvent = (event) => {
        if (event.type === 'link-up') resolve(event.channels.length);
        if (event.type === 'link-down') reject(new Error(event.reason));
      };
      control.start();
    });
  } finally {
    await control.stop();
  }
};
