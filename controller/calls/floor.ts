/**
 * Who talks to the caller: the agent's bot, or a person who took over from it. One of them at a time; whoever had the
 * floor before is silenced at the very moment, does nothing to the call any more, and is let go.
 *
 *   agent ──takeOver──▶ person ──giveBack──▶ agent: a new bot, which knows what was said so far
 *                       person lost ──takeOver──▶ person, or the agent again (`conversation.ts`)
 *
 * Knows no browser and no switch.
 */

import type { Bot, CallHandle } from '../bots/bot.ts';
import { say } from '../contract/texts/sentence.ts';
import { timelineLine } from '../contract/texts/timeline.ts';
import { AppError } from '../errors.ts';
import type { CallAudio } from '../media/call-audio.ts';
import type { LiveCall } from './live-call.ts';

/** Somebody who may talk in an agent's place, through something that has a bot's shape. */
export type Person = { name: string; createBot: (handle: CallHandle) => Bot };

/** Whether somebody is silenced: who has not got the floor yet, and who had it. */
export type Hold = { isOut: boolean };

export type Turn = {
  readonly bot: Bot;
  /** null: the agent */
  readonly person: string | null;
  /** settles when somebody else has the floor */
  readonly over: Promise<void>;
  /** what `Bot.run` does; the bot is run once, however often this is called */
  run: (options: { resumed: boolean }) => Promise<void>;
};
type OpenTurn = Turn & { hold: Hold; close: () => void };

export type FloorOptions = {
  call: LiveCall;
  audio: CallAudio;
  createHandle: (hold: Hold) => CallHandle;
  /** the agent as it is configured now */
  createAgent: (handle: CallHandle) => Bot;
  /** rejects when the bot does not get ready */
  prepare: (bot: Bot) => Promise<void>;
};

export class Floor {
  readonly #options: FloorOptions;
  #turn: OpenTurn;
  #isOpen = false;
  #isLost = false;
  #givingBack: Promise<void> | null = null;

  constructor(options: FloorOptions) {
    this.#options = options;
    this.#turn = this.#newTurn(options.createAgent, null);
    this.#turn.hold.isOut = false;
    options.audio.use(this.#turn.bot.audio);
  }

  get turn(): Turn {
    return this.#turn;
  }

  /** The caller hears somebody: from now on a person may take over. */
  open(): void {
    this.#isOpen = true;
  }

  /** The person has gone without a word: another one, or the same one again, may take his place. */
  lost(): void {
    this.#isLost = true;
  }

  /** Puts the person in the agent's place at once. Throws `conflict` when that cannot be now. */
  takeOver(person: Person): Turn {
    const { call } = this.#options;
    if (!this.#isOpen || call.isOver || call.isClosing || call.record.state !== 'talking') {
      throw new AppError('conflict', 'This call cannot be taken over now: it is not answered, or on its way');
    }
    if (this.#turn.person !== null && !this.#isLost) {
      throw new AppError('conflict', `${this.#turn.person} has taken over this call already`);
    }
    const turn = this.#newTurn(person.createBot, person.name);
    this.#give(turn);
    call.heldBy(person.name);
    call.note('taken over', say(timelineLine.takenOver, { person: person.name }));
    return turn;
  }

  /**
   * The agent gets the caller back, as soon as a new bot is ready; until then the person keeps him. Rejects when none gets
   * ready. Nothing happens when the call is over before, or somebody else took over meanwhile.
   */
  giveBack(): Promise<void> {
    if (this.#turn.person === null) return Promise.resolve();
    this.#givingBack ??= this.#giveBack().finally(() => {
      this.#givingBack = null;
    });
    return this.#givingBack;
  }

  async #giveBack(): Promise<void> {
    const { call, createAgent, prepare } = this.#options;
    const from = this.#turn;
    const turn = this.#newTurn(createAgent, null);
    try {
      await prepare(turn.bot);
      await call.transferring.catch(() => undefined);
    } catch (error) {
      turn.bot.end();
      throw error;
    }
    if (call.isOver || call.isClosing || call.record.state !== 'talking' || this.#turn !== from) {
      turn.bot.end();
      return;
    }
    this.#give(turn);
    call.heldBy(null);
    call.note('handed back', say(timelineLine.handedBack, { agent: call.record.agentName ?? 'The agent' }));
  }

  #newTurn(createBot: (handle: CallHandle) => Bot, person: string | null): OpenTurn {
    const hold: Hold = { isOut: true };
    let close: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      close = resolve;
    });
    const bot = createBot(this.#options.createHandle(hold));
    let running: Promise<void> | null = null;
    const run: Turn['run'] = (options) => (running ??= bot.run(options));
    return { bot, person, over, run, hold, close };
  }

  #give(turn: OpenTurn): void {
    const before = this.#turn;
    before.hold.isOut = true;
    turn.hold.isOut = false;
    this.#turn = turn;
    this.#isLost = false;
    // what the one before had still to say is not said any more
    this.#options.audio.flush();
    this.#options.audio.use(turn.bot.audio);
    before.bot.end();
    before.close();
  }
}
