/**
 * The conversation of one call, whoever the caller is: get the agent ready while it rings, answer, talk, fall back when the
 * agent fails. A person may take the agent's place in it (`floor.ts`). The end comes from the line (`call.ended`). Knows
 * neither how the call was routed nor how a caller is handed over.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bot, CallHandle } from '../bots/bot.ts';
import { BotFailure } from '../bots/failure.ts';
import type { Agent } from '../contract/agent.ts';
import type { AudioFormat } from '../contract/audio.ts';
import type { TransferResult } from '../contract/call.ts';
import { say } from '../contract/texts/sentence.ts';
import { timelineLine } from '../contract/texts/timeline.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { CallAudio } from '../media/call-audio.ts';
import type { Pacer } from '../media/pacer.ts';
import type { Switch } from '../switch/port.ts';
import { agentLimit } from './agent-limit.ts';
import { type Announcer, announcementFormat, words } from './announcement.ts';
import { type CallHandleActions, createCallHandle } from './call-handle.ts';
import { Floor, type Turn } from './floor.ts';
import type { LiveCall } from './live-call.ts';
import type { CallFacts } from './outcome.ts';
import { prepared } from './prepared.ts';
import { type PreparedRecording, prepareRecording, type RecordingContext } from './record-call.ts';
import type { CallConfiguration } from './route.ts';
import type { TransferTarget } from './transfer-call.ts';

/** A page whose network was away for a moment, or that is loaded again, needs less. */
const defaultPersonGraceMs = 5000;

/** What holds the caller: the switch, or a browser. */
export type Line = Pick<Switch, 'answer' | 'refuse' | 'hangUp' | 'openMedia' | 'sendDtmf'>;

export type ConversationContext = {
  configuration: CallConfiguration;
  pacer: Pacer;
  createBot: (agent: Agent, handle: CallHandle) => Bot;
  announcer: Announcer;
  recordings: RecordingContext['recordings'];
  speak: RecordingContext['speak'];
  log: Logger;
  line: Line;
  /** how long the place of a person stays free whose connection was lost */
  personGraceMs?: number;
  /** what the line most probably speaks */
  lineFormat: AudioFormat;
  transfer: (
    audio: CallAudio,
    target: TransferTarget,
  ) => Promise<{ result: TransferResult; callerStillHere: boolean }>;
};

/** From the offer, or from the adoption after a restart, to the end. Resolves when the leg is over. */
export const converse = async (call: LiveCall, context: ConversationContext, agent: Agent): Promise<void> => {
  const { line, configuration } = context;
  const { channelId, answered: adopted } = call.channel;
  call.record.agentId = agent.id;
  call.record.agentName = agent.name;

  const audio = new CallAudio({ pacer: context.pacer });
  const now = (): Agent => configuration.agent(agent.id) ?? agent;
  const transferTo = (target: TransferTarget) => {
    const transfer = context.transfer(audio, target);
    call.transferring = transfer;
    return transfer;
  };
  const actions: CallHandleActions = {
    transfer: (ext, summary) => transferTo({ kind: 'extension', ext, summary }),
    transferToFallback: (summary) =>
      transferTo({ kind: 'fallback', ext: now().settings.fallbackExtension ?? '', summary }),
    transferOutside: (number, summary) => transferTo({ kind: 'outside', number, summary }),
    sendDtmf: (digits) => line.sendDtmf(channelId, digits),
    hangUp: (by) => hangUp(call, line, by, context.log),
  };
  const floor = new Floor({
    call,
    audio,
    createHandle: (hold) => createCallHandle({ call, audio, hold, actions, ...context }),
    createAgent: (handle) => context.createBot(now(), handle),
    prepare: prepared,
  });
  audio.onOverflow = () => call.note('audio', timelineLine.audioAhead);
  call.act = actions;
  call.floor = floor;
  call.tap = (tap) => audio.tap(tap);
  call.sound = () => audio.sound;
  let recording: PreparedRecording | null = null;
  try {
    const [ready, toRecord] = await Promise.all([
      Promise.race([
        prepared(floor.turn.bot).then(
          () => 'ready' as const,
          (error: unknown) => ({ error }),
        ),
        call.ended.then(() => 'ended' as const),
      ]),
      prepareRecording(call, audio, agent, context),
    ]);
    recording = toRecord;
    if (ready === 'ended') return;
    if (ready !== 'ready') {
      noteFailure(call, 'never started', ready.error, context.log);
      await fallBack(call, audio, context, agent);
      return;
    }
    call.facts.agent = 'running';
    if (!adopted) call.note('agent ready', say(timelineLine.ready, { agent: agent.name }));
    await takeTheLine(call, audio, line);
    if (call.isOver) return;
    recording.begin();
    await talk(call, audio, floor, agent, context);
  } finally {
    floor.turn.bot.end();
    recording?.stop();
    audio.close();
  }
};

