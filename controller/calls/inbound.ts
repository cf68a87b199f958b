/**
 * The life of one inbound call, read from top to bottom: route, get the agent ready while it rings, answer, talk, and
 * see it out. The ending always comes from the switch's own word that the leg is over (`call.ended`).
 */
import type { Bot, CallHandle } from '../bots/bot.ts';
import { BotFailure } from '../bots/failure.ts';
import type { Agent } from '../contract/agent.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { CallAudio } from '../media/call-audio.ts';
import type { Pacer } from '../media/pacer.ts';
import type { Switch } from '../switch/port.ts';
import type { TransferFindings } from '../transfers/transfer-findings.ts';
import { type Announcer, announcementFormat, words } from './announcement.ts';
import type { CallHandleActions } from './call-handle.ts';
import { createCallHandle } from './call-handle.ts';
import type { LiveCall } from './live-call.ts';
import { type CallFacts, refusals } from './outcome.ts';
import { type PreparedRecording, prepareRecording, type RecordingContext } from './record-call.ts';
import { type CallConfiguration, type CallTrunk, decideRoute, resumeRoute } from './route.ts';
import { type TransferTarget, transferCall } from './transfer-call.ts';

/** How long a caller hears ringing while the agent gets ready. */
const agentReadyMs = 10_000;
/** What a caller's PBX is told to wait before it tries an overloaded trunk again. */
const retryAfterSeconds = 30;

export type InboundContext = {
  switch: Switch;
  configuration: CallConfiguration;
  pacer: Pacer;
  createBot: (agent: Agent, handle: CallHandle) => Bot;
  announcer: Announcer;
  recordings: RecordingContext['recordings'];
  findings: TransferFindings;
  /** live calls of the trunk without this one */
  liveOnTrunk: number;
  log: Logger;
};

/** Leads one call from its offer, or from its adoption after a restart, to its end. Resolves when the leg is over. */
export const handleInbound = async (call: LiveCall, context: InboundContext): Promise<void> => {
  const { switch: control, configuration } = context;
  const { channel } = call;
  const adopted = channel.answered;

  if (channel.bridgedTo !== undefined) {
    await seeOutBridged(call, context, channel.bridgedTo);
    return;
  }
  const route = adopted
    ? resumeRoute(configuration, channel, call.record.agentId)
    : decideRoute(configuration, channel, context.liveOnTrunk, call.record.isTest);
  call.record.trunkName = route.trunk?.name ?? call.record.trunkName;
  if (route.kind === 'refuse') {
    const { sipStatus, words } = refusals[route.reason];
    if (adopted) {
      // a SIP status is for calls that ring
      call.facts.answered = true;
      call.facts.cannotResume = route.reason;
      call.note('adopted', `Found after a restart of the controller, and ended: ${words}`);
      hangUp(call, control, null, context.log);
      await call.ended;
      return;
    }
    call.facts.refusal = route.reason;
    call.note('refused', `Refused: ${words}`, { sipStatus });
    await control.refuse(
      channel.channelId,
      sipStatus,
      route.reason === 'over-limit' ? retryAfterSeconds : undefined,
    );
    await call.ended;
    return;
  }
  const { trunk, agent } = route;
  call.record.agentId = agent.id;
  call.record.agentName = agent.name;

  const audio = new CallAudio({ pacer: context.pacer });
  const transferTo = (target: TransferTarget) => {
    // the trunk as it is now: what is allowed may have changed since the call began
    const current = configuration.trunk(trunk.id) ?? trunk;
    const transferContext = { ...context, trunk: current };
    const transfer = transferCall(call, audio, transferContext, target);
    call.transferring = transfer;
    return transfer;
  };
  const actions: CallHandleActions = {
    transfer: (ext) => transferTo({ kind: 'extension', ext }),
    transferOutside: (number) => transferTo({ kind: 'outside', number }),
    sendDtmf: (digits) => control.sendDtmf(channel.channelId, digits),
    hangUp: (by) => hangUp(call, control, by, context.log),
  };
  const bot = context.createBot(agent, createCallHandle(call, audio, configuration, actions));
  audio.use(bot.audio);
  audio.onOverflow = () =>
    call.note('audio', 'The agent sent more audio ahead than is kept: what is too much is not played');
  call.act = actions;
  call.tap = (tap) => audio.tap(tap);
  call.sound = () => audio.sound;
  let recording: PreparedRecording | null = null;
  try {
    const [ready, toRecord] = await Promise.all([
      Promise.race([prepared(bot), call.ended.then(() => 'ended' as const)]),
      prepareRecording(call, audio, agent, context),
    ]);
    recording = toRecord;
    if (ready === 'ended') return;
    if (ready !== 'ready') {
      noteFailure(call, 'never started', ready, context.log);
      await fallBack(call, audio, context, trunk, agent);
      return;
    }
    call.facts.agent = 'running';
    if (!adopted) call.note('agent ready', `${agent.name} is ready`);
    await takeTheLine(call, audio, control);
    if (call.isOver) return;
    recording.begin(adopted);
    await talk(call, audio, bot, agent, adopted, context, trunk);
  } finally {
    bot.end();
    recording?.stop();
    audio.close();
  }
};

