/**
 * The audio of one call, between the caller's leg and the bot: what the bot wants played leaves frame by frame on the
 * beat, what the caller says is handed on at once, each converted only where the two formats differ. Between the bot's
 * words it sends silence, so that the far side's jitter buffer, NAT binding and dead-call timer see a steady stream; and
 * the bot hears silence while nothing comes from the caller, since a bot that detects the end of speech waits for it.
 */
import type { BotAudio, Playback } from '../bots/bot.ts';
import { type AudioFormat, l16, sameFormat, silentFrameOf } from '../contract/audio.ts';
import type { MediaLeg } from '../switch/port.ts';
import type { AudioTap } from './audio-tap.ts';
import { convertsWithDelay, createFrameConverter, type FrameConverter } from './frame-converter.ts';
import type { Pacer } from './pacer.ts';
import { PlayQueue } from './play-queue.ts';

/**
 * Frames that the caller may be behind the beat before silence stands in for him: more than jitter and than what the
 * beat makes up after a hold-up of the process, in which his frames wait in the socket.
 */
const framesBehind = 10;

export class CallAudio {
  /** every frame from the caller, in the format that the bot hears; must return at once */
  onCallerFrame: ((frame: Uint8Array) => void) | null = null;
  /** the bot has sent more than may wait: told once until the queue has been empty */
  onOverflow: (() => void) | null = null;
  readonly #pacer: Pacer;
  readonly #queue = new PlayQueue();
  /** what the caller has to hear whoever talks to him: before the bot's words, and no flush of the bot's reaches it */
  readonly #notices = new PlayQueue();
  #bot: BotAudio = { hears: l16(8000), speaks: l16(8000) };
  #leg: MediaLeg | null = null;
  #stopBeat: (() => void) | null = null;
  #overflowing = false;
  readonly #taps = new Set<AudioTap>();
  #spoken = 0;
  #heard = 0;

  constructor(options: { pacer: Pacer }) {
    this.#pacer = options.pacer;
  }

  /** frames so far: that the bot had something to say in, and that came from the caller */
  get sound(): { spoken: number; heard: number } {
    return { spoken: this.#spoken, heard: this.#heard };
  }

  /** The formats of whoever talks to the caller, from now on. */
  use(audio: BotAudio): void {
    this.#bot = audio;
    // what converts for the one before is of no use
    if (this.#leg) this.attach(this.#leg);
  }

  /** Lets somebody listen, until the returned function is called. */
  tap(tap: AudioTap): () => void {
    this.#taps.add(tap);
    if (this.#leg) tap.begin(this.#leg.format);
    return () => this.#taps.delete(tap);
  }

  /** Takes the leg's audio, in place of an earlier leg's; the queue goes on where it was. */
  attach(leg: MediaLeg): void {
    this.detach();
    this.#leg = leg;
    for (const tap of this.#taps) tap.begin(leg.format);
    const { hears } = this.#bot;
    const toBot = createFrameConverter(leg.format, hears);
    const silenceForBot = silentFrameOf(hears);
    /** frames that the bot has heard, less the beats since: 0 when the caller is on time */
    let ahead = 0;
    leg.onFrame = (payload) => {
      this.#pacer.heard();
      ahead = Math.min(ahead + 1, 0);
      for (const tap of this.#taps) tap.fromCaller(payload);
      this.#heard++;
      this.onCallerFrame?.(toBot(payload));
    };

    const silence = silentFrameOf(leg.format);
    let toLeg: FrameConverter | null = null;
    let spoken: AudioFormat | null = null;
    let silenceOfBot: Uint8Array | null = null;
    let tail: Uint8Array | null = null;
    const nextFrame = (): Uint8Array => {
      const next = this.#notices.takeFrame() ?? this.#queue.takeFrame();
      if (!next) {
        // the end of what was said is still in the filter
        const last = tail && toLeg ? toLeg(tail) : silence;
        tail = null;
        return last;
      }
      if (!toLeg || !spoken || !sameFormat(spoken, next.format)) {
        spoken = next.format;
        toLeg = createFrameConverter(spoken, leg.format);
        silenceOfBot = convertsWithDelay(spoken, leg.format) ? silentFrameOf(spoken) : null;
      }
      tail = silenceOfBot;
      this.#spoken++;
      return toLeg(next.frame);
    };
    this.#stopBeat = this.#pacer.add(() => {
      ahead--;
      if (ahead < -framesBehind) {
        ahead++;
        this.onCallerFrame?.(silenceForBot);
      }
      const frame = nextFrame();
      leg.send(frame);
      for (const tap of this.#taps) tap.toCaller(frame);
    });
  }

  /** Stops the beat and lets go of the leg; what is queued stays for the next `attach`. */
  detach(): void {
    this.#stopBeat?.();
    this.#stopBeat = null;
    if (this.#leg) this.#leg.onFrame = null;
    this.#leg = null;
  }

  /** Queues audio; see `CallHandle.play`. */
  play(audio: Uint8Array, format: AudioFormat = this.#bot.speaks): Playback {
    if (this.#queue.isEmpty) this.#overflowing = false;
    const playback = this.#queue.play(audio, format);
    if (playback.isRefused && !this.#overflowing) {
      this.#overflowing = true;
      this.onOverflow?.();
    }
    return playback;
  }

  /** Plays before everything else and to its end, unless the call is over before. */
  announce(audio: Uint8Array, format: AudioFormat): Playback {
    return this.#notices.play(audio, format);
  }

  mark(): Promise<'played' | 'flushed'> {
    return this.#queue.mark();
  }

  flush(): void {
    this.#queue.flush();
  }

  get queuedMs(): number {
    return this.#queue.queuedMs;
  }

  close(): void {
    this.flush();
    this.#notices.flush();
    this.#leg?.close();
    this.detach();
  }
}
