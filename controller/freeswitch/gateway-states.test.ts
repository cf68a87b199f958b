import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RegistrationState } from '../switch/port.ts';
import type { ProbeResult } from '../switch/probe.ts';
import { classifyFailure, explainUnavailable, GatewayStates } from './gateway-states.ts';

describe('a failure', () => {
  it.each([
    [904, 'Operation has no matching challenge', 'authentication', 401],
    [401, 'Unauthorized', 'authentication', 401],
    [407, 'Proxy Authentication Required', 'authentication', 407],
    [403, 'Forbidden', 'forbidden', 403],
    [404, 'Not Found', 'unknown-extension', 404],
    [408, 'Request Timeout', 'no-answer', null],
    [503, 'DNS Error', 'name-not-found', null],
    [500, 'Server Internal Error', 'other', 500],
    [603, 'Decline', 'other', 603],
    [900, 'Internal', 'other', null],
  ])('%i %s is %s', (status, phrase, kind, sipStatus) => {
    expect(classifyFailure(status, phrase)).toEqual({ kind, sipStatus, detail: `${status} ${phrase}` });
  });

  it('that is 503 has to be asked of the network', () => {
    expect(classifyFailure(503, 'Service Unavailable')).toBe('ask');
    const kinds = (['refused', 'name-not-found', 'no-answer', 'reachable'] as const).map((network) => {
      const { kind, sipStatus } = explainUnavailable(network, 'Service Unavailable');
      return [kind, sipStatus];
    });
    expect(kinds).toEqual([
      ['refused', null],
      ['name-not-found', null],
      ['no-answer', null],
      ['other', 503],
    ]);
  });
});

describe('the states of a gateway', () => {
  let told: string[];
  let network: ProbeResult;
  let states: GatewayStates;
  const shown = (state: RegistrationState) =>
    state.phase === 'failed' ? `failed: ${state.failure.kind}` : state.phase;
  const hear = (state: string, status: number | null = null, phrase = '') =>
    states.handle({ trunkId: 'a', state, status, phrase });

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    network = 'reachable';
    states = new GatewayStates({
      onState: (_trunkId, state) => told.push(shown(state)),
      probe: () => Promise.resolve(network),
      silentAfterMs: 15_000,
    });
  });
  afterEach(() => {
    states.stop();
    vi.useRealTimers();
  });

  it('are told once: a refresh is no news', () => {
    for (let round = 0; round < 3; round += 1)
      for (const state of ['UNREGED', 'TRYING', 'REGISTER', 'REGED']) hear(state);
    expect(told).toEqual(['trying', 'registered']);
  });

  it('keep the last real failure until it is registered, and tell each failed attempt', () => {
    hear('TRYING');
    hear('FAILED', 403, 'Forbidden');
    hear('FAIL_WAIT');
    hear('UNREGED');
    hear('TRYING');
    expect(told).toEqual(['trying', 'failed: forbidden']);
    hear('FAILED', 403, 'Forbidden');
    hear('TRYING');
    hear('REGED');
    expect(told).toEqual(['trying', 'failed: forbidden', 'failed: forbidden', 'registered']);
  });

  it('tell silence before sofia does, and once', async () => {
    hear('TRYING');
    await vi.advanceTimersByTimeAsync(14_999);
    expect(told).toEqual(['trying']);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['trying', 'failed: no-answer']);
    hear('FAILED', 408, 'Request Timeout');
    hear('FAIL_WAIT');
    expect(told).toHaveLength(2);
  });

  it('say that a name server found nothing while sofia still asks it', async () => {
    network = 'name-not-found';
    hear('TRYING');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(told).toEqual(['trying', 'failed: name-not-found']);
  });

  it('say refused when the network says so', async () => {
    network = 'refused';
    hear('TRYING');
    hear('FAILED', 503, 'Service Unavailable');
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['trying', 'failed: refused']);
  });

  it('drop what the network says about an attempt that is over', async () => {
    network = 'refused';
    hear('TRYING');
    hear('FAILED', 503, 'Service Unavailable');
    hear('TRYING');
    hear('REGED');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(told).toEqual(['trying', 'registered']);
  });

  it('go from registered to failed when a refresh fails', () => {
    hear('REGED');
    hear('TRYING');
    hear('FAILED', 401, 'Unauthorized');
    expect(told).toEqual(['registered', 'failed: authentication']);
  });

  it('begin anew with a changed account', () => {
    hear('TRYING');
    hear('FAILED', 403, 'Forbidden');
    states.restart('a');
    hear('TRYING');
    hear('REGED');
    expect(told).toEqual(['trying', 'failed: forbidden', 'trying', 'registered']);
  });

  it('say nothing any more once forgotten', async () => {
    hear('TRYING');
    states.forget('a');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual(['trying']);
    expect(states.snapshot().size).toBe(0);
  });

  it('taken from a status answer ask for another attempt only where the reason is unknown', () => {
    const adopt = (trunkId: string, state: string) =>
      states.adopt({ trunkId, state, status: null, phrase: '' });
    expect(adopt('registered', 'REGED')).toBe(false);
    expect(adopt('trying', 'TRYING')).toBe(false);
    expect(adopt('failing', 'FAIL_WAIT')).toBe(true);
    states.handle({ trunkId: 'known', state: 'FAILED', status: 403, phrase: 'Forbidden' });
    expect(adopt('known', 'FAIL_WAIT')).toBe(false);
    // it was registered when we looked last: its failure was lost
    expect(adopt('registered', 'FAIL_WAIT')).toBe(true);
    expect([...states.snapshot()].map(([trunkId, state]) => `${trunkId} ${shown(state)}`)).toEqual([
      'trying trying',
      'failing trying',
      'known failed: forbidden',
      'registered trying',
    ]);
  });
});