/** After a restart: the caller talks to the target of a transfer through the switch, and no agent is needed any more. */
const seeOutBridged = async (call: LiveCall, context: InboundContext, ext: string): Promise<void> => {
  const entry = context.configuration
    .directory(call.channel.trunkId)
    .find((candidate) => candidate.ext === ext);
  call.facts.answered = true;
  call.facts.agent = 'running';
  call.facts.transfer = { ext, name: entry?.name ?? '', result: 'transferred', callerStillHere: false };
  call.enter('bridged');
  call.note('adopted', `Found after a restart of the controller, talking to ${ext}`);
  await call.ended;
};

/** Answers, unless an earlier controller did, and opens the audio. */
const takeTheLine = async (call: LiveCall, audio: CallAudio, control: Switch): Promise<void> => {
  const { channelId, answered } = call.channel;
  if (!answered) {
    await control.answer(channelId);
    call.answered();
  }
  call.facts.answered = true;
  audio.attach(await control.openMedia(channelId));
  call.enter('talking');
  if (answered) call.note('adopted', 'Taken up again after a restart of the controller');
  else call.note('answered', 'Answered');
};

/** The conversation, until the leg is over. A bot that finished hangs up; one that died hands over to the fallback. */
const talk = async (
  call: LiveCall,
  audio: CallAudio,
  bot: Bot,
  agent: Agent,
  resumed: boolean,
  context: InboundContext,
  trunk: CallTrunk,
): Promise<void> => {
  audio.onCallerFrame = (frame) => bot.hear(frame);
  call.onDigit = (digit) => {
    call.note('dtmf', `Caller pressed ${digit}`);
    bot.digit(digit);
  };
  const limit = setTimeout(
    () => void sayGoodbye(call, audio, agent, context),
    agent.settings.maxDurationSeconds * 1000,
  );
  try {
    const first = await Promise.race([
      bot.run({ resumed }).then(
        () => 'finished' as const,
        (error: unknown) => ({ error }),
      ),
      call.ended.then(() => 'ended' as const),
      call.handedOver.then(() => 'handed over' as const),
    ]);
    // the agent is let go at once; the call itself goes on until its leg ends
    if (first === 'handed over') return;
    if (!call.isClosing) audio.onCallerFrame = null;
    if (typeof first === 'object' && !call.isClosing) {
      noteFailure(call, 'died', first.error, context.log);
      bot.end();
      await fallBack(call, audio, context, trunk, agent);
    } else if (first === 'finished') {
      // somebody at the monitor may be transferring; only when that fails is the caller nobody's
      await call.transferring.catch(() => undefined);
      if (call.record.state === 'talking' && !call.isClosing) {
        hangUp(call, context.switch, 'agent', context.log);
      }
    }
    await call.ended;
  } finally {
    clearTimeout(limit);
  }
};

