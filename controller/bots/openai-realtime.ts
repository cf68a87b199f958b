/**
 * OpenAI's Realtime API over WebSocket, or any server that speaks it: here Offhook is the client and the model the bot.
 * G.711 passes straight through both ways. Interrupted speech is truncated by what the caller has heard, not by what was
 * sent; after a loss the next session gets the conversation so far.
 */

import type { AudioFormat } from '../contract/audio.ts';
import { say } from '../contract/texts/sentence.ts';
import { botTrouble } from '../contract/texts/timeline.ts';
import { parseJson, toBase64 } from './base64.ts';
import type { Playback } from './bot.ts';
import { BotFailure, quoted } from './failure.ts';
import { longestMessageBytes } from './longest-message.ts';
import { audioOfDelta, parseOpenAi, writeOpenAi } from './openai-messages.ts';
import type { Protocol, Wire, WireHost } from './wire.ts';

export type OpenAiRealtimeOptions = {
  url: string;
  headers: Readonly<Record<string, string>>;
  model: string;
  voice: string;
  instructions: string;
  audio: AudioFormat;
  turnDetection: 'server_vad' | 'semantic_vad';
  transcriptionModel: string;
};

/** Digits that come one after another are told as one number. */
const digitsPauseMs = 1500;
const mostItems = 200;
/** Errors after which nothing comes in this session, but in the next one; and such as no session mends. */
const sessionOver: ReadonlySet<string> = new Set(['session_expired']);
const accountOver: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'invalid_api_key',
  'account_deactivated',
]);

export const openAiRealtimeProtocol = (options: OpenAiRealtimeOptions): Protocol => {
  const url = new URL(options.url);
  if (options.model !== '' && !url.searchParams.has('model')) url.searchParams.set('model', options.model);
  return {
    name: 'OpenAI Realtime',
    audio: { hears: options.audio, speaks: options.audio },
    target: {
      url: url.href,
      protocols: [],
      headers: options.headers,
      longestMessageBytes: longestMessageBytes(options.audio, 'base64'),
    },
    // a session has a longest time; the call goes on with the next one
    closingEndsCall: false,
    wire: (host) => new OpenAiWire(options, host),
  };
};

/** What the model said and the caller may not have heard yet. */
type Item = { itemId: string; contentIndex: number; chunks: Playback[]; pending: number };

class OpenAiWire implements Wire {
  readonly #options: OpenAiRealtimeOptions;
  readonly #host: WireHost;
  #phase: 'opening' | 'ready' | 'talking' | 'stopped' = 'opening';
  #items: Item[] = [];
  #activeResponse: string | null = null;
  /** responses that the caller has interrupted: what still comes of them is not played */
  readonly #dropped = new Set<string>();
  /** what the model is to say, and cannot while it says something else */
  #wanted: { say?: string } | null = null;
  #digits = '';
  #digitsTimer: NodeJS.Timeout | null = null;

  constructor(options: OpenAiRealtimeOptions, host: WireHost) {
    this.#options = options;
    this.#host = host;
  }

  open(): void {
    const { agent, tools } = this.#host;
    this.#host.send(writeOpenAi.sessionUpdate({ ...this.#options, language: agent.language, tools }));
  }

