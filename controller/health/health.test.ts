import { expect, test } from 'vitest';
import { AgentHealth } from './agent-health.ts';
import { DiskWatch, judgeRoom } from './disk-room.ts';

test('an agent that fails is named until a call of it goes well', () => {
  const health = new AgentHealth();
  const call = { agentId: 'a', agentName: 'Sales bot' };
  expect(health.readiness()).toEqual({ ready: true, text: 'no calls since the start' });
  for (let count = 0; count < 2; count++) {
    health.callEnded({ ...call, fault: 'agent', outcome: 'Reached us, agent never started' });
  }
  health.callEnded({ agentId: 'b', agentName: 'Other', fault: 'none', outcome: 'Caller hung up' });
  expect(health.readiness()).toEqual({
    ready: false,
    text: 'Sales bot failed in its last 2 calls (Reached us, agent never started)',
  });
  expect(health.failing).toBe(1);
  // a refused call and a fault of the PBX say nothing against the agent
  health.callEnded({ agentId: null, agentName: null, fault: 'configuration', outcome: 'Refused' });
  expect(health.failing).toBe(1);
  health.callEnded({ ...call, fault: 'pbx', outcome: 'Transfer failed' });
  expect(health.readiness().ready).toBe(true);
});

test('a disk is called full before it is, and its words say how much is left', () => {
  expect(judgeRoom(50e9, '/data')).toMatchObject({ ready: true, text: '50.0 GB free' });
  expect(judgeRoom(1e9, '/data')).toMatchObject({
    ready: true,
    text: expect.stringContaining('only 1.0 GB'),
  });
  expect(judgeRoom(1e6, '/data')).toMatchObject({ ready: false, text: expect.stringContaining('full') });
});

test('a folder that is gone is said', async () => {
  const watch = new DiskWatch({ folder: '/nowhere/at/all' });
  expect(await watch.look()).toMatchObject({ ready: false, freeBytes: null });
  watch.stop();
  const here = new DiskWatch({ folder: '/' });
  expect((await here.look()).freeBytes).toBeGreaterThan(0);
  here.stop();
});
