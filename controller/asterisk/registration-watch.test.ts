import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseSipHead, type SipHead } from '../sip-trace/sip-head.ts';
import type { ExtensionAccount, RegistrationState } from '../switch/port.ts';
import { type RegistrationTimes, RegistrationWatch } from './registration-watch.ts';

const account: ExtensionAccount = {
  trunkId: 't1',
  extension: '1000',
  username: '1000',
  authId: '1000',
  password: 'x',
  domain: '127.0.0.1',
  port: 9,
  transport: 'udp',
  expirySeconds: 600,
  codecs: ['PCMU'],
};
const never: RegistrationTimes = { silenceMs: 60_000, lookMs: 60_000, probeMs: 1000 };

const head = (text: string): SipHead => parseSipHead(Buffer.from(text.replaceAll('\n', '\r\n'))) as SipHead;
const register = (cseq: number, more = '', callId = 'a'): SipHead =>
  head(`REGISTER sip:pbx SIP/2.0\nCall-ID: ${callId}\nCSeq: ${cseq} REGISTER\nExpires: 600\n${more}\n`);
const unregister = (cseq: number, more = '', callId = 'a'): SipHead =>
  head(`REGISTER sip:pbx SIP/2.0\nCall-ID: ${callId}\nCSeq: ${cseq} REGISTER\nExpires: 0\n${more}\n`);
const answer = (cseq: number, status: number, callId = 'a') =>
  head(`SIP/2.0 ${status} Because\nCall-ID: ${callId}\nCSeq: ${cseq} REGISTER\n\n`) as SipHead & {
    kind: 'response';
  };
const credentials = 'Authorization: Digest username="1000"\n';

const watches: RegistrationWatch[] = [];
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close();
});

const watchOf = (options: { state?: RegistrationState; times?: RegistrationTimes; port?: number } = {}) => {
  const states: RegistrationState[] = [];
  const watch = new RegistrationWatch({
    account: { ...account, port: options.port ?? account.port },
    state: options.state ?? { phase: 'unregistered' },
    times: options.times ?? never,
    onState: (state) => states.push(state),
  });
  watches.push(watch);
  return { watch, states };
};

/** A UDP port that listens and never answers, or, closed, one where nobody is. */
const silentPort = () =>
  new Promise<{ port: number; close: () => void }>((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => resolve({ port: socket.address().port, close: () => socket.close() }));
  });

describe('a registration', () => {
  it('is tried, challenged and registered', () => {
    const { watch, states } = watchOf();
    watch.begin();
    watch.sent(register(1));
    watch.answered(answer(1, 100));
    watch.answered(answer(1, 401));
    watch.sent(register(2, credentials));
    watch.answered(answer(2, 200));
    expect(states).toEqual([{ phase: 'trying' }, { phase: 'registered' }]);
    expect(watch.isTrying).toBe(false);
  });

  for (const status of [401, 407])
    it(`has the wrong password when ${status} answers credentials`, () => {
      const { watch, states } = watchOf();
      watch.begin();
      watch.sent(register(1));
      watch.answered(answer(1, status));
      watch.sent(register(2, credentials));
      watch.answered(answer(2, status));
      expect(states.at(-1)).toEqual({
        phase: 'failed',
        failure: { kind: 'authentication', sipStatus: status, detail: `${status} Because` },
      });
    });

  for (const [status, kind] of [
    [403, 'forbidden'],
    [404, 'unknown-extension'],
    [500, 'other'],
    [302, 'other'],
  ] as const)
    it(`fails as ${kind} on ${status}`, () => {
      const { watch, states } = watchOf();
      watch.begin();
      watch.sent(register(1));
      watch.answered(answer(1, status));
      expect(states.at(-1)).toMatchObject({ phase: 'failed', failure: { kind, sipStatus: status } });
    });

  it('goes on after 423, which the switch answers by itself', () => {
    const { watch, states } = watchOf();
    watch.begin();
    watch.sent(register(1));
    watch.answered(answer(1, 423));
    expect(watch.isTrying).toBe(true);
    watch.sent(register(2, credentials));
    watch.answered(answer(2, 200));
    expect(states.at(-1)).toEqual({ phase: 'registered' });
  });

  it('is not touched by the end of the one that it replaced', async () => {
    const { watch, states } = watchOf({ state: { phase: 'registered' } });
    watch.sent(unregister(7, '', 'old'));
    watch.sent(register(7, credentials, 'new'));
    const told = watch.unregistered(60_000);
    watch.answered(answer(7, 401, 'old'));
    watch.sent(unregister(8, credentials, 'old'));
    watch.answered(answer(7, 200, 'new'));
    watch.answered(answer(8, 404, 'old'));
    await told;
    watch.answered(answer(9, 403, 'stranger'));
    watch.answered(answer(7, 200, 'new'));
    expect(states).toEqual([]);
    expect(watch.state).toEqual({ phase: 'registered' });
  });

  it('that fails when it is renewed is said, and so is its return', () => {
    const { watch, states } = watchOf({ state: { phase: 'registered' } });
    watch.sent(register(5, credentials));
    watch.answered(answer(5, 403));
    watch.sent(register(6, credentials));
    watch.answered(answer(6, 200));
    expect(states.map((state) => state.phase)).toEqual(['failed', 'registered']);
  });

  it('is what AMI says when the messages were lost', () => {
    const { watch, states } = watchOf();
    watch.begin();
    watch.reported('Registered');
    watch.reported('Registered');
    watch.reported('Whatever');
    expect(states).toEqual([{ phase: 'trying' }, { phase: 'registered' }]);
  });

  it('keeps the reason that the PBX gave when AMI says only that it was refused', () => {
    const { watch, states } = watchOf();
    watch.begin();
    watch.sent(register(1));
    watch.answered(answer(1, 404));
    watch.reported('Rejected');
    expect(states).toHaveLength(2);
    expect(watch.isTrying).toBe(false);
  });
});

describe('a registration without an answer', () => {
  it('is refused where nobody listens, long before the switch gives up', async () => {
    const { port, close } = await silentPort();
    close();
    const { watch, states } = watchOf({ port, times: { silenceMs: 60_000, lookMs: 10, probeMs: 1000 } });
    watch.begin();
    await vi.waitFor(() =>
      expect(states.at(-1)).toMatchObject({ phase: 'failed', failure: { kind: 'refused', sipStatus: null } }),
    );
  });

  it('is without answer after the time for that, and not before', async () => {
    const { port, close } = await silentPort();
    const { watch, states } = watchOf({ port, times: { silenceMs: 500, lookMs: 10, probeMs: 100 } });
    watch.begin();
    await vi.waitFor(() => expect(states).toHaveLength(2), { timeout: 5000 });
    expect(states.at(-1)).toMatchObject({ failure: { kind: 'no-answer' } });
    close();
  });

  it('is looked into at once when the switch has given up', async () => {
    const { port, close } = await silentPort();
    close();
    const { watch, states } = watchOf({ state: { phase: 'registered' }, port });
    watch.reported('Rejected');
    await vi.waitFor(() => expect(states.at(-1)).toMatchObject({ failure: { kind: 'refused' } }));
  });

  it('says nothing any more once it is closed', async () => {
    const { port, close } = await silentPort();
    close();
    const { watch, states } = watchOf({ port, times: { silenceMs: 20, lookMs: 10, probeMs: 100 } });
    watch.begin();
    watch.close();
    watch.reported('Registered');
    await watch.unregistered(50);
    expect(states).toEqual([{ phase: 'trying' }]);
  });
});
