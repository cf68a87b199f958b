/** A transfer as part of a call: checks the directory, moves the state, hands over, and gives the caller back on failure. */

import type { TransferResult } from '../contract/call.ts';
import { callFault } from '../contract/pbx-calls.ts';
import { say } from '../contract/texts/sentence.ts';
import { timelineLine } from '../contract/texts/timeline.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { CallAudio } from '../media/call-audio.ts';
import type { Pacer } from '../media/pacer.ts';
import { playRingback } from '../media/ringback.ts';
import type { Switch } from '../switch/port.ts';
import { type Briefing, briefingWords } from '../transfers/briefing.ts';
import { handOver, wayOf } from '../transfers/hand-over.ts';
import type { TransferFindings } from '../transfers/transfer-findings.ts';
import { type Announcer, announcementFormat } from './announcement.ts';
import type { LegEnds } from './leg-ends.ts';
import type { LiveCall } from './live-call.ts';
import type { CallConfiguration, CallTrunk } from './route.ts';

/** How long the PBX may take to answer a REFER and to report on it, before it counts as silent. */
const referTimeoutMs = 10_000;
/** How long a target rings that is called before the caller is handed over. */
const targetRingSeconds = 30;

/** What a PBX is asked to dial: digits, a + before them, the star of its feature codes inside. */
const dialable = /^\+?[0-9][0-9*]{0,19}$/;
/** As people write numbers: what is only for the eye is left out. */
const dialledNumber = (text: string): string => text.replace(/[\s()./-]/g, '');

export type TransferContext = {
  switch: Switch;
  configuration: CallConfiguration;
  trunk: CallTrunk;
  findings: TransferFindings;
  announcer: Announcer;
  pacer: Pacer;
  legEnds: LegEnds;
  log: Logger;
};

/**
 * Where a caller is to go. `fallback`: an agent's own fallback extension, which the admin typed in himself; it needs no
 * entry in the directory.
 */
export type TransferTarget = (
  | { kind: 'extension' | 'fallback'; ext: string }
  /** as it is to be dialled on the PBX, with or without spaces and the like */
  | { kind: 'outside'; number: string }
) & {
  /** what the call is about, for the person who answers, where the trunk briefs targets */
  summary?: string | undefined;
};

/**
 * Hands `call` over. Nothing that is not in the directory is dialled, unless the trunk allows any extension, or outside
 * numbers.
 */
export const transferCall = async (
  call: LiveCall,
  audio: CallAudio,
  context: TransferContext,
  wanted: TransferTarget,
): Promise<{ result: TransferResult; callerStillHere: boolean }> => {
  const { switch: control, configuration, trunk, findings, log } = context;
  const entry =
    wanted.kind === 'outside'
      ? undefined
      : configuration.directory(trunk.id).find((candidate) => candidate.ext === wanted.ext);
  const ext = wanted.kind === 'outside' ? dialledNumber(wanted.number) : wanted.ext;
  if (wanted.kind === 'outside' && !trunk.allowOutsideTransfers)
    return { result: 'not permitted', callerStillHere: !call.isOver };
  const isAllowed = wanted.kind !== 'extension' || entry !== undefined || trunk.allowAnyExtension;
  if (!isAllowed || !dialable.test(ext))
    return { result: 'no such extension', callerStillHere: !call.isOver };
  if (call.isOver) return { result: 'caller gone', callerStillHere: false };
  // one hand-over at a time: the second of two people who press transfer is told that it did not work
  if (call.record.state !== 'talking') return { result: 'not permitted', callerStillHere: true };

  const name = entry?.name ?? '';
  const target = `${ext} ${name}`.trim();
  const facts = { ext, name, result: null as TransferResult | null, callerStillHere: true };
  call.facts.transfer = facts;
  call.enter('transferring');
  call.note('transfer started', say(timelineLine.transferring, { target }), { ext });
  audio.flush();
  const { domain, port, transport, transferSupport: support } = trunk;
  const { connectionType = 'extension', pbxType = 'other' } = trunk;
  const way = wayOf(trunk.transferMode, support, callFault({ connectionType, pbxType }) === null);
  // a target that is called first takes its time, in which the caller is not to think that he was forgotten
  const stopRinging = way === 'refer' ? () => undefined : playRingback(audio);
  try {
    const outcome = await handOver({
      switch: control,
      channelId: call.channel.channelId,
      ended: call.ended,
      way,
      trunkId: trunk.id,
      target: { extension: ext, domain, port, transport },
      callerNumber: call.channel.callerNumber,
      callerName: call.channel.callerName,
      ringSeconds: targetRingSeconds,
      referTimeoutMs,
      briefing:
        way !== 'refer' && trunk.briefTarget ? briefingOf(call, target, context, wanted.summary) : null,
      watchLeg: (channelId) => context.legEnds.watch(channelId),
      onFinding: (what, sipStatus) => findings.note(trunk.id, support, what, sipStatus),
    });
    if (outcome.bridged) call.enter('bridged');
    facts.result = outcome.result;
    facts.callerStillHere = outcome.callerStillHere && !call.isOver;
    call.note('transfer result', say(timelineLine.transferResult, { target, result: outcome.result }), {
      ext,
      result: outcome.result,
      ...(outcome.sipStatus === null ? {} : { sipStatus: outcome.sipStatus }),
      ...(outcome.bridged ? { bridged: true } : {}),
    });
    if (outcome.bridged) call.handOver();
  } catch (error) {
    // the switch failed, not the PBX: whether the REFER went out is unknown, so nothing is tried again
    log.error({ callId: call.record.id, reason: messageOf(error) }, 'the transfer could not be carried out');
    facts.result = call.isOver ? 'caller gone' : 'PBX silent';
    facts.callerStillHere = !call.isOver;
    call.note('transfer result', say(timelineLine.transferFailed, { target }), { ext });
  } finally {
    stopRinging();
  }
  if (facts.callerStillHere) {
    audio.attach(await control.openMedia(call.channel.channelId));
    call.enter('talking');
  }
  return { result: facts.result, callerStillHere: facts.callerStillHere };
};

/** It is spoken while the target rings. */
const briefingOf = (
  call: LiveCall,
  target: string,
  { announcer, pacer }: TransferContext,
  summary: string | undefined,
): Briefing => {
  const words = briefingWords({ ...call.channel, summary });
  call.note('announcement', say(timelineLine.briefing, { target, said: words }));
  return { speech: announcer(words), format: announcementFormat, pacer };
};
