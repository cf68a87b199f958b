/**
 * The life of one inbound call, read from top to bottom: route, then the conversation with the agent (`conversation.ts`),
 * and see it out. The ending always comes from the switch's own word that the leg is over (`call.ended`).
 */

import { lineFormatOf } from '../contract/audio.ts';
import { outcome } from '../contract/texts/call.ts';
import { say } from '../contract/texts/sentence.ts';
import { timelineLine } from '../contract/texts/timeline.ts';
import type { Switch } from '../switch/port.ts';
import type { TransferFindings } from '../transfers/transfer-findings.ts';
import { type ConversationContext, converse, hangUp } from './conversation.ts';
import type { LegEnds } from './leg-ends.ts';
import type { LiveCall } from './live-call.ts';
import { refusals } from './outcome.ts';
import { decideRoute, resumeRoute } from './route.ts';
import { transferCall } from './transfer-call.ts';

/** What a caller's PBX is told to wait before it tries an overloaded trunk again. */
const retryAfterSeconds = 30;

export type InboundContext = Omit<ConversationContext, 'line' | 'lineFormat' | 'transfer'> & {
  switch: Switch;
  findings: TransferFindings;
  legEnds: LegEnds;
  /** live calls of the trunk without this one */
  liveOnTrunk: number;
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
      call.note('adopted', say(timelineLine.foundAndEnded, { reason: words }));
      hangUp(call, control, null, context.log);
      await call.ended;
      return;
    }
    call.facts.refusal = route.reason;
    call.note('refused', say(outcome.refused, { reason: words }), { sipStatus });
    await control.refuse(
      channel.channelId,
      sipStatus,
      route.reason === 'over-limit' ? retryAfterSeconds : undefined,
    );
    await call.ended;
    return;
  }
  const { trunk, agent } = route;
  const transfer: ConversationContext['transfer'] = (audio, target) =>
    // the trunk as it is now: what is allowed may have changed since the call began
    transferCall(call, audio, { ...context, trunk: configuration.trunk(trunk.id) ?? trunk }, target);
  const lineFormat = lineFormatOf(trunk.codecs?.[0] ?? 'PCMU');
  await converse(call, { ...context, line: control, lineFormat, transfer }, agent);
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
  call.note('adopted', say(timelineLine.foundBridged, { target: ext }));
  await call.ended;
};
