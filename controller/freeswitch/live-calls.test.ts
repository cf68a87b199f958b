import { beforeEach, describe, expect, it } from 'vitest';
import type { SwitchEvent } from '../switch/port.ts';
import type { ChannelReport } from './events.ts';
import { LiveCalls, unseenEnd } from './live-calls.ts';

const channelId = '05e4ea09-2c4f-47c0-a864-f16574d95ff2';
const report = (answered: boolean, mediaPort: number | null = null): ChannelReport => ({
  channel: {
    channelId,
    trunkId: 'trunk-a',
    callerNumber: '100',
    callerName: 'Alice',
    calledNumber: '1000',
    sipCallId: 'x',
    answered,
  },
  mediaPort,
  readCodec: 'PCMU',
  offersTelephoneEvents: true,
  referEnded: false,
  byAddress: null,
  hungUp: false,
  dialled: false,
});
const end = { cause: 16, causeText: 'NORMAL_CLEARING', by: 'caller' } as const;

let told: SwitchEvent['type'][];
let ports: string[];
let calls: LiveCalls;
beforeEach(() => {
  told = [];
  ports = [];
  calls = new LiveCalls({
    emit: (event) => told.push(event.type),
    onPort: (port, inUse) => ports.push(`${port} ${inUse ? 'taken' : 'free'}`),
  });
});

describe('a call', () => {
  it('is offered once and ends once, however often FreeSWITCH says so', () => {
    calls.handleParked(report(false));
    calls.handleParked(report(false));
    calls.handleParked(report(true));
    calls.handleParked(report(true));
    expect(calls.get(channelId)?.channel.answered).toBe(true);
    calls.end(channelId, end);
    calls.end(channelId, end);
    expect(told).toEqual(['offered', 'ended']);
  });

  it('that was in the picture is not offered again', () => {
    calls.adopt(report(false));
    calls.handleParked(report(false));
    expect(told).toEqual([]);
  });

  it('that we never knew does not end', () => {
    calls.end(channelId, unseenEnd);
    expect(told).toEqual([]);
  });

  it('says when it was put back into its park by somebody else, and its audio is gone', () => {
    expect(calls.handleParked(report(false))).toBe(false);
    expect(calls.handleParked(report(true))).toBe(false);
    // answered and not yet heard: openMedia will ask for the stream
    expect(calls.handleParked(report(true))).toBe(false);
    calls.need(channelId).leg = {
      codec: 'PCMU',
      format: { encoding: 'PCMU', sampleRate: 8000 },
      onFrame: null,
      send: () => undefined,
      counters: { framesReceived: 0, framesSent: 0, gaps: 0, malformed: 0 },
      close: () => undefined,
    };
    expect(calls.handleParked(report(true))).toBe(true);
    expect(told).toEqual(['offered']);
  });

  it('keeps its media port, and those that failed, until its end', () => {
    calls.adopt(report(true, 4000));
    const call = calls.need(channelId);
    call.spentPorts.push(4001);
    expect(ports).toEqual(['4000 taken']);
    calls.end(channelId, end);
    expect(ports).toEqual(['4000 taken', '4000 free', '4001 free']);
  });

  it('is waited for until it is answered, has ended, or the time is up', async () => {
    calls.adopt(report(false));
    const call = calls.need(channelId);
    await calls.settled(call, 5);
    expect(call.channel.answered).toBe(false);
    const answered = calls.settled(call, 10_000);
    calls.handleParked(report(true));
    await answered;
    calls.end(channelId, end);
    calls.adopt(report(false));
    const next = calls.need(channelId);
    const ended = calls.settled(next, 10_000);
    calls.end(channelId, end);
    await ended;
    expect(calls.isLive(next)).toBe(false);
  });

  it('that is not there, or whose id is none, is an error with its code', () => {
    expect(() => calls.need(channelId)).toThrow(expect.objectContaining({ code: 'no-such-channel' }));
    expect(() => calls.need('x y')).toThrow(expect.objectContaining({ code: 'bad-argument' }));
  });
});
