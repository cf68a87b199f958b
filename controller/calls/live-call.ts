/**
 * One live call in the controller's memory: its record, what happened so far, its timeline. It commands nothing; the
 * function in `inbound.ts` does, and this tells history and monitor.
 *
 *   ringing ──▶ talking ⇄ transferring ──▶ bridged
 *      │           │           │             │
 *      └───────────┴───────────┴─────────────┴──▶ ended
 */
import type { CallRecord, CallState, TimelineEntry, TimelineKind } from '../contract/call.ts';
import type { AudioTap } from '../media/audio-tap.ts';
import type { LegEnd, LiveChannel } from '../switch/port.ts';
import type { CallHandleActions } from './call-handle.ts';
import type { Floor } from './floor.ts';
import { type CallFacts, classify, newFacts } from './outcome.ts';

/** Who writes the history down. Never makes a call wait. */
export type CallJournal = {
  begin(call: CallRecord & { channelId: string; workspaceId?: string }): void;
  change(callId: string, change: Partial<CallRecord>): void;
  event(callId: string, entry: TimelineEntry): void;
};

export type LiveCallOptions = {
  record: CallRecord;
  channel: LiveChannel;
  journal: CallJournal;
  onChange: (call: LiveCall, entry: TimelineEntry | null) => void;
  /** of a call that comes by no trunk; left out = its trunk's */
  workspaceId?: string;
  /** of a call that an earlier controller began */
  timeline?: readonly TimelineEntry[];
};

export class LiveCall {
  readonly record: CallRecord;
  readonly channel: LiveChannel;
  /** null: its trunk's */
  readonly workspaceId: string | null;
  readonly facts: CallFacts = newFacts();
  /** settles when the switch says that the leg is over; never rejects */
  readonly ended: Promise<LegEnd | null>;
  /** what was said, oldest first, for a monitor that joins late; bounded */
  readonly timeline: TimelineEntry[];
  /** settles when the caller talks to somebody else through us: no agent is needed any more */
  readonly handedOver: Promise<void>;
  /** the keypad of the caller; set by whoever leads the call */
  onDigit: ((digit: string) => void) | null = null;
  /** what a person at the monitor may do with the call; null before an agent has it */
  act: CallHandleActions | null = null;
  /** who talks to the caller, and how a person takes over; null before an agent has the call */
  floor: Floor | null = null;
  /** Offhook itself speaks the last words: the agent is heard no more, and hears nothing */
  isClosing = false;
  /** 20 ms frames so far: that the agent had something to say in, and that came from the caller */
  sound: () => { spoken: number; heard: number } = () => ({ spoken: 0, heard: 0 });
  /** lets somebody listen to the call's audio, such as a level meter (`media/levels.ts`); null while there is none */
  tap: ((tap: AudioTap) => () => void) | null = null;
  /** settles when the transfer that runs, if any, has its result: the outcome waits for it */
  transferring: Promise<unknown> = Promise.resolve();
  readonly #journal: CallJournal;
  readonly #onChange: LiveCallOptions['onChange'];
  #end: (end: LegEnd | null) => void = () => undefined;
  #handOver: () => void = () => undefined;

  constructor(options: LiveCallOptions) {
    this.record = options.record;
    this.channel = options.channel;
    this.workspaceId = options.workspaceId ?? null;
    this.#journal = options.journal;
    this.timeline = [...(options.timeline ?? [])];
    this.#onChange = options.onChange;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.handedOver = new Promise((resolve) => {
      this.#handOver = resolve;
    });
  }

  get isOver(): boolean {
    return this.record.state === 'ended';
  }

  /** Adds a line to the timeline and tells whoever watches. */
  note(kind: TimelineKind, text: string, facts?: TimelineEntry['data']): void {
    const entry: TimelineEntry = {
      at: new Date().toISOString(),
      kind,
      text,
      ...(facts ? { data: facts } : {}),
    };
    this.timeline.push(entry);
    if (this.timeline.length > 500) this.timeline.shift();
    this.#journal.event(this.record.id, entry);
    this.#onChange(this, entry);
  }

  /** The switch has answered. Noted at once: who hangs up before the audio is open was answered all the same. */
  answered(): void {
    this.facts.answered = true;
    if (this.record.answeredAt !== null) return;
    this.record.answeredAt = new Date().toISOString();
    this.#journal.change(this.record.id, { answeredAt: this.record.answeredAt });
  }

  /** Moves to another state; `ended` is reached through `finish` alone. */
  enter(state: Exclude<CallState, 'ended'>): void {
    if (this.isOver || this.record.state === state) return;
    this.record.state = state;
    if (state === 'talking') this.record.answeredAt ??= new Date().toISOString();
    const { agentId, agentName, answeredAt } = this.record;
    this.#journal.change(this.record.id, { state, agentId, agentName, answeredAt });
    this.#onChange(this, null);
  }

  /** A person talks to the caller in the agent's place; null: the agent again. */
  heldBy(person: string | null): void {
    if (person === null) delete this.record.takenOverBy;
    else this.record.takenOverBy = person;
    this.#onChange(this, null);
  }

  /** The caller is bridged to the target of a transfer. */
  handOver(): void {
    this.#handOver();
  }

  /** The leg is over. The first call counts, later ones change nothing. */
  finish(end: LegEnd | null): void {
    if (this.isOver) return;
    this.record.state = 'ended';
    this.record.endedAt = new Date().toISOString();
    this.#end(end);
  }

  /**
   * Writes the outcome. Apart from `finish`, because a transfer's result may be known a moment after the leg's end and
   * belongs into the outcome.
   */
  conclude(end: LegEnd | null): void {
    const outcome = classify(this.facts, end);
    this.record.outcome = outcome.words;
    this.record.fault = outcome.fault;
    this.record.transferredTo = outcome.transferredTo;
    const { state, agentId, agentName, answeredAt, endedAt, transferredTo } = this.record;
    this.#journal.change(this.record.id, {
      state,
      agentId,
      agentName,
      answeredAt,
      endedAt,
      transferredTo,
      outcome: outcome.words,
      fault: outcome.fault,
    });
    // after the change: who charges and who tells of the end goes by the row as it then is
    this.note('ended', outcome.words, end ? { cause: end.cause, causeText: end.causeText, by: end.by } : {});
    this.#onChange(this, null);
  }
}
