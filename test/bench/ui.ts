/**
 * How smooth the live calls are in a browser: the controller's own API, live state and monitor in front of Debian's
 * Chromium, with calls of the real class that say, press and transfer without end. Only the telephony below them is away, so
 * that its load is not measured as the page's. Counts long tasks (over 50 ms) and frames, while somebody follows a call,
 * scrolls and chooses others.
 */
import { performance } from 'node:perf_hooks';
import { admitSocket } from '../../controller/api/admit-socket.ts';
import { startTestApi } from '../../controller/api/test-api.ts';
import { LiveCall } from '../../controller/calls/live-call.ts';
import { testCallRecord } from '../../controller/calls/test-call-record.ts';
import { startTestPostgres } from '../../controller/db/test-postgres.ts';
import { createLiveState } from '../../controller/live-state.ts';
import { silentLog } from '../../controller/log.ts';
import { createMonitor } from '../../controller/monitor/monitor.ts';
import { repositoryPath } from '../../controller/paths.ts';
import { openBrowser, openPage } from '../kit/browser.ts';
import { round } from './pulses.ts';
import type { BenchOptions } from './stage.ts';

const tickMs = 10;
/** calls that end in a second, each followed by a new one */
const endsASecond = 2;
const journal = { begin: () => undefined, change: () => undefined, event: () => undefined };
const sentences = [
  'Good morning, you have reached the front desk. How can I help you today?',
  'I would like to speak to Sarah in accounts, please, it is about last month.',
  'Of course. One moment, I will see whether she is free.',
  'Thank you.',
];

type Seen = { longTasks: number[]; frames: number[] };

/** What Chromium's performance panel shows: tasks, scripts by function, layout, collections of garbage. */
const traced = [
  'toplevel',
  'devtools.timeline',
  'v8',
  'v8.execute',
  'blink.user_timing',
  'disabled-by-default-v8.cpu_profiler',
];

