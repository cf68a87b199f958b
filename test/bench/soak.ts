/**
 * `npm run bench -- soak [--minutes 20] [--calls 50] [--json]`: so many calls stand at any time; each talks to a bot that
 * sends far ahead, is interrupted, marks, and is transferred (refused, or taken) or hung up, at random. In the end nothing
 * may be left: no channel in the switch, no call, socket or timer in the controller, and no more memory than at first.
 */
import { readdirSync } from 'node:fs';
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
import { residentMb } from './process-cpu.ts';
import { percentile, round } from './pulses.ts';
import { type BenchOptions, type BenchStage, botExtension, pause, setStage } from './stage.ts';

const piece = toBase64(toneBytes(1400, 400, pcmu));
const longPiece = toBase64(toneBytes(1400, 20_000, pcmu));

type Counts = Record<
  'calls' | 'failed' | 'flushes' | 'marks' | 'transfersTaken' | 'transfersRefused',
  number
>;
type Held = { sockets: number; timers: number };

export const benchSoak = async ({ kind, tell, number }: BenchOptions): Promise<object> => {
  const minutes = number('minutes', 20);
  const calls = number('calls', 50);
  const stage = await setStage(kind);
  const counts: Counts = {
    calls: 0,
    failed: 0,
    flushes: 0,
    marks: 0,
    transfersTaken: 0,
    transfersRefused: 0,
  };
  try {
    await stage.offhook.api('POST', `/trunks/${stage.botTrunk.id}/extensions`, { ext: '215', name: 'Sarah' });
    stage.peer.onRefer = () =>
      Math.random() < 0.5 ? { status: 603 } : { status: 202, notifies: [{ status: 100 }, { status: 200 }] };
    stage.bots.onConnection = (connection) => behave(connection, counts);
    // after a refused REFER the product calls the target itself: it is busy
    const over = new AbortController();
    const refusing = (async () => {
      while (!over.signal.aborted) (await stage.peer.nextCall(1000).catch(() => null))?.reject(486);
    })();
    const endMs = performance.now() + minutes * 60_000;
    const memoryMb: number[] = [];
    const sampling = setInterval(() => memoryMb.push(residentMb(stage.offhook.pid)), 1000);
    // one round of calls first: what stays from it is the process's own
    await Promise.all(
      Array.from({ length: calls }, () => oneCall(stage, counts, performance.now() + 15_000)),
    );
    const before = await settled(stage);
    memoryMb.length = 0;
    const told = setInterval(() => {
      tell(
        `${round((endMs - performance.now()) / 60_000)} min left, ${round(memoryMb.at(-1) ?? 0)} MB, ${JSON.stringify(counts)}`,
      );
      // of connections that are over the kit keeps every message
      stage.bots.connections.splice(
        0,
        stage.bots.connections.length,
        ...stage.bots.connections.filter(({ closed }) => closed === null),
      );
      stage.peer.calls.splice(
        0,
        stage.peer.calls.length,
        ...stage.peer.calls.filter(({ phase }) => phase !== 'ended'),
      );
    }, 30_000);
    await Promise.all(
      Array.from({ length: calls }, async () => {
        await pause(Math.random() * 5000);
        while (performance.now() < endMs) await oneCall(stage, counts, endMs);
      }),
    );
    clearInterval(told);
    clearInterval(sampling);
    over.abort();
    await refusing;
    const after = await settled(stage);
    const { items } = await stage.offhook.api<{ items: CallRecord[] }>('GET', '/calls?live=true');
    await stage.offhook.stop();
    const channelsLeft = await channelsOf(kind, stage.offhook.dataDir);
    const fifth = Math.max(1, Math.floor(memoryMb.length / 5));
    const early = percentile(memoryMb.slice(fifth, 2 * fifth), 0.5);
    const late = percentile(memoryMb.slice(-fifth), 0.5);
    const growth = (100 * (late - early)) / early;
    const result = {
      switch: kind,
      minutes,
      standing: calls,
      ...counts,
      callsLeft: items.length,
      channelsLeft,
      socketsLeft: Math.max(0, after.sockets - before.sockets),
      timersLeft: Math.max(0, after.timers - before.timers),
      memoryMbEarly: round(early),
      memoryMbLate: round(late),
      memoryGrowthPercent: round(growth),
    };
    const isClean =
      result.callsLeft + channelsLeft + result.socketsLeft + result.timersLeft === 0 &&
      growth < 5 &&
      counts.failed === 0;
    tell(isClean ? 'nothing is left' : `NOT CLEAN: ${JSON.stringify(result)}`);
    if (!isClean) process.exitCode = 1;
    return { ...result, isClean };
  } finally {
    await stage.remove();
  }
};

/** A call from its beginning to its end, by whichever side and for whatever reason. */
const oneCall = async (stage: BenchStage, counts: Counts, endMs: number): Promise<void> => {
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
  } catch {
    counts.failed++;
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

/** What the controller holds when no call stands. */
const settled = async ({ offhook }: BenchStage): Promise<Held> => {
  await until(
    async () => (await offhook.api<{ items: CallRecord[] }>('GET', '/calls?live=true')).items.length === 0,
    { what: 'the end of all calls', timeoutMs: 60_000, everyMs: 500 },
  );
  let held: Held = { sockets: 0, timers: 0 };
  // connections of HTTP and the database come and go: the least of some seconds
  for (let look = 0; look < 10; look++) {
    await pause(1000);
    const now = { sockets: socketsOf(offhook.pid), timers: await timersOf(offhook.url) };
    held =
      look === 0
        ? now
        : { sockets: Math.min(held.sockets, now.sockets), timers: Math.min(held.timers, now.timers) };
  }
  return held;
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
