/**
 * A bot behind a WebSocket, whatever protocol it speaks: connected before the answer, connected again when it is lost
 * in mid-call, with the conversation so far while the caller is told to wait, and given up when it does not come back,
 * never speaks, stops speaking, or sends what cannot be taken. It knows no protocol's messages and no switch.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Agent } from '../contract/agent.ts';
import { type AudioFormat, silentFrameOf } from '../contract/audio.ts';
import { say } from '../contract/texts/sentence.ts';
import { botTrouble, botTroubleBefore, timelineLine } from '../contract/texts/timeline.ts';
import type { Logger } from '../log.ts';
import type { Bot, BotAudio, CallHandle, Playback } from './bot.ts';
import { Connection } from './connection.ts';
import { BotFailure, quoted } from './failure.ts';
import type { LinkEnd } from './link.ts';
import { onceEach } from './passed-over.ts';
import { Patience } from './patience.ts';
import { ReplyClock } from './reply-clock.ts';
import { describeTools, type Tools } from './tools.ts';
import { hasVoice } from './voice.ts';
import type { Protocol, WireHost } from './wire.ts';

/** While it rings: a bot that is being started gets a second and a third chance. */
const ringingRetriesMs = [250, 500, 1000, 2000];
/** In mid-call; together with the handshakes, how long a caller is asked to wait. */
const lostRetriesMs = [0, 250, 500, 1000, 2000, 4000];
/** Short enough that a connection which comes back at once is not noticed. */
const noticeAfterMs = 700;
/** A connection that did not last so long was none: the retries go on where they were. */
const steadyAfterMs = 10_000;
/** What a bot says at the end is heard, if it comes to an end. */
const longestLastWordsMs = 15_000;
/** For the result of a tool that runs when the call ends. */
const lastResultMs = 2000;
/** A longer piece of audio is a voice. */
const mostLookedAtBytes = 8000;
export type RemoteBotOptions = {
  call: CallHandle;
  agent: Agent;
  protocol: Protocol;
  tools: Tools;
  toolsUrl: string;
  /** our own words as audio, and their format */
  announce: {
    speak: (text: string) => Promise<Uint8Array>;
    format: AudioFormat;
    silence: string;
    reconnecting: string;
    /** the bot takes long over its answer */
    waiting: string;
  };
  /** the call is over, or the bot given up: whatever was registered for it is to be forgotten */
  onEnd: () => void;
  log: Logger;
};

export class RemoteBot implements Bot {
  readonly audio: BotAudio;
  readonly #options: RemoteBotOptions;
  readonly #silence: Uint8Array;
  readonly #patience: Patience;
  readonly #reply: ReplyClock;
  readonly #over: Promise<void>;
  #finish: () => void = () => undefined;
  #die: (failure: BotFailure) => void = () => undefined;
  #connection: Connection | null = null;
  #phase: 'preparing' | 'talking' | 'over' = 'preparing';
  #hasSpoken = false;
  /** was there a voice in what it sent last: some bots send silence between their words */
  #spokeLast = false;
  #retry = 0;
  #answeredAtMs = 0;
  #lastSoundMs = 0;
  #asked = false;
  /** announcements of our own that wait or are played */
  #announcing = 0;
  readonly #passOver = onceEach((reason) => this.#options.log.warn({ reason }, 'passed over of the bot'));
  #ticks: NodeJS.Timeout | null = null;

