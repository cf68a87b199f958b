/**
 * A call without a switch, for the receptionist's tests: a `CallHandle` whose clock is the caller's frames. Speech
 * goes in as a telephone would carry it, at the pace of a telephone or faster.
 */
import type { Bot, CallHandle, Playback, PlayResult } from '../bots/bot.ts';
import { bytesPerMs, frameMs, l16 } from '../contract/audio.ts';
import type { TransferResult } from '../contract/call.ts';
import type { DirectoryEntry } from '../contract/extension.ts';
import { decode, encode } from '../media/g711.ts';
import { bytesOf } from '../media/l16.ts';

const frameSamples = 160;
export const silentFrame = new Int16Array(frameSamples);

export type CallEvent =
  | { kind: 'agent said' | 'caller said'; text: string }
  | { kind: 'interrupted' }
  | { kind: 'flushed' }
  | { kind: 'transfer'; ext: string; summary: string }
  | { kind: 'hang up' };

/** µ-law there and back: what the telephone leaves of a voice. */
export const overTelephone = (samples: Int16Array): Int16Array => decode('PCMU', encode('PCMU', samples));

export class TestCall implements CallHandle {
  readonly callId = 'test-call';
  readonly callerNumber = '101';
  readonly callerName = 'Test';
  readonly calledNumber = '1000';
  readonly lineFormat = l16(8000);
  readonly events: CallEvent[] = [];
  /** what a transfer to an extension comes to; others are `transferred` */
  readonly outcomes = new Map<string, TransferResult>();
  /** when the first sample of the agent's latest words left, and when the caller's latest frame of speech came */
  firstReplyAt = 0;
  lastWordAt = 0;
  entries: readonly DirectoryEntry[];
  #queue: { leftMs: number; settle: (result: PlayResult) => void }[] = [];
  readonly #paceMs: number;

  /** `paceMs`: how long a 20 ms frame takes here. */
  constructor(options: { entries: readonly DirectoryEntry[]; paceMs: number }) {
    this.entries = options.entries;
    this.#paceMs = options.paceMs;
  }

  directory(): readonly DirectoryEntry[] {
    return this.entries;
  }

  play(audio: Uint8Array): Playback {
    if (this.#queue.length === 0) this.firstReplyAt = performance.now();
    const lengthMs = audio.length / bytesPerMs(this.lineFormat);
    const item: { leftMs: number; settle: (result: PlayResult) => void } = {
      leftMs: lengthMs,
      settle: () => undefined,
    };
    const done = new Promise<PlayResult>((resolve) => {
      item.settle = resolve;
    });
    this.#queue.push(item);
    return {
      done,
      get playedMs() {
        return lengthMs - Math.max(0, item.leftMs);
      },
    };
  }

  async mark(): Promise<'played' | 'flushed'> {
    const result = await this.play(new Uint8Array(0)).done;
    return result === 'played' ? 'played' : 'flushed';
  }

  get queuedMs(): number {
    return this.#queue.reduce((sum, { leftMs }) => sum + leftMs, 0);
  }

  flush(): void {
    this.#note({ kind: 'flushed' });
    const dropped = this.#queue;
    this.#queue = [];
    for (const { settle } of dropped) settle('flushed');
  }

  conversation(): { speaker: 'agent' | 'caller'; text: string }[] {
    return this.events.flatMap((event) =>
      event.kind === 'agent said' || event.kind === 'caller said'
        ? [{ speaker: event.kind === 'agent said' ? 'agent' : 'caller', text: event.text }]
        : [],
    );
  }

  note(): void {
    // the timeline is not what these tests look at
  }

  async sendDtmf(): Promise<void> {
    // this telephone has no keypad to light up
  }

  transcript(speaker: 'agent' | 'caller', text: string): void {
    this.#note({ kind: speaker === 'agent' ? 'agent said' : 'caller said', text });
  }

  interrupted(): void {
    this.#note({ kind: 'interrupted' });
  }

  async transfer(ext: string, summary = ''): Promise<{ result: TransferResult; callerStillHere: boolean }> {
    this.#note({ kind: 'transfer', ext, summary });
    return this.#resultOf(this.entries.some((entry) => entry.ext === ext) ? ext : null);
  }

  #resultOf(ext: string | null): { result: TransferResult; callerStillHere: boolean } {
    const result = ext === null ? 'no such extension' : (this.outcomes.get(ext) ?? 'transferred');
    return { result, callerStillHere: result !== 'transferred' && result !== 'caller gone' };
  }

  /** what the agent has as its fallback extension */
  fallbackExtension = '100';

  async transferToFallback(summary = ''): Promise<{ result: TransferResult; callerStillHere: boolean }> {
    this.#note({ kind: 'transfer', ext: this.fallbackExtension, summary });
    return this.#resultOf(this.fallbackExtension);
  }

  transferOutside(number: string): Promise<{ result: TransferResult; callerStillHere: boolean }> {
    return this.transfer(number);
  }

  hangUp(): void {
    this.#note({ kind: 'hang up' });
  }

  get agentSpeaks(): boolean {
    return this.#queue.length > 0;
  }

  /** One beat of the call: the caller's frame in, a frame of the agent's out. */
  async frame(bot: Bot, samples: Int16Array): Promise<void> {
    bot.hear(bytesOf(samples));
    const [playing] = this.#queue;
    if (playing !== undefined) {
      playing.leftMs -= frameMs;
      if (playing.leftMs <= 0) {
        this.#queue.shift();
        playing.settle('played');
      }
    }
    await new Promise((resolve) => setTimeout(resolve, this.#paceMs));
  }

  /** Silence from the caller until `holds`. */
  async waitFor(bot: Bot, holds: (events: readonly CallEvent[]) => boolean): Promise<void> {
    const startedAt = performance.now();
    while (!holds(this.events)) {
      if (performance.now() - startedAt > 20_000)
        throw new Error(`waited in vain; so far: ${JSON.stringify(this.events)}`);
      await this.frame(bot, silentFrame);
    }
  }

  /** Until the agent has said something that `pattern` fits, and has finished. */
  async waitForAgent(bot: Bot, pattern: RegExp): Promise<void> {
    const fits = (event: CallEvent): boolean => event.kind === 'agent said' && pattern.test(event.text);
    await this.waitFor(bot, (events) => events.some(fits) && !this.agentSpeaks);
  }

  /** The caller speaks; `then` a little silence is up to whoever waits. */
  async speak(bot: Bot, samples: Int16Array): Promise<void> {
    const heard = overTelephone(samples);
    for (let at = 0; at < heard.length; at += frameSamples) {
      const frame = new Int16Array(frameSamples);
      frame.set(heard.subarray(at, at + frameSamples));
      await this.frame(bot, frame);
    }
    this.lastWordAt = performance.now();
  }

  texts(kind: 'agent said' | 'caller said'): string[] {
    return this.events.flatMap((event) => (event.kind === kind && 'text' in event ? [event.text] : []));
  }

  #note(event: CallEvent): void {
    this.events.push(event);
  }
}