  start({ resumed }: { resumed: boolean }): void {
    this.#phase = 'talking';
    if (!resumed) {
      const { firstMessage } = this.#host.agent;
      this.#respond(firstMessage === '' ? {} : { say: firstMessage });
      return;
    }
    for (const line of this.#host.conversation()) this.#host.send(writeOpenAi.message(line));
    this.#host.send(writeOpenAi.system('The connection was interrupted for a moment. Go on where you were.'));
    this.#respond({});
  }

  hear(frame: Uint8Array): void {
    if (this.#phase === 'talking') this.#host.send(writeOpenAi.append(toBase64(frame)));
  }

  digit(digit: string): void {
    this.#digits += digit;
    if (this.#digitsTimer) clearTimeout(this.#digitsTimer);
    this.#digitsTimer = setTimeout(() => this.#tellDigits(), digitsPauseMs);
  }

  text(text: string): void {
    const event = parseOpenAi(text);
    if (typeof event === 'string') {
      this.#host.malformed(event);
      return;
    }
    if (this.#phase === 'stopped') return;
    switch (event.type) {
      case 'session.updated':
        if (this.#phase === 'opening') this.#phase = 'ready';
        this.#host.ready();
        return;
      case 'response.created':
        this.#activeResponse = event.response.id;
        return;
      case 'response.done':
        this.#responseDone(event.response.id);
        return;
      case 'response.output_audio.delta':
        this.#takeAudio(event);
        return;
      case 'response.output_audio_transcript.done':
        if (event.transcript.trim() !== '') this.#host.call.transcript('agent', event.transcript.trim());
        return;
      case 'conversation.item.input_audio_transcription.completed':
        if (event.transcript.trim() !== '') this.#host.call.transcript('caller', event.transcript.trim());
        return;
      case 'input_audio_buffer.speech_started':
        this.#interrupt();
        return;
      case 'response.output_item.done':
        if (event.item.type === 'function_call') void this.#callTool(event.item);
        return;
      case 'error':
        this.#takeError(event.error);
        return;
      case 'session.created':
      case 'ignored':
        return;
    }
  }

  binary(): void {
    this.#host.malformed('a binary message: the Realtime API has text only');
  }

  stop(): void {
    this.#phase = 'stopped';
    if (this.#digitsTimer) clearTimeout(this.#digitsTimer);
  }

  #takeAudio(event: { response_id: string; item_id: string; content_index: number; delta: string }): void {
    if (this.#dropped.has(event.response_id)) return;
    const audio = audioOfDelta(event.delta);
    if (!audio) {
      this.#host.malformed('audio that is not base64');
      return;
    }
    let item = this.#items.find(
      ({ itemId, contentIndex }) => itemId === event.item_id && contentIndex === event.content_index,
    );
    if (!item) {
      item = { itemId: event.item_id, contentIndex: event.content_index, chunks: [], pending: 0 };
      this.#items.push(item);
      if (this.#items.length > mostItems) this.#items.shift();
    }
    const owner = item;
    const playback = this.#host.play(audio);
    owner.chunks.push(playback);
    owner.pending++;
    void playback.done.then(() => {
      owner.pending--;
      // heard to its end, as far as it has come: it is only in the way of the next interruption
      if (owner.pending === 0 && !this.#activeResponse) this.#forget(owner);
    });
  }

  /** The caller speaks. What he has not heard of the model's words, the model is to know it has not said. */
  #interrupt(): void {
    const unheard = this.#items.filter((item) => item.pending > 0);
    if (this.#activeResponse !== null) {
      this.#host.send(writeOpenAi.cancel(this.#activeResponse));
      this.#dropped.add(this.#activeResponse);
      if (this.#dropped.size > mostItems) this.#dropped.delete(this.#dropped.values().next().value ?? '');
    }
    if (unheard.length === 0) return;
    this.#host.call.flush();
    this.#host.call.interrupted();
    for (const { itemId, contentIndex, chunks } of unheard) {
      const playedMs = chunks.reduce((sum, chunk) => sum + chunk.playedMs, 0);
      this.#host.send(writeOpenAi.truncate(itemId, contentIndex, playedMs));
    }
    this.#items = [];
  }

  #responseDone(responseId: string): void {
    this.#dropped.delete(responseId);
    if (this.#activeResponse === responseId) this.#activeResponse = null;
    for (const item of this.#items.filter(({ pending }) => pending === 0)) this.#forget(item);
    if (this.#activeResponse === null && this.#wanted) {
      const wanted = this.#wanted;
      this.#wanted = null;
      this.#respond(wanted);
    }
  }

  #forget(item: Item): void {
    this.#items = this.#items.filter((other) => other !== item);
  }

  /** One response at a time: the server refuses a second one. */
  #respond(wanted: { say?: string }): void {
    if (this.#phase === 'stopped') return;
    if (this.#activeResponse === null) this.#host.send(writeOpenAi.respond(wanted.say));
    else this.#wanted = wanted;
  }

  async #callTool(item: {
    name?: string | undefined;
    call_id?: string | undefined;
    arguments?: string | undefined;
  }): Promise<void> {
    const { name, call_id: callId } = item;
    if (name === undefined || callId === undefined) {
      this.#host.malformed('a function call without name or call_id');
      return;
    }
    const result = await this.#host.runTool(name, parseJson(item.arguments || '{}'));
    if (this.#phase === 'stopped') return;
    this.#host.send(writeOpenAi.toolOutput(callId, result));
    if (result.result !== 'transferred' && result.result !== 'hung up') this.#respond({});
  }

  #tellDigits(): void {
    const digits = this.#digits;
    this.#digits = '';
    if (this.#phase !== 'talking') return;
    this.#host.send(writeOpenAi.message({ speaker: 'caller', text: `[pressed ${digits} on the keypad]` }));
    this.#respond({});
  }

  /** Before the session stands an error means that it will not; later the server says what it did not like and goes on. */
  #takeError({ message, code }: { message: string; code?: string | null | undefined }): void {
    if (this.#phase === 'opening') {
      this.#host.fail(
        new BotFailure('refused', say(botTrouble.serverSays, { said: quoted(message || code || 'error') }), {
          isFinal: true,
        }),
      );
      return;
    }
    // a response that was over before the cancellation came
    if (code === 'response_cancel_not_active' || code === 'conversation_already_has_active_response') return;
    const text = say(botTrouble.serverSays, { said: quoted(message || code || 'error') });
    if (code && sessionOver.has(code)) this.#host.fail(new BotFailure('lost', text));
    else if (code && accountOver.has(code)) {
      this.#host.fail(new BotFailure('gave up', text, { isFinal: true }));
    } else this.#host.passedOver(text);
  }
}
