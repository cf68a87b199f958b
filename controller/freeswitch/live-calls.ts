/**
 * The calls that FreeSWITCH holds for us, as far as we know: a cache, filled from events and from what FreeSWITCH says
 * on a connect. It tells each call's beginning and end exactly once. It sends nothing.
 */
import {
  type LegEnd,
  type LiveChannel,
  type MediaLeg,
  SwitchError,
  type SwitchEvent,
} from '../switch/port.ts';
import { channelIdOf } from './commands.ts';
import { DigitFilter } from './digit-filter.ts';
import type { ChannelReport } from './events.ts';
import type { ReferWatch } from './refer.ts';

export type LiveCall = {
  channel: LiveChannel;
  /** we placed it */
  dialled: boolean;
  readCodec: string;
  /** FreeSWITCH's end of the audio; null before openMedia */
  mediaPort: number | null;
  /** ports of streams that did not come: nobody else's until the call is over, since one may still come late */
  spentPorts: number[];
  /** how often it was parked since it was answered */
  parks: number;
  /** what FreeSWITCH said when it was parked last, and when; null for a call that was found */
  parked: { report: ChannelReport; atMs: number } | null;
  leg: MediaLeg | null;
  digits: DigitFilter;
  refer: ReferWatch | null;
  /** a periodic check did not find it: a second one says that it is gone */
  missing: boolean;
};

/** Its answer and its audio are asked for right after one another. Later a re-INVITE may have changed the codec. */
const freshReportMs = 500;

/** What FreeSWITCH said of a call that it has just parked; null when it is to be asked anew. */
export const freshReportOf = ({ parked }: LiveCall): ChannelReport | null =>
  parked !== null && performance.now() - parked.atMs < freshReportMs ? parked.report : null;

/** Before its audio is opened, or opened once more: while that lasts nobody else mends it. */
export const letGoOfAudio = (call: LiveCall, report: ChannelReport | null): void => {
  call.mediaPort ??= report?.mediaPort ?? null;
  call.leg?.close();
  call.leg = null;
};

/** For a call whose own end nobody saw. */
export const unseenEnd: LegEnd = { cause: 41, causeText: 'NORMAL_TEMPORARY_FAILURE', by: 'unseen' };

export class LiveCalls {
  readonly #emit: (event: SwitchEvent) => void;
  /** FreeSWITCH's port is in use, or not any more */
  readonly #onPort: (switchPort: number, inUse: boolean) => void;
  readonly #calls = new Map<string, LiveCall>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(options: {
    emit: (event: SwitchEvent) => void;
    onPort: (switchPort: number, inUse: boolean) => void;
  }) {
    this.#emit = options.emit;
    this.#onPort = options.onPort;
  }

  get(channelId: string): LiveCall | undefined {
    return this.#calls.get(channelId);
  }

  /** Throws a SwitchError for an id that is none, or of no call. */
  need(channelId: string): LiveCall {
    const call = this.#calls.get(channelIdOf(channelId));
    if (!call) throw new SwitchError('no-such-channel', 'there is no such call');
    return call;
  }

  isLive(call: LiveCall): boolean {
    return this.#calls.get(call.channel.channelId) === call;
  }

  ids(): string[] {
    return [...this.#calls.keys()];
  }

  /** Takes in what FreeSWITCH says about a call, known or not, without telling anybody. */
  adopt(report: ChannelReport): void {
    const call = this.#calls.get(report.channel.channelId);
    if (call) {
      call.channel = report.channel;
      call.readCodec = report.readCodec;
      return;
    }
    this.#calls.set(report.channel.channelId, {
      channel: report.channel,
      dialled: report.dialled,
      readCodec: report.readCodec,
      mediaPort: report.mediaPort,
      spentPorts: [],
      parks: 0,
      parked: null,
      leg: null,
      digits: new DigitFilter(),
      refer: null,
      missing: false,
    });
    if (report.mediaPort !== null) this.#onPort(report.mediaPort, true);
  }

  /**
   * A call is parked first when it is offered, and again when it has been answered. true: it was taken out of its
   * park and put back by somebody else, and its audio ended with the old one.
   */
  handleParked(report: ChannelReport): boolean {
    const call = this.#calls.get(report.channel.channelId);
    if (!call) {
      this.adopt(report);
      this.#emit({ type: 'offered', channel: report.channel });
      return false;
    }
    call.readCodec = report.readCodec;
    call.parked = { report, atMs: performance.now() };
    if (!report.channel.answered) return false;
    const wasAnswered = call.channel.answered;
    if (!wasAnswered) call.channel = { ...call.channel, answered: true };
    call.parks += 1;
    this.#wake(report.channel.channelId);
    return wasAnswered && call.leg !== null;
  }

  /** `referStatus`: the answer to the last REFER on it */
  end(channelId: string, end: LegEnd, referStatus: number | null = null): void {
    const call = this.#calls.get(channelId);
    if (!call) return;
    this.#calls.delete(channelId);
    call.leg?.close();
    for (const port of [call.mediaPort, ...call.spentPorts]) if (port !== null) this.#onPort(port, false);
    call.refer?.handle({ type: 'ended', byPbx: end.by === 'caller', referStatus });
    this.#wake(channelId);
    this.#emit({ type: 'ended', channelId, end });
  }

  /** Resolves when the call is answered, or what else is asked for, when it has ended, or after the time. */
  async settled(
    call: LiveCall,
    timeoutMs: number,
    isDone: () => boolean = () => call.channel.answered,
  ): Promise<void> {
    const { channelId } = call.channel;
    const isSettled = () => isDone() || !this.isLive(call);
    if (isSettled()) return;
    const waiting = this.#waiting.get(channelId) ?? new Set();
    this.#waiting.set(channelId, waiting);
    await new Promise<void>((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(channelId);
        resolve();
      };
      const wake = () => {
        if (isSettled()) settle();
      };
      const timer = setTimeout(settle, timeoutMs);
      waiting.add(wake);
    });
  }

  #wake(channelId: string): void {
    for (const wake of this.#waiting.get(channelId) ?? []) wake();
  }
}