  constructor(options: RemoteBotOptions) {
    this.#options = options;
    this.audio = options.protocol.audio;
    this.#silence = silentFrameOf(this.audio.hears);
    this.#patience = new Patience({
      onMalformed: (reason) => options.log.warn({ reason }, 'the bot sent what cannot be understood'),
    });
    const { firstWordSeconds, silenceTimeoutSeconds } = options.agent.settings;
    // one that may wait for the caller's first word is to answer it all the same
    this.#reply = new ReplyClock(firstWordSeconds || silenceTimeoutSeconds);
    this.#over = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#die = reject;
    });
    // a bot may die before anybody runs it
    this.#over.catch(() => undefined);
  }

  async prepare(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#connect();
        return;
      } catch (error) {
        const waitMs = ringingRetriesMs[attempt];
        const isFinal = error instanceof BotFailure && error.isFinal;
        if (isFinal || waitMs === undefined || this.#phase === 'over') throw error;
        await delay(waitMs);
      }
    }
  }

  async run({ resumed }: { resumed: boolean }): Promise<void> {
    if (this.#phase === 'over') return this.#over;
    this.#phase = 'talking';
    this.#hasSpoken ||= resumed;
    this.#answeredAtMs = performance.now();
    this.#lastSoundMs = this.#answeredAtMs;
    this.#ticks = setInterval(() => this.#watch(), 500);
    if (this.#connection) this.#connection.wire.start({ resumed });
    else this.#reconnect(resumed).catch((error: unknown) => this.#fail(error));
    try {
      await this.#over;
    } finally {
      this.#close();
    }
  }

  hear(frame: Uint8Array): void {
    if (this.#phase !== 'talking') return;
    const isVoice = hasVoice(frame, this.audio.hears);
    if (isVoice) this.#sound();
    this.#countReply(isVoice);
    const deaf = !this.#options.agent.settings.bargeIn && this.#options.call.queuedMs > 0;
    this.#connection?.wire.hear(deaf ? this.#silence : frame);
  }

  digit(digit: string): void {
    this.#sound();
    this.#reply.keyed();
    if (this.#phase === 'talking') this.#connection?.wire.digit(digit);
  }

  end(): void {
    // the PBX may take the caller over before it has said so: the bot is told the result of its transfer all the same
    if (this.#options.tools.isBusy && this.#phase !== 'over') void this.#endWhenIdle();
    else {
      this.#close();
      this.#finish();
    }
  }

  async #endWhenIdle(): Promise<void> {
    const abort = new AbortController();
    const longEnough = delay(lastResultMs, undefined, { signal: abort.signal }).catch(() => undefined);
    await Promise.race([this.#options.tools.idle(), longEnough]);
    abort.abort();
    this.#close();
    this.#finish();
  }

  /** Opens a connection; it is the bot's from the moment that the bot is ready on it. */
  async #connect(): Promise<Connection> {
    const connection: Connection = await Connection.open({
      protocol: this.#options.protocol,
      host: (own) => this.#host(own),
      patience: this.#patience,
      isHeard: () => this.#options.call.queuedMs > 0,
      onEnd: (end) => this.#lost(connection, end),
    });
    if (this.#phase === 'over') {
      connection.close();
      throw new BotFailure('lost', 'the call is over');
    }
    this.#connection = connection;
    return connection;
  }

  #host(connection: Pick<WireHost, 'send' | 'ready' | 'fail'>): WireHost {
    const { call, agent, tools, toolsUrl } = this.#options;
    return {
      ...connection,
      call,
      agent: {
        id: agent.id,
        name: agent.name,
        firstMessage: agent.firstMessage,
        language: agent.settings.language,
      },
      toolsUrl,
      tools: describeTools(agent.settings.tools),
      conversation: () => call.conversation(),
      play: (audio, format) => this.#play(audio, format, connection.fail),
      runTool: (name, input) => tools.run(name, input),
      passedOver: this.#passOver,
      malformed: (reason) => {
        const tooMuch = this.#patience.malformed(reason);
        if (tooMuch) connection.fail(tooMuch);
      },
      finish: () => void this.#lastWords(),
    };
  }

  #play(audio: Uint8Array, format: AudioFormat | undefined, fail: (failure: BotFailure) => void): Playback {
    this.#spokeLast = audio.length > mostLookedAtBytes || hasVoice(audio, format ?? this.audio.speaks);
    this.#hasSpoken ||= this.#spokeLast;
    if (this.#spokeLast) {
      this.#sound();
      this.#reply.settled();
    }
    const playback = this.#options.call.play(audio, format);
    void playback.done.then((result) => {
      const tooMuch = result === 'refused' ? this.#patience.take('refused audio') : null;
      if (tooMuch) fail(tooMuch);
    });
    return playback;
  }

  #lost(lost: Connection, { clean, failure }: LinkEnd): void {
    this.#connection = null;
    if (this.#phase === 'over') return;
    if (failure.isFinal) {
      this.#fail(failure);
      return;
    }
    // between ready and answered: `run` connects again
    if (this.#phase === 'preparing') return;
    if (clean && this.#options.protocol.closingEndsCall) {
      void this.#lastWords();
      return;
    }
    if (performance.now() - lost.openedAtMs > steadyAfterMs) this.#retry = 0;
    this.#options.call.note('agent lost', say(timelineLine.agentLost, { why: failure.message }));
    this.#reconnect(true).catch((error: unknown) => this.#fail(error));
  }

  /** Until the bot is back, has given a final answer, or the time is up. */
  async #reconnect(resumed: boolean): Promise<void> {
    const notice = setTimeout(() => void this.#announce(this.#options.announce.reconnecting), noticeAfterMs);
    try {
      let last: string = botTroubleBefore.again;
      for (;;) {
        const waitMs = lostRetriesMs[this.#retry++];
        if (waitMs === undefined) throw new BotFailure('lost', say(botTrouble.notBack, { why: last }));
        await delay(waitMs);
        if (this.#phase === 'over') return;
        try {
          const connection = await this.#connect();
          this.#options.call.note('agent back', timelineLine.agentBack);
          this.#sound();
          connection.wire.start({ resumed });
          return;
        } catch (error) {
          if (!(error instanceof BotFailure)) throw error;
          if (error.isFinal)
            throw new BotFailure('lost', say(botTrouble.notBack, { why: error.message }), { cause: error });
          last = error.message;
        }
      }
    } finally {
      clearTimeout(notice);
    }
  }

  /** Twice a second: has the bot ever spoken, and is anybody still there? */
  #watch(): void {
    const { call, agent, announce } = this.#options;
    const { firstWordSeconds, silenceTimeoutSeconds, silencePrompt } = agent.settings;
    const nowMs = performance.now();
    if (call.queuedMs > 0 && this.#spokeLast) this.#lastSoundMs = nowMs;
    if (!this.#hasSpoken && firstWordSeconds > 0 && nowMs - this.#answeredAtMs > firstWordSeconds * 1000) {
      const text = say(botTrouble.saidNothing, { seconds: firstWordSeconds });
      return this.#fail(new BotFailure('silent', text));
    }
    if (silenceTimeoutSeconds === 0 || nowMs - this.#lastSoundMs < silenceTimeoutSeconds * 1000) return;
    if (this.#asked) {
      this.#close();
      return call.hangUp('silence');
    }
    this.#asked = true;
    this.#lastSoundMs = nowMs;
    void this.#announce(silencePrompt || announce.silence);
  }

  /** A bot that lives, and answers nothing: the caller is told to wait, then it has failed. */
  #countReply(isVoice: boolean): void {
    const { call, tools, announce } = this.#options;
    const speaks = call.queuedMs > 0 && this.#spokeLast && this.#announcing === 0;
    // one that is being connected again has a time of its own
    if (speaks || tools.isBusy || this.#connection === null) {
      return this.#reply.settled();
    }
    const result = this.#reply.heard(isVoice);
    if (result === 'nothing') return;
    const { seconds } = this.#reply;
    if (result === 'failed') {
      const kind = this.#hasSpoken ? 'mute' : 'silent';
      return this.#fail(new BotFailure(kind, say(botTrouble.notAnsweringAgain, { seconds })));
    }
    const waited = say(botTrouble.notAnswering, { seconds });
    this.#options.log.warn({ reason: waited }, 'the bot has gone quiet');
    call.note('agent quiet', say(timelineLine.agentQuiet, { why: waited }));
    void this.#announce(announce.waiting);
  }

  #sound(): void {
    this.#lastSoundMs = performance.now();
    this.#asked = false;
  }

  async #announce(text: string): Promise<void> {
    const { call, announce } = this.#options;
    this.#announcing++;
    const speech = await announce.speak(text);
    if (this.#phase === 'talking') {
      call.note('announcement', text);
      await call.play(speech, announce.format).done;
    }
    this.#announcing--;
  }

  /** The bot is done: what it said is played, what it asked for is carried out, then the dialogue is over. */
  async #lastWords(): Promise<void> {
    await this.#options.tools.idle();
    const abort = new AbortController();
    await Promise.race([
      this.#options.call.mark(),
      delay(longestLastWordsMs, undefined, { signal: abort.signal }).catch(() => undefined),
    ]);
    abort.abort();
    this.end();
  }

  #fail(error: unknown): void {
    const failure =
      error instanceof BotFailure ? error : new BotFailure('lost', quoted(String(error)), { cause: error });
    this.#close();
    this.#die(failure);
  }

  #close(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    if (this.#ticks) clearInterval(this.#ticks);
    const connection = this.#connection;
    this.#connection = null;
    this.#options.tools.close();
    this.#options.onEnd();
    connection?.close();
  }
}