export const benchUi = async ({ tell, number, profile }: BenchOptions): Promise<object> => {
  const [wanted, rate, seconds] = [number('calls', 200), number('rate', 10), number('seconds', 30)];
  const [browser, postgres] = await Promise.all([openBrowser(), startTestPostgres()]);
  const api = await startTestApi(await postgres.createDatabase(), silentLog(), repositoryPath('dist/ui'));
  const signIn = { email: 'ann@example.com', password: 'a horse on the line' };
  await api.send('POST', '/api/v1/setup', { ...signIn, name: 'Ann', token: api.token });
  const trunk = await api.send('POST', '/api/v1/trunks', {
    name: 'Head office',
    domain: 'pbx.example.com',
    extension: '1000',
    password: 'x',
  });
  const trunkId = (trunk.body as { id: string }).id;
  const live = new Map<string, LiveCall>();
  const { configuration } = api;
  const monitor = createMonitor({
    server: api.server,
    admit: admitSocket(api.accounts),
    snapshot: createLiveState({
      configuration,
      statusOf: () => ({ state: 'registered', text: '', check: '', since: '', nextAttemptAt: null }),
      liveCalls: { list: () => [...live.values()] },
      readiness: () => api.readiness,
    }).snapshot,
    log: silentLog(),
  });
  const workspaceId = configuration.workspaceOfTrunk(trunkId);
  let sent = 0;
  // as app.ts does it
  const onChange = (call: LiveCall, entry: LiveCall['timeline'][number] | null): void => {
    sent += 1;
    if (entry) monitor.publish({ type: 'timeline', callId: call.record.id, entry }, workspaceId);
    else monitor.publish({ type: 'call', call: { ...call.record } }, workspaceId);
  };
  let begun = 0;
  const begin = (): void => {
    begun += 1;
    const record = testCallRecord({
      trunkId,
      trunkName: 'Head office',
      agentName: 'Front desk',
      callerName: `Caller ${begun}`,
      callerNumber: String(27_820_000_000 + begun),
      offeredAt: new Date().toISOString(),
      state: 'ringing',
    });
    const { id: channelId, callerNumber, callerName, calledNumber, sipCallId } = record;
    const channel = { channelId, trunkId, callerNumber, callerName, calledNumber, sipCallId, answered: true };
    const call = new LiveCall({ record, channel, journal, onChange });
    live.set(record.id, call);
    call.note('offered', `Call to ${record.calledNumber}`);
    call.enter('talking');
  };
  const change = (call: LiveCall, turn: number): void => {
    if (turn % 10 === 9) call.enter(call.record.state === 'talking' ? 'transferring' : 'talking');
    else if (turn % 10 === 4) call.note('dtmf', `Caller pressed ${turn % 7}`);
    else call.note(turn % 2 === 0 ? 'agent said' : 'caller said', sentences[turn % sentences.length] ?? '');
  };
  for (let count = 0; count < wanted; count++) begin();

  const { page, complaints, close } = await openPage(browser, api.url, { signIn });
  await page.addInitScript(watch);
  await page.goto('/live');
  await page.getByText(`${wanted} calls`).waitFor();
  await page
    .getByRole('button', { name: /Caller 3 / })
    .first()
    .click();
  await page.getByRole('region', { name: 'What happened' }).waitFor();
  if (profile !== undefined) await browser.startTracing(page, { path: profile, categories: traced });
  await page.evaluate('window.seen = { longTasks: [], frames: [] }');

  const startedMs = performance.now();
  const [sentBefore, endedBefore] = [sent, begun];
  let [turn, ended] = [0, 0];
  const feed = setInterval(() => {
    const elapsedMs = performance.now() - startedMs;
    const calls = [...live.values()];
    for (const due = (elapsedMs / 1000) * wanted * rate; turn < due; turn++) {
      const call = calls[turn % calls.length];
      if (call) change(call, Math.floor(turn / wanted) + (turn % wanted));
    }
    for (; ended < (elapsedMs / 1000) * endsASecond; ended++) {
      // not the one that is followed
      const last = calls[calls.length - 1 - (ended % 20)];
      if (last === undefined) continue;
      last.finish(null);
      live.delete(last.record.id);
      last.conclude(null);
      begin();
    }
  }, tickMs);
  const list = page.getByRole('group', { name: 'Live calls' });
  for (let step = 0; performance.now() - startedMs < 1000 * seconds; step++) {
    await list.evaluate(`(list) => list.scrollTo({ top: ${(step % 20) * 500} })`);
    if (step % 8 === 7) await list.getByRole('button').nth(3).click();
    await page.waitForTimeout(400);
  }
  clearInterval(feed);
  const elapsedSeconds = (performance.now() - startedMs) / 1000;
  const seen = await page.evaluate<Seen>('window.seen');
  if (profile !== undefined) await browser.stopTracing();
  const state = await page.getByText(`${wanted} calls`).count();
  const result = {
    calls: wanted,
    changesASecond: round((sent - sentBefore) / elapsedSeconds),
    endedAndBegun: begun - endedBefore,
    seconds: round(elapsedSeconds),
    longTasks: seen.longTasks.length,
    longestTaskMs: round(Math.max(0, ...seen.longTasks)),
    framesASecond: round(seen.frames.length / elapsedSeconds),
    frameP99Ms: round([...seen.frames].sort((a, b) => a - b)[Math.floor(seen.frames.length * 0.99)] ?? 0),
    showsAllCalls: state > 0,
    complaints,
  };
  tell(
    `${result.calls} calls, ${result.changesASecond} changes a second for ${result.seconds} s: ${result.longTasks} tasks over 50 ms (longest ${result.longestTaskMs} ms), ${result.framesASecond} frames a second, p99 ${result.frameP99Ms} ms`,
  );
  await close();
  await browser.close();
  await monitor.close();
  await api.stop();
  await postgres.stop();
  return result;
};

/** In the page, before anything of ours: long tasks as the browser counts them, and the time between frames. */
const watch = `
  window.seen = { longTasks: [], frames: [] };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.seen.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
  let last = null;
  const frame = (at) => {
    if (last !== null) window.seen.frames.push(at - last);
    last = at;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
`;
