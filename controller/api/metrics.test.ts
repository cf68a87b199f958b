import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { repositoryPath } from '../paths.ts';
import { createMetrics } from './metrics.ts';

const metrics = createMetrics({
  trunkStates: () => ['registered', 'failed'],
  liveCalls: () => [{ state: 'talking' }],
  switchLinked: () => true,
  strayDatagrams: () => 0,
  audioClock: () => ({ turns: 50, lateTurns: 2 }),
  databaseReady: () => true,
  historyPending: () => 3,
  historyDropped: () => 0,
  webhooksWaiting: () => Promise.reject(new Error('database away')),
  diskFreeBytes: () => 5e9,
  failingAgents: () => 1,
  sipTrace: () => ({ pending: 0, dropped: 0, notUnderstood: 0, storedBytes: 0 }),
});

test('every figure that the Grafana dashboard draws is one that we report', async () => {
  metrics.callEnded({ fault: 'none', answeredAt: '2026-01-01T00:00:00Z', transferredTo: '215' });
  const reported = new Set(
    [...(await metrics.text()).matchAll(/^# TYPE ([a-z0-9_]+) /gm)].map(([, name]) => name),
  );
  const dashboard = readFileSync(repositoryPath('docs', 'grafana-dashboard.json'), 'utf8');
  const drawn = [...dashboard.matchAll(/\b((?:offhook|nodejs|process)_[a-z0-9_]+)/g)].map(([, name]) =>
    (name as string).replace(/_bucket$/, ''),
  );
  expect(new Set(drawn).size).toBeGreaterThan(10);
  expect(drawn.filter((name) => !reported.has(name))).toEqual([]);
});

test('a figure that cannot be had spoils no other one', async () => {
  const text = await metrics.text();
  expect(text).toContain('offhook_webhooks_waiting Nan');
  expect(text).toMatch(/^offhook_disk_free_bytes 5000000000$/m);
  expect(text).toMatch(/^offhook_trunks\{state="failed"\} 1$/m);
});
