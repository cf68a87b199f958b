/**
 * The built-in receptionist on one call: joins the dialogue, the caller's voice and the call's audio. Everything that
 * happens is an input to the dialogue, one at a time; what the caller does while the agent acts ends what it was doing.
 */

import type { Bot, CallHandle } from '../bots/bot.ts';
import { BotFailure, quoted } from '../bots/failure.ts';
import { l16 } from '../contract/audio.ts';
import type { DirectoryEntry } from '../contract/extension.ts';
import { say } from '../contract/texts/sentence.ts';
import { botTrouble } from '../contract/texts/timeline.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { bytesOf, samplesOf } from '../media/l16.ts';
import { type Action, type Input, type Known, next, type State, start } from './dialogue.ts';
import { greet } from './phrases.ts';
import type { Expectation } from './speech/language-model.ts';
import type { Speech } from './speech/speech.ts';
import { UtteranceRecorder } from './utterance-recorder.ts';

/** The part of an agent's settings that the receptionist goes by. */
export type ReceptionistSettings = {
  confirm: 'when unsure' | 'always' | 'never';
  fallbackExtension: string | null;
  silenceSeconds: number;
};

type Utterance = { samples: Int16Array; recognition: ReturnType<Speech['recognise']> };

const maxMisses = 3;
const digitsPauseMs = 3000;
/** Of somebody who never lets the agent answer, the latest words count: 15 s. */
const longestUtterance = 15 * 8000;

export class ReceptionistBot implements Bot {
  /** what the speech parts are fed with and give: a telephone's bandwidth */
  readonly audio = { hears: l16(8000), speaks: l16(8000) };
  readonly #call: CallHandle;
  readonly #speech: Speech;
  readonly #greeting: string;
  readonly #settings: ReceptionistSettings;
  readonly #log: Logger;
  readonly #recorder = new UtteranceRecorder();
  readonly #over: Promise<void>;
  #finish: () => void = () => {};
  #die: (error: unknown) => void = () => {};
  #state: State = start;
  #expectation: Expectation = 'request';
  /** grows with every input: an action of an older one is not carried on */
  #turn = 0;
  #ended = false;
  #playing = 0;
  /** utterances in a row that the recogniser failed on */
  #unheard = 0;
  #timer: NodeJS.Timeout | null = null;
  /** a recognition begun at a pause that may have been the end */
  #early: Utterance | null = null;
  /** an utterance that has ended and is being recognised */
  #unanswered: Utterance | null = null;
  /** what the agent said last, and whether the caller let it finish */
  #said: { text: string; cutOff: boolean } = { text: '', cutOff: false };

