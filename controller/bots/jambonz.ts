/**
 * jambonz' `listen`, with Offhook in jambonz' place. `streaming`: the bot sends binary L16 and marks; `playAudio`: it
 * sends clips, which are played one after another and answered by playDone.
 */
import { l16, type SampleRate } from '../contract/audio.ts';
import { type JambonzMessage, parseJambonz, writeJambonz } from './jambonz-messages.ts';
import { longestMessageBytes } from './longest-message.ts';
import type { Protocol, Wire, WireHost } from './wire.ts';

export type JambonzOptions = {
  url: string;
  headers: Readonly<Record<string, string>>;
  parameters: Readonly<Record<string, string>>;
  mode: 'streaming' | 'playAudio';
  sampleRate: SampleRate;
  passDtmf: boolean;
  /** names the agent in the metadata, as jambonz names its account and application */
  accountSid: string;
  username: string;
  password: string;
};

/** jambonz' own names; its older modules and its SDK say drachtio. */
const subprotocols = ['audio.jambonz.org', 'audio.drachtio.org'];
/** lws_glue.cpp: more marks are not kept. */
const mostMarks = 30;
/** listen.js, MAX_PLAY_AUDIO_QUEUE_SIZE */
const mostClips = 10;

type Clip = Extract<JambonzMessage, { type: 'playAudio' }>;

export const jambonzProtocol = (options: JambonzOptions): Protocol => ({
  name: 'jambonz listen',
  audio: { hears: l16(options.sampleRate), speaks: l16(options.sampleRate) },
  target: {
    url: options.url,
    protocols: subprotocols,
    headers: {
      ...options.headers,
      ...(options.username === ''
        ? {}
        : {
            Authorization: `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`,
          }),
    },
    // a clip has a rate of its own
    longestMessageBytes:
      options.mode === 'streaming'
        ? longestMessageBytes(l16(options.sampleRate), 'binary')
        : longestMessageBytes(l16(48_000), 'base64'),
  },
  closingEndsCall: true,
  wire: (host) => new JambonzWire(options, host),
});

class JambonzWire implements Wire {
  readonly #options: JambonzOptions;
  readonly #host: WireHost;
  #phase: 'waiting' | 'streaming' | 'stopped' = 'waiting';
  #marks: { name: string; cleared: boolean }[] = [];
  #clips: Clip[] = [];
  #playing = false;

  constructor(options: JambonzOptions, host: WireHost) {
    this.#options = options;
    this.#host = host;
  }

  open(): void {
    this.#host.ready();
  }

  start({ resumed }: { resumed: boolean }): void {
    const { call, agent, toolsUrl, tools } = this.#host;
    this.#phase = 'streaming';
    const attributes = {
      ...this.#options.parameters,
      callSid: call.callId,
      direction: 'inbound',
      from: call.callerNumber,
      to: call.calledNumber,
      callerName: call.callerName,
      callStatus: 'in-progress',
      accountSid: this.#options.accountSid,
      language: agent.language,
      firstMessage: agent.firstMessage,
      offhook: {
        resumed,
        toolsUrl,
        tools: tools.map(({ name }) => name),
        conversation: resumed ? this.#host.conversation() : [],
      },
    };
    this.#host.send(writeJambonz.metadata(attributes, this.#options.sampleRate));
  }

  hear(frame: Uint8Array): void {
    if (this.#phase === 'streaming') this.#host.send(frame);
  }

  digit(digit: string): void {
    if (this.#phase === 'streaming' && this.#options.passDtmf) this.#host.send(writeJambonz.dtmf(digit));
  }

  text(text: string): void {
    const message = parseJambonz(text);
    if (typeof message === 'string') {
      this.#host.malformed(message);
      return;
    }
    if (this.#phase !== 'streaming') return;
    switch (message.type) {
      case 'playAudio':
        this.#takeClip(message);
        return;
      case 'killAudio':
        this.#clips = [];
        this.#host.call.flush();
        return;
      case 'mark':
        this.#setMark(message.name);
        return;
      case 'clearMarks':
        for (const mark of this.#marks.splice(0)) this.#tellMark(mark, 'cleared');
        return;
      case 'disconnect':
        this.#host.finish();
        return;
      case 'ignored':
        if (message.unknown !== null) this.#host.passedOver(`messages of the type ${message.unknown}`);
        return;
    }
  }

  binary(bytes: Uint8Array): void {
    if (this.#phase !== 'streaming') return;
    if (this.#options.mode === 'streaming') this.#host.play(bytes);
    else this.#host.malformed('binary audio, but the agent is set to playAudio commands');
  }

  stop(): void {
    this.#phase = 'stopped';
    this.#clips = [];
  }

  /** Without queuePlay a clip takes the place of those that wait. */
  #takeClip(clip: Clip): void {
    if (!clip.queue) this.#clips = [];
    if (this.#clips.length >= mostClips) {
      this.#host.malformed(`more than ${mostClips} clips wait to be played`);
      return;
    }
    this.#clips.push(clip);
    if (!this.#playing) void this.#playClips();
  }

  async #playClips(): Promise<void> {
    this.#playing = true;
    for (let clip = this.#clips.shift(); clip && this.#phase === 'streaming'; clip = this.#clips.shift()) {
      const playback = this.#host.play(clip.audio, clip.format);
      await playback.done;
      if (this.#phase === 'streaming') this.#host.send(writeJambonz.playDone(clip.id, playback.playedMs));
    }
    this.#playing = false;
  }

  #setMark(name: string): void {
    // "without streaming there is no playout buffer, so marks are accepted but never fire" (listen.md)
    if (this.#options.mode !== 'streaming') return;
    if (this.#marks.length >= mostMarks) {
      this.#host.malformed(`more than ${mostMarks} marks wait`);
      return;
    }
    const mark = { name, cleared: false };
    this.#marks.push(mark);
    void this.#host.call.mark().then((result) => {
      if (mark.cleared) return;
      this.#marks.splice(this.#marks.indexOf(mark), 1);
      this.#tellMark(mark, result === 'played' ? 'playout' : 'cleared');
    });
  }

  #tellMark(mark: { name: string; cleared: boolean }, event: 'playout' | 'cleared'): void {
    mark.cleared = true;
    if (this.#phase === 'streaming') this.#host.send(writeJambonz.mark(mark.name, event));
  }
}
