/** The metrics for Prometheus. Labels have few values and no personal data, because /metrics asks for no token. */
import type { RequestHandler } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CallRecord } from '../contract/call.ts';
import type { TrunkStatus } from '../contract/trunk.ts';

/** What is read when somebody asks; each must be quick. */
export type MetricSources = {
  trunkStates(): Iterable<TrunkStatus['state']>;
  liveCalls(): Iterable<Pick<CallRecord, 'state'>>;
  switchLinked(): boolean;
  /** datagrams at the audio sockets that belong to no call */
  strayDatagrams(): number;
  audioClock(): { turns: number; lateTurns: number };
  databaseReady(): boolean;
  historyPending(): number;
  historyDropped(): number;
  webhooksWaiting(): Promise<number>;
  /** null = it cannot be told */
  diskFreeBytes(): number | null;
  failingAgents(): number;
  sipTrace(): { pending: number; dropped: number; notUnderstood: number; storedBytes: number };
};

export type Metrics = {
  contentType: string;
  text(): Promise<string>;
  /** counts a call that ended */
  callEnded(call: Pick<CallRecord, 'fault' | 'answeredAt' | 'transferredTo'>): void;
  /** measures every request */
  measure: RequestHandler;
};

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const perState = (name: string, help: string, states: readonly string[], read: () => Iterable<string>) =>
    new Gauge({
      name,
      help,
      labelNames: ['state'],
      registers,
      collect() {
        const counts = new Map(states.map((state) => [state, 0]));
        for (const state of read()) counts.set(state, (counts.get(state) ?? 0) + 1);
        for (const [state, count] of counts) this.set({ state }, count);
      },
    });
  const single = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  perState(
    'offhook_trunks',
    'Trunks by the state of their registration',
    ['connecting', 'registered', 'failed', 'waiting', 'active', 'inactive'],
    () => sources.trunkStates(),
  );
  perState('offhook_live_calls', 'Calls that stand, by state', ['ringing', 'talking', 'transferring'], () =>
    [...sources.liveCalls()].map(({ state }) => state).filter((state) => state !== 'ended'),
  );
  single('offhook_switch_linked', '1 while the switch is connected', () => Number(sources.switchLinked()));
  single('offhook_stray_datagrams', 'Audio datagrams from strangers, which were dropped', () =>
    sources.strayDatagrams(),
  );
  single(
    'offhook_audio_turns',
    'Turns of the clock of 5 ms on which the calls get their audio',
    () => sources.audioClock().turns,
  );
  single(
    'offhook_audio_turns_late',
    'Turns that came more than 20 ms late: the process was held up, and calls heard it',
    () => sources.audioClock().lateTurns,
  );
  single('offhook_database_ready', '1 while the database answers', () => Number(sources.databaseReady()));
  single('offhook_history_pending', 'Call history entries that are not in the database yet', () =>
    sources.historyPending(),
  );
  single('offhook_history_dropped', 'Call history entries that were given up', () =>
    sources.historyDropped(),
  );
  single(
    'offhook_sip_messages_pending',
    'SIP messages that are not in the database yet',
    () => sources.sipTrace().pending,
  );
  single(
    'offhook_sip_messages_dropped',
    'SIP messages that were given up: too many at once, or no database',
    () => sources.sipTrace().dropped,
  );
  single(
    'offhook_sip_messages_not_understood',
    'Captured datagrams that held no SIP message',
    () => sources.sipTrace().notUnderstood,
  );
  single(
    'offhook_sip_messages_bytes',
    'Room that stored SIP messages take, about',
    () => sources.sipTrace().storedBytes,
  );
  single(
    'offhook_webhooks_waiting',
    'Webhook deliveries that wait to be sent; NaN while the database is away',
    () => sources.webhooksWaiting().catch(() => Number.NaN),
  );
  single(
    'offhook_disk_free_bytes',
    "Room on the data folder's disk; NaN when it cannot be told",
    () => sources.diskFreeBytes() ?? Number.NaN,
  );
  single('offhook_agents_failing', 'Agents that failed in their last call', () => sources.failingAgents());
  const ended = new Counter({
    name: 'offhook_calls_ended_total',
    help: 'Calls that ended, by whose fault it was and how far they came',
    labelNames: ['fault', 'reached'],
    registers,
  });
  const requests = new Histogram({
    name: 'offhook_http_request_seconds',
    help: 'Duration of HTTP requests',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    callEnded: ({ fault, answeredAt, transferredTo }) => {
      const reached = transferredTo === null ? (answeredAt === null ? 'offered' : 'agent') : 'transferred';
      ended.inc({ fault: fault ?? 'none', reached });
    },
    measure: (request, response, next) => {
      const stop = requests.startTimer();
      response.once('close', () => {
        const method = methods.has(request.method) ? request.method : 'other';
        stop({
          method,
          route: routeOf(request.originalUrl, response.locals['route']),
          status: response.statusCode,
        });
      });
      next();
    },
  };
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']);
const whole = new Set(['/healthz', '/readyz', '/metrics']);

/** The pattern of an address, not the address: what strangers ask for must not become labels. */
function routeOf(url: string, declared: unknown): string {
  if (typeof declared === 'string') return declared;
  const path = url.split('?')[0] ?? '';
  return whole.has(path) ? path : 'other';
}