  constructor(options: {
    call: CallHandle;
    speech: Speech;
    greeting: string;
    settings: ReceptionistSettings;
    log: Logger;
  }) {
    this.#call = options.call;
    this.#speech = options.speech;
    this.#greeting = options.greeting;
    this.#settings = options.settings;
    this.#log = options.log;
    this.#over = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#die = reject;
    });
    // it may fail before anybody runs it
    this.#over.catch(() => undefined);
  }

  async prepare(): Promise<void> {
    await Promise.all([this.#speech.ready(this.#call.directory()), this.#speech.say(greet(this.#greeting))]);
  }

  async run(options: { resumed: boolean }): Promise<void> {
    this.#handle({ type: 'started', resumed: options.resumed });
    await this.#over;
  }

  hear(frame: Uint8Array): void {
    if (this.#ended || this.#state.at === 'over' || this.#state.at === 'transferring') return;
    switch (this.#recorder.take(samplesOf(frame), this.#playing > 0)) {
      case 'none':
        return;
      case 'start':
        this.#callerStarts();
        return;
      case 'pause':
        this.#early = this.#recognise();
        return;
      case 'resume':
        this.#early = null;
        return;
      case 'end': {
        const utterance = this.#early ?? this.#recognise();
        this.#early = null;
        this.#recorder.clear();
        this.#understand(utterance).catch((error: unknown) => this.#fail(error));
        return;
      }
    }
  }

  digit(digit: string): void {
    if (this.#ended || !/^[0-9*#]$/.test(digit)) return;
    if (this.#state.at === 'transferring' || this.#state.at === 'over') return;
    this.#handle({ type: 'digit', digit });
  }

  end(): void {
    this.#ended = true;
    this.#turn += 1;
    this.#stopTimer();
    this.#finish();
  }

  #known(): Known {
    const byExt = new Map<string, DirectoryEntry>();
    for (const entry of this.#call.directory()) if (entry.enabled) byExt.set(entry.ext, entry);
    const { confirm, fallbackExtension } = this.#settings;
    return { byExt, settings: { greeting: this.#greeting, confirm, fallbackExtension, maxMisses } };
  }

  #handle(input: Input): void {
    if (this.#ended) return;
    this.#silenceAgent();
    this.#unanswered = null;
    const step = next(this.#state, input, this.#known());
    this.#log.debug({ input: input.type, from: this.#state.at, to: step.state.at }, 'dialogue');
    this.#state = step.state;
    this.#act(step.actions, this.#turn).catch((error: unknown) => this.#fail(error));
  }

  async #act(actions: readonly Action[], turn: number): Promise<void> {
    for (const action of actions) {
      if (turn !== this.#turn) return;
      switch (action.do) {
        case 'say':
          await this.#say(action.text, turn);
          break;
        case 'listen':
          this.#expectation = action.expectation;
          this.#startTimer(this.#settings.silenceSeconds * 1000, { type: 'silence' });
          break;
        case 'await digits':
          this.#startTimer(digitsPauseMs, { type: 'digits over' });
          break;
        case 'transfer':
          await this.#transfer(action);
          break;
        case 'hang up':
          this.#call.hangUp();
          this.#finish();
          break;
      }
    }
  }

  async #say(text: string, turn: number): Promise<void> {
    const samples = await this.#speech.say(text).catch((error: unknown) => {
      throw new BotFailure('speechless', say(botTrouble.cannotSpeak, { said: quoted(messageOf(error)) }), {
        cause: error,
      });
    });
    if (turn !== this.#turn) return;
    this.#said = { text, cutOff: false };
    this.#call.transcript('agent', text);
    this.#playing += 1;
    try {
      await this.#call.play(bytesOf(samples)).done;
    } finally {
      this.#playing -= 1;
    }
  }

  async #transfer({ ext, last, summary }: Extract<Action, { do: 'transfer' }>): Promise<void> {
    const { result, callerStillHere } = await (last
      ? this.#call.transferToFallback(summary)
      : this.#call.transfer(ext, summary));
    if (result === 'transferred' || result === 'caller gone' || !callerStillHere) this.#finish();
    else this.#handle({ type: 'transfer failed', result });
  }

  #callerStarts(): void {
    const agentSpoke = this.#playing > 0;
    this.#silenceAgent();
    if (!agentSpoke) return;
    this.#said.cutOff = true;
    this.#call.interrupted();
    // the words that were cut off may have been a question already
    this.#expectation = this.#state.at === 'listening' ? 'request' : 'answer';
  }

  /** Whatever the agent was doing, it does no more of it. */
  #silenceAgent(): void {
    this.#turn += 1;
    this.#stopTimer();
    if (this.#playing > 0) this.#call.flush();
  }

  /** What was said just before and is not answered yet belongs to it: the caller only took a breath. */
  #recognise(): Utterance {
    const before = this.#unanswered?.samples ?? new Int16Array(0);
    const latest = this.#recorder.samples();
    const samples = new Int16Array(before.length + latest.length);
    samples.set(before);
    samples.set(latest, before.length);
    const request = {
      samples: samples.slice(-longestUtterance),
      entries: this.#call.directory(),
      expectation: this.#expectation,
    };
    return { samples, recognition: this.#speech.recognise(request) };
  }

  async #understand(utterance: Utterance): Promise<void> {
    this.#unanswered = utterance;
    const turn = this.#turn;
    const recognition = await utterance.recognition;
    // he goes on speaking, or has pressed a key, which is the clearer word
    if (this.#ended || turn !== this.#turn) return;
    if (recognition.result === 'unheard') {
      this.#log.warn({ reason: recognition.reason }, 'an utterance was not recognised');
      this.#unheard += 1;
      // nothing that the caller does not say clearly enough: he is not to be told goodbye for it
      if (this.#unheard >= maxMisses) {
        const text = say(botTrouble.cannotHear, { said: quoted(recognition.reason) });
        throw new BotFailure('speechless', text);
      }
      this.#handle({ type: 'unheard' });
      return;
    }
    this.#unheard = 0;
    const { understanding } = recognition;
    if (understanding.text === '') {
      this.#goOnAfterNoise();
      return;
    }
    this.#call.transcript('caller', understanding.text);
    this.#handle({ type: 'heard', understanding });
  }

  /** A cough: what it cut off is said again, and nothing is held against the caller. */
  #goOnAfterNoise(): void {
    this.#unanswered = null;
    const again: Action[] = this.#said.cutOff ? [{ do: 'say', text: this.#said.text }] : [];
    this.#turn += 1;
    this.#act([...again, { do: 'listen', expectation: this.#expectation }], this.#turn).catch(
      (error: unknown) => this.#fail(error),
    );
  }

  #startTimer(ms: number, input: Input): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => this.#handle(input), ms);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** It cannot go on: the call does for the caller what it does when any bot dies. */
  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#log.error({ reason: messageOf(error) }, 'the receptionist failed');
    this.#silenceAgent();
    this.#die(error);
  }
}
