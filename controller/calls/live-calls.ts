/**
 * All live calls of this process: turns the switch's events into calls, finds them again after a restart, and owns the
 * failure of the function that leads each of them. The switch is what really holds them; this is a cache.
 */
import { randomUUID } from 'node:crypto';
import type { Bot, CallHandle } from '../bots/bot.ts';
import type { Agent } from '../contract/agent.ts';
import { l16 } from '../contract/audio.ts';
import type { CallRecord, TimelineEntry } from '../contract/call.ts';
import { say } from '../contract/texts/sentence.ts';
import { timelineLine } from '../contract/texts/timeline.ts';
import { AppError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Pacer } from '../media/pacer.ts';
import { type LiveChannel, type Switch, SwitchError, type SwitchEvent } from '../switch/port.ts';
import type { TransferFindings } from '../transfers/transfer-findings.ts';
import type { Announcer } from './announcement.ts';
import { type ConversationContext, converse, hangUp, type Line } from './conversation.ts';
import type { Floor, Person, Turn } from './floor.ts';
import { handleInbound } from './inbound.ts';
import { LegEnds } from './leg-ends.ts';
import { type CallJournal, LiveCall } from './live-call.ts';
import { type CallFacts, classify, newFacts } from './outcome.ts';
import type { RecordingContext } from './record-call.ts';
import type { CallConfiguration } from './route.ts';

/** A call that an earlier controller began and did not see ended. */
export type OpenCall = Pick<
  CallRecord,
  'id' | 'offeredAt' | 'answeredAt' | 'agentId' | 'agentName' | 'isTest'
> & {
  channelId: string;
  /** its latest lines, so that the agent can go on with the conversation */
  timeline: TimelineEntry[];
};

export type LiveCallsOptions = {
  switch: Switch;
  configuration: CallConfiguration;
  pacer: Pacer;
  createBot: (agent: Agent, handle: CallHandle) => Bot;
  announcer: Announcer;
  recordings: RecordingContext['recordings'];
  speak: RecordingContext['speak'];
  journal: CallJournal;
  onChange: (call: LiveCall, entry: TimelineEntry | null) => void;
  /** what PBXes turned out to do with transfers */
  findings: TransferFindings;
  /** who made test calls and waits for them here */
  tests: { claim(channel: LiveChannel): boolean; adopt(call: LiveCall): void };
  log: Logger;
};

/** No switch names its channels so: what is named so is in no switch, and ends with the controller. */
const browserChannel = 'browser:';
/** They cost a bot each, and are made by people. */
const mostTestConversations = 20;
const testFormat = l16(16000);

export class LiveCalls {
  readonly #options: LiveCallsOptions;
  readonly #calls = new Map<string, LiveCall>();
  /** of test conversations, by channel: all other calls are on the switch */
  readonly #lines = new Map<string, Line>();
  readonly #legEnds = new LegEnds();
  /** calls of an earlier controller, by channel; emptied by the first `link-up` */
  #open = new Map<string, OpenCall>();

  constructor(options: LiveCallsOptions) {
    this.#options = options;
  }

  /** Tells which calls the database holds as not ended. To be called before the switch is connected. */
  recall(open: readonly OpenCall[]): void {
    const isOnSwitch = ({ channelId }: OpenCall): boolean => !channelId.startsWith(browserChannel);
    this.#open = new Map(open.filter(isOnSwitch).map((call) => [call.channelId, call]));
    for (const call of open) if (!isOnSwitch(call)) this.#closeLost(call, { cutByRestart: true });
  }