/** Answers, unless an earlier controller did, and opens the audio. */
const takeTheLine = async (call: LiveCall, audio: CallAudio, line: Line): Promise<void> => {
  const { channelId, answered } = call.channel;
  if (!answered) {
    await line.answer(channelId);
    call.answered();
  }
  call.facts.answered = true;
  audio.attach(await line.openMedia(channelId));
  call.enter('talking');
  if (answered) call.note('adopted', timelineLine.takenUpAgain);
  else call.note('answered', timelineLine.answered);
};

/**
 * The conversation, until the leg is over. A bot that finished hangs up; one that died hands over to the fallback; a person
 * who took over and went away gives the caller back to the agent.
 */
const talk = async (
  call: LiveCall,
  audio: CallAudio,
  floor: Floor,
  agent: Agent,
  context: ConversationContext,
): Promise<void> => {
  audio.onCallerFrame = (frame) => floor.turn.bot.hear(frame);
  call.onDigit = (digit) => {
    call.note('dtmf', say(timelineLine.dtmf, { digit }));
    floor.turn.bot.digit(digit);
  };
  const limit = agentLimit(agent.settings.maxDurationSeconds * 1000, () => {
    void sayGoodbye(call, audio, agent, context);
  });
  floor.open();
  try {
    for (let resumed = call.channel.answered; ; resumed = true) {
      if (call.isOver || call.record.state === 'bridged') return;
      const { turn } = floor;
      limit.count(turn.person === null);
      const first = await endOf(call, turn, resumed);
      if (first === 'replaced') continue;
      // the agent is let go at once; the call itself goes on until its leg ends
      if (first === 'handed over') return;
      if (turn.person !== null && first !== 'ended') {
        const failure = await personGone(call, audio, floor, turn, context);
        if (failure === null) continue;
        noteFailure(call, 'died', failure.error, context.log);
        await fallBack(call, audio, context, agent);
      } else if (typeof first === 'object' && !call.isClosing) {
        audio.onCallerFrame = null;
        noteFailure(call, 'died', first.error, context.log);
        turn.bot.end();
        await fallBack(call, audio, context, agent);
      } else if (first === 'finished') {
        // somebody at the monitor may be transferring; only when that fails is the caller nobody's
        await call.transferring.catch(() => undefined);
        if (floor.turn !== turn) continue;
        if (call.record.state === 'talking' && !call.isClosing) {
          hangUp(call, context.line, 'agent', context.log);
        }
      }
      if (!call.isClosing) audio.onCallerFrame = null;
      await call.ended;
      return;
    }
  } finally {
    limit.count(false);
  }
};

const endOf = (
  call: LiveCall,
  turn: Turn,
  resumed: boolean,
): Promise<'finished' | 'ended' | 'handed over' | 'replaced' | { error: unknown }> =>
  Promise.race([
    call.ended.then(() => 'ended' as const),
    call.handedOver.then(() => 'handed over' as const),
    turn.over.then(() => 'replaced' as const),
    turn.run({ resumed }).then(
      () => 'finished' as const,
      (error: unknown) => ({ error }),
    ),
  ]);

/**
 * A person who took over has gone without handing back: his place stays free for a moment, for him or somebody else; then
 * the agent goes on. Null: somebody has the caller, or he is gone; else why the agent did not come back.
 */
