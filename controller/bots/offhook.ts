/** `offhook.v1` on a call: Offhook's own protocol, whose messages are in `offhook-messages.ts`. */

import type { AudioFormat } from '../contract/audio.ts';
import { say } from '../contract/texts/sentence.ts';
import { botTrouble } from '../contract/texts/timeline.ts';
import type { Playback } from './bot.ts';
import { BotFailure, quoted } from './failure.ts';
import { longestMessageBytes } from './longest-message.ts';
import { parseOffhook, subprotocol, type ToBot, writeOffhook } from './offhook-messages.ts';
import type { Protocol, Wire, WireHost } from './wire.ts';

export type OffhookOptions = {
  url: string;
  headers: Readonly<Record<string, string>>;
  parameters: Readonly<Record<string, string>>;
  audio: AudioFormat;
  agentName: string;
};

const mostMarks = 50_000;

export const offhookProtocol = (options: OffhookOptions): Protocol => ({
  name: subprotocol,
  audio: { hears: options.audio, speaks: options.audio },
  target: {
    url: options.url,
    protocols: [subprotocol],
    headers: options.headers,
    longestMessageBytes: longestMessageBytes(options.audio, 'binary'),
  },
  closingEndsCall: true,
  wire: (host) => new OffhookWire(options, host),
});

class OffhookWire implements Wire {
  readonly #options: OffhookOptions;
  readonly #host: WireHost;
  #phase: 'waiting' | 'talking' | 'stopped' = 'waiting';
  #marks = 0;
  /** what was sent since the queue was last empty: how much of it is played, and what is not yet */
  #stretch = { playedMs: 0, waiting: new Set<Playback>() };
  #toldRefused = false;

  constructor(options: OffhookOptions, host: WireHost) {
    this.#options = options;
    this.#host = host;
  }

  open(): void {
    const { call, agent, tools } = this.#host;
    this.#send({
      type: 'start',
      version: 1,
      callId: call.callId,
      from: { number: call.callerNumber, name: call.callerName },
      to: call.calledNumber,
      agent: agent.name,
      language: agent.language,
      firstMessage: agent.firstMessage,
      parameters: { ...this.#options.parameters },
      hears: { ...this.#options.audio },
      speaks: { ...this.#options.audio },
      tools: tools.map((tool) => ({ ...tool, parameters: { ...tool.parameters } })),
      conversation: [...this.#host.conversation()],
    });
  }

  start({ resumed }: { resumed: boolean }): void {
    this.#phase = 'talking';
    this.#send({ type: 'answered', resumed });
  }

  hear(frame: Uint8Array): void {
    if (this.#phase === 'talking') this.#host.send(frame);
  }

  digit(digit: string): void {
    if (this.#phase === 'talking') this.#send({ type: 'dtmf', digit });
  }

  text(text: string): void {
    const message = parseOffhook(text);
    if (typeof message === 'string') {
      this.#host.malformed(message);
      this.#send({ type: 'error', message });
      return;
    }
    if (this.#phase === 'stopped') return;
    switch (message.type) {
      case 'ready':
        this.#host.ready();
        return;
      case 'ignored':
        this.#host.passedOver(`messages of the type ${message.unknown}`);
        this.#send({ type: 'error', message: `there is no type ${quoted(message.unknown)}` });
        return;
      case 'mark':
        this.#setMark(message.name);
        return;
      case 'clear':
        this.#clear();
        return;
      case 'tool_call':
        void this.#callTool(message.id, message.name, message.arguments ?? {});
        return;
      case 'transcript':
        if (message.text.trim() !== '') this.#host.call.transcript(message.speaker, message.text.trim());
        return;
      case 'error':
        this.#host.fail(
          new BotFailure('gave up', say(botTrouble.says, { said: quoted(message.message) }), {
            isFinal: true,
          }),
        );
        return;
    }
  }

  binary(bytes: Uint8Array): void {
    if (this.#phase === 'stopped') return;
    if (this.#host.call.queuedMs === 0) this.#stretch = { playedMs: 0, waiting: new Set() };
    const stretch = this.#stretch;
    const playback = this.#host.play(bytes);
    stretch.waiting.add(playback);
    void playback.done.then((result) => {
      stretch.waiting.delete(playback);
      stretch.playedMs += playback.playedMs;
      if (result === 'refused' && !this.#toldRefused) {
        this.#send({ type: 'error', message: 'more audio waits than is kept: this was not taken' });
      }
      this.#toldRefused = result === 'refused';
    });
  }

  stop(): void {
    this.#send({ type: 'stop' });
    this.#phase = 'stopped';
  }

  #send(message: ToBot): void {
    if (this.#phase !== 'stopped') this.#host.send(writeOffhook(message));
  }

  #clear(): void {
    const droppedMs = Math.round(this.#host.call.queuedMs);
    this.#host.call.flush();
    if (droppedMs > 0) this.#host.call.interrupted();
    const { playedMs, waiting } = this.#stretch;
    const inFlight = [...waiting].reduce((sum, playback) => sum + playback.playedMs, 0);
    this.#stretch = { playedMs: 0, waiting: new Set() };
    this.#send({ type: 'cleared', playedMs: Math.round(playedMs + inFlight), droppedMs });
  }

  #setMark(name: string): void {
    if (this.#marks >= mostMarks) {
      this.#host.malformed('more marks than can wait');
      return;
    }
    this.#marks++;
    void this.#host.call.mark().then((result) => {
      this.#marks--;
      this.#send({ type: 'mark', name, result: result === 'played' ? 'played' : 'cleared' });
    });
  }

  async #callTool(id: string, name: string, input: unknown): Promise<void> {
    const result = await this.#host.runTool(name, input);
    this.#send({ type: 'tool_result', id, name, result });
  }
}
