/**
 * The line of a test conversation: a browser in the place of a SIP channel. It is answered as soon as the agent is ready,
 * and ends with the browser's socket. Knows no switch.
 */
import type { Line } from '../calls/conversation.ts';
import type { LiveCall } from '../calls/live-call.ts';
import type { LegEnd, MediaLeg } from '../switch/port.ts';
import { browserFormat } from './person-bot.ts';

const normalClearing = { cause: 16, causeText: 'Normal Clearing' };

export class BrowserLine implements Line {
  readonly #send: (frame: Uint8Array) => void;
  readonly #digits: (digits: string) => void;
  #leg: MediaLeg | null = null;
  #call: Pick<LiveCall, 'finish' | 'facts'> | null = null;
  #end: LegEnd | null = null;

  constructor(options: { send: (frame: Uint8Array) => void; digits: (digits: string) => void }) {
    this.#send = options.send;
    this.#digits = options.digits;
  }

  /** The call that this is the line of. */
  carries(call: Pick<LiveCall, 'finish' | 'facts'>): void {
    this.#call = call;
    if (this.#end) call.finish(this.#end);
  }

  /** A frame of whoever is at the browser. */
  take(frame: Uint8Array): void {
    this.#leg?.onFrame?.(frame);
  }

  /** The browser has gone, or hung up. */
  gone(): void {
    this.#finish('caller');
  }

  /** This process ends, and its lines with it. */
  stopped(): void {
    if (this.#call) this.#call.facts.cutByRestart = true;
    this.#finish('us');
  }

  answer(): Promise<void> {
    return Promise.resolve();
  }

  refuse(): Promise<void> {
    this.#finish('us');
    return Promise.resolve();
  }

  hangUp(): Promise<void> {
    this.#finish('us');
    return Promise.resolve();
  }

  openMedia(): Promise<MediaLeg> {
    const counters = { framesReceived: 0, framesSent: 0, gaps: 0, malformed: 0 };
    const leg: MediaLeg = {
      // there is no codec on this line; this one has its band
      codec: 'G722',
      format: browserFormat,
      onFrame: null,
      send: (payload) => {
        counters.framesSent += 1;
        this.#send(payload);
      },
      counters,
      close: () => {
        if (this.#leg === leg) this.#leg = null;
      },
    };
    this.#leg = leg;
    return Promise.resolve(leg);
  }

  sendDtmf(_channelId: string, digits: string): Promise<void> {
    this.#digits(digits);
    return Promise.resolve();
  }

  #finish(by: LegEnd['by']): void {
    this.#end ??= { ...normalClearing, by };
    this.#call?.finish(this.#end);
  }
}