const personGone = async (
  call: LiveCall,
  audio: CallAudio,
  floor: Floor,
  turn: Turn,
  context: ConversationContext,
): Promise<{ error: unknown } | null> => {
  await call.transferring.catch(() => undefined);
  if (call.isOver || floor.turn !== turn) return null;
  if (call.record.state !== 'talking') {
    // he has handed the caller on: the leg's end is under way
    await Promise.race([turn.over, call.ended, call.handedOver]);
    return null;
  }
  floor.lost();
  call.note('audio', say(timelineLine.personLost, { person: turn.person ?? 'the person' }));
  void announce(call, audio, context, words.reconnecting);
  const over = new AbortController();
  await Promise.race([
    delay(context.personGraceMs ?? defaultPersonGraceMs, undefined, { signal: over.signal }).catch(
      () => undefined,
    ),
    turn.over,
    call.ended,
    call.handedOver,
  ]);
  over.abort();
  if (call.isOver || floor.turn !== turn) return null;
  try {
    await Promise.race([floor.giveBack(), call.ended]);
    return null;
  } catch (error) {
    return { error };
  }
};

/** The caller of a failed agent goes to the fallback extension; without one he hears a message, or his PBX a SIP status. */
const fallBack = async (
  call: LiveCall,
  audio: CallAudio,
  context: ConversationContext,
  agent: Agent,
): Promise<void> => {
  const { line, log } = context;
  const { fallbackExtension, fallbackMessage } = agent.settings;
  // a transfer that is on its way may still take the caller
  await call.transferring.catch(() => undefined);
  if (call.isOver) return;
  call.isClosing = true;
  audio.onCallerFrame = null;
  audio.flush();
  if (fallbackExtension === null && fallbackMessage === '' && !call.facts.answered) {
    // the caller's PBX goes on by its own rules
    await line.refuse(call.channel.channelId, 480);
    await call.ended;
    return;
  }
  // a REFER needs an answered call, and so does a message
  if (!call.facts.answered) await takeTheLine(call, audio, line);
  if (fallbackMessage !== '') await announce(call, audio, context, fallbackMessage);
  if (fallbackExtension !== null && !call.isOver) {
    const transfer = context.transfer(audio, { kind: 'fallback', ext: fallbackExtension });
    call.transferring = transfer;
    const { callerStillHere } = await transfer;
    if (callerStillHere) await announce(call, audio, context, words.fallback);
  } else if (fallbackMessage === '') await announce(call, audio, context, words.fallback);
  // one who talks to the fallback through us is left to it
  if (call.record.state !== 'bridged') hangUp(call, line, null, log);
  await call.ended;
};

/** The maximum duration: the agent is silenced, the caller told, the call ended. */
const sayGoodbye = async (
  call: LiveCall,
  audio: CallAudio,
  agent: Agent,
  context: ConversationContext,
): Promise<void> => {
  await call.transferring.catch(() => undefined);
  if (call.isOver || call.isClosing) return;
  call.facts.hungUpBy ??= 'time limit';
  call.isClosing = true;
  audio.onCallerFrame = null;
  audio.flush();
  await announce(call, audio, context, agent.settings.closingMessage || words.closing);
  hangUp(call, context.line, 'time limit', context.log);
};

/** Says something of our own and waits until it was heard, or the call is over. */
const announce = async (
  call: LiveCall,
  audio: CallAudio,
  context: ConversationContext,
  text: string,
): Promise<void> => {
  if (call.isOver) return;
  call.note('announcement', text);
  const speech = await context.announcer(text);
  await Promise.race([audio.play(speech, announcementFormat).done, call.ended]);
};

const noteFailure = (call: LiveCall, how: 'never started' | 'died', error: unknown, log: Logger): void => {
  call.facts.agent = how;
  call.facts.agentFailure = error instanceof BotFailure ? error.kind : null;
  if (error instanceof BotFailure) {
    const text = say(timelineLine[`${how} because`], { why: error.message });
    call.note('agent failed', text, { failure: error.kind });
    log.warn({ failure: error.kind, reason: error.message }, 'the agent failed');
  } else {
    call.note('agent failed', timelineLine[how]);
    log.error({ err: error }, 'the agent failed');
  }
};

/** Asks the line to end the leg. The end itself comes from there; when it cannot be asked, its own event will come. */
export const hangUp = (
  call: LiveCall,
  line: Pick<Line, 'hangUp'>,
  by: CallFacts['hungUpBy'],
  log: Logger,
): void => {
  if (call.isOver) return;
  call.facts.hungUpBy ??= by;
  line.hangUp(call.channel.channelId).catch((error: unknown) => {
    log.warn({ callId: call.record.id, reason: messageOf(error) }, 'the call could not be hung up');
  });
};