/** The caller of a failed agent goes to the fallback extension; without one he hears a message, or his PBX a SIP status. */
const fallBack = async (
  call: LiveCall,
  audio: CallAudio,
  context: InboundContext,
  trunk: CallTrunk,
  agent: Agent,
): Promise<void> => {
  const { switch: control, log } = context;
  const { fallbackExtension, fallbackMessage } = agent.settings;
  // a transfer that is on its way may still take the caller
  await call.transferring.catch(() => undefined);
  if (call.isOver) return;
  call.isClosing = true;
  audio.onCallerFrame = null;
  audio.flush();
  if (fallbackExtension === null && fallbackMessage === '' && !call.facts.answered) {
    // the caller's PBX goes on by its own rules
    await control.refuse(call.channel.channelId, 480);
    await call.ended;
    return;
  }
  // a REFER needs an answered call, and so does a message
  if (!call.facts.answered) await takeTheLine(call, audio, control);
  if (fallbackMessage !== '') await announce(call, audio, context, fallbackMessage);
  if (fallbackExtension !== null && !call.isOver) {
    const target = { kind: 'fallback', ext: fallbackExtension } as const;
    const transfer = transferCall(call, audio, { ...context, trunk }, target);
    call.transferring = transfer;
    const { callerStillHere } = await transfer;
    if (callerStillHere) await announce(call, audio, context, words.fallback);
  } else if (fallbackMessage === '') await announce(call, audio, context, words.fallback);
  // one who talks to the fallback through us is left to it
  if (call.record.state !== 'bridged') hangUp(call, control, null, log);
  await call.ended;
};

/** The maximum duration: the agent is silenced, the caller told, the call ended. */
const sayGoodbye = async (
  call: LiveCall,
  audio: CallAudio,
  agent: Agent,
  context: InboundContext,
): Promise<void> => {
  await call.transferring.catch(() => undefined);
  if (call.isOver || call.isClosing) return;
  call.facts.hungUpBy ??= 'time limit';
  call.isClosing = true;
  audio.onCallerFrame = null;
  audio.flush();
  await announce(call, audio, context, agent.settings.closingMessage || words.closing);
  hangUp(call, context.switch, 'time limit', context.log);
};

/** Says something of our own and waits until it was heard, or the call is over. */
const announce = async (
  call: LiveCall,
  audio: CallAudio,
  context: InboundContext,
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
  const happened = how === 'died' ? 'The agent failed in the middle of the call' : 'The agent did not start';
  if (error instanceof BotFailure) {
    call.note('agent failed', `${happened}: ${error.message}`, { failure: error.kind });
    log.warn({ failure: error.kind, reason: error.message }, 'the agent failed');
  } else {
    call.note('agent failed', happened);
    log.error({ err: error }, 'the agent failed');
  }
};

/** Anything but `ready` is why it is not. */
const prepared = async (bot: Bot): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const failure = new BotFailure('slow', `not ready within ${agentReadyMs / 1000} s`);
    timer = setTimeout(() => reject(failure), agentReadyMs);
  });
  try {
    await Promise.race([bot.prepare(), tooLate]);
    return 'ready';
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer);
  }
};

/** Asks the switch to end the leg. The end itself comes from the switch; when it cannot be asked, its own event will come. */
export const hangUp = (
  call: LiveCall,
  control: Pick<Switch, 'hangUp'>,
  by: CallFacts['hungUpBy'],
  log: Logger,
): void => {
  if (call.isOver) return;
  call.facts.hungUpBy ??= by;
  control.hangUp(call.channel.channelId).catch((error: unknown) => {
    log.warn({ callId: call.record.id, reason: messageOf(error) }, 'the call could not be hung up');
  });
};