  list(): LiveCall[] {
    return [...this.#calls.values()];
  }

  /** Every event of the switch goes through here, in order. */
  handle(event: SwitchEvent): void {
    this.#legEnds.handle(event);
    switch (event.type) {
      case 'link-up':
        for (const channel of event.channels) this.#take(channel);
        // what the database holds open and the switch no longer has ended while nobody looked
        for (const call of this.#open.values()) this.#closeLost(call);
        this.#open.clear();
        return;
      case 'offered':
        this.#take(event.channel);
        return;
      case 'dtmf':
        this.#calls.get(event.channelId)?.onDigit?.(event.digit);
        return;
      case 'ended':
        this.#calls.get(event.channelId)?.finish(event.end);
        return;
      case 'link-down':
      case 'registration':
      case 'pbx-registered':
      case 'pbx-unregistered':
      case 'pbx-rejected':
        return;
    }
  }

  /** Ends a call for a person at the monitor. */
  hangUp(callId: string): void {
    const call = this.#find(callId);
    hangUp(call, this.#lineOf(call), 'operator', this.#options.log);
  }

  /** Transfers a call for a person at the monitor. */
  transfer(callId: string, ext: string): ReturnType<NonNullable<LiveCall['act']>['transfer']> {
    const call = this.#find(callId);
    if (!call.act || call.record.state !== 'talking') {
      throw new AppError(
        'conflict',
        'This call cannot be transferred now: it is not answered, or on its way already',
      );
    }
    return call.act.transfer(ext);
  }

  /** Puts a person in the agent's place. Throws `conflict` when that cannot be now. */
  takeOver(callId: string, person: Person): { call: LiveCall; floor: Floor; turn: Turn } {
    const call = this.#find(callId);
    const { floor } = call;
    if (floor === null) throw new AppError('conflict', 'This call cannot be taken over: no agent has it');
    return { call, floor, turn: floor.takeOver(person) };
  }

  /** A test conversation with an agent, on a line that is no trunk's. Throws `too-many-requests`. */
  talk(options: {
    agent: Agent;
    workspaceId: string;
    callerName: string;
    /** the trunk whose directory the agent knows */
    directoryOf: string;
    line: Line;
  }): LiveCall {
    const { agent, workspaceId, callerName, directoryOf, line } = options;
    if (this.#lines.size >= mostTestConversations)
      throw new AppError('too-many-requests', 'too many test conversations are going on');
    const { configuration, journal, onChange } = this.#options;
    const channel = testChannel(callerName);
    const record = { ...newRecord(channel, configuration), trunkName: 'Browser', isTest: true };
    const call = new LiveCall({ record, channel, journal, onChange, workspaceId });
    this.#calls.set(channel.channelId, call);
    this.#lines.set(channel.channelId, line);
    journal.begin({ ...record, channelId: channel.channelId, workspaceId });
    onChange(call, null);
    call.note('offered', timelineLine.offeredBrowser);
    const log = this.#options.log.child({ callId: record.id });
    const context: ConversationContext = {
      ...this.#options,
      configuration: { ...configuration, directory: () => configuration.directory(directoryOf) },
      line,
      lineFormat: testFormat,
      transfer: async (_audio, target) => {
        const ext = target.kind === 'outside' ? target.number : target.ext;
        const text = say(timelineLine.transferInTest, { target: ext });
        call.note('transfer result', text, { ext, result: 'not permitted' });
        return { result: 'not permitted', callerStillHere: !call.isOver };
      },
      log,
    };
    void this.#lead(call, () => converse(call, context, agent), log);
    return call;
  }

  #lineOf(call: LiveCall): Line {
    return this.#lines.get(call.channel.channelId) ?? this.#options.switch;
  }

  #find(callId: string): LiveCall {
    const call = this.list().find((candidate) => candidate.record.id === callId);
    if (!call) throw new AppError('not-found', 'No live call has this id; it may have ended');
    return call;
  }

  #take(channel: LiveChannel): void {
    if (this.#calls.has(channel.channelId)) return;
    const open = this.#open.get(channel.channelId);
    this.#open.delete(channel.channelId);
    const { configuration, journal, onChange, log } = this.#options;
    const liveOnTrunk = this.list().filter(
      ({ channel: { trunkId }, record }) => trunkId === channel.trunkId && !record.isTest,
    ).length;
    const isTest = !open && this.#options.tests.claim(channel);
    const call = new LiveCall({
      record: { ...newRecord(channel, configuration), isTest, ...(open ? beginningOf(open) : {}) },
      channel,
      journal,
      onChange,
      ...(open ? { timeline: open.timeline } : {}),
    });
    this.#calls.set(channel.channelId, call);
    if (isTest) this.#options.tests.adopt(call);
    if (!open) {
      journal.begin({ ...call.record, channelId: channel.channelId });
      onChange(call, null);
      call.note('offered', say(timelineLine.offered, { number: channel.calledNumber }));
    }
    const callLog = log.child({ callId: call.record.id, trunkId: channel.trunkId });
    const lead = () =>
      handleInbound(call, { ...this.#options, legEnds: this.#legEnds, liveOnTrunk, log: callLog });
    void this.#lead(call, lead, callLog);
  }

  async #lead(call: LiveCall, lead: () => Promise<void>, log: Logger): Promise<void> {
    log.info({ pii: { caller: call.record.callerNumber } }, 'call offered');
    try {
      await lead();
    } catch (error) {
      const expected = error instanceof SwitchError && (call.isOver || error.code === 'no-such-channel');
      log[expected ? 'debug' : 'error']({ err: error }, 'the call could not be led on');
      if (!expected)
        call.note('agent failed', say(timelineLine.cannotGoOn, { said: messageOf(error).slice(0, 200) }));
      hangUp(call, this.#lineOf(call), null, log);
    }
    const end = await call.ended;
    await call.transferring.catch(() => undefined);
    call.conclude(end);
    this.#calls.delete(call.channel.channelId);
    this.#lines.delete(call.channel.channelId);
    log.info({ outcome: call.record.outcome, fault: call.record.fault }, 'call ended');
  }

  #closeLost({ id, answeredAt }: OpenCall, facts: Partial<CallFacts> = {}): void {
    const { words, fault } = classify({ ...newFacts(), answered: answeredAt !== null, ...facts }, null);
    const at = new Date().toISOString();
    this.#options.journal.change(id, { state: 'ended', endedAt: at, outcome: words, fault });
    this.#options.journal.event(id, { at, kind: 'ended', text: words });
  }
}

const testChannel = (callerName: string): LiveChannel => ({
  channelId: `${browserChannel}${randomUUID()}`,
  trunkId: '',
  callerNumber: 'browser',
  callerName,
  calledNumber: 'test conversation',
  sipCallId: '',
  answered: false,
});

/** What a call that is taken up again keeps of its row. */
const beginningOf = ({
  id,
  offeredAt,
  answeredAt,
  agentId,
  agentName,
  isTest,
}: OpenCall): Partial<CallRecord> => ({ id, offeredAt, answeredAt, agentId, agentName, isTest });

/** Text from the far side goes into the record as it may be shown: without control characters and not at any length. */
const shown = (text: string): string => text.replace(/\p{Cc}/gu, '').slice(0, 200);

const newRecord = (channel: LiveChannel, configuration: CallConfiguration): CallRecord => ({
  id: randomUUID(),
  trunkId: channel.trunkId,
  trunkName: configuration.trunk(channel.trunkId)?.name ?? channel.trunkId,
  agentId: null,
  agentName: null,
  callerNumber: shown(channel.callerNumber),
  callerName: shown(channel.callerName),
  calledNumber: shown(channel.calledNumber),
  sipCallId: shown(channel.sipCallId),
  state: 'ringing',
  offeredAt: new Date().toISOString(),
  answeredAt: null,
  endedAt: null,
  outcome: null,
  fault: null,
  transferredTo: null,
  isTest: false,
});
