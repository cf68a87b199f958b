/** A transfer as part of a call: checks the directory, moves the state, hands over, and gives the caller back on failure. */
import type { TransferResult } from '../contract/call.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { CallAudio } from '../media/call-audio.ts';
import type { Switch } from '../switch/port.ts';
import { coldTransfer } from '../transfers/cold-transfer.ts';
import type { LiveCall } from './live-call.ts';
import type { CallConfiguration, CallTrunk } from './route.ts';

/** How long the PBX may take to answer a REFER and to report on it, before it counts as silent. */
const referTimeoutMs = 10_000;

export type TransferContext = {
  switch: Switch;
  configuration: CallConfiguration;
  trunk: CallTrunk;
  log: Logger;
};

/**
 * Cold transfer of `call` to `ext`. Nothing that is not in the directory is dialled, except an agent's own fallback
 * extension (`anyExtension`), which the admin typed in himself.
 */
export const transferCall = async (
  call: LiveCall,
  audio: CallAudio,
  { switch: control, configuration, trunk, log }: TransferContext,
  ext: string,
  options: { anyExtension?: boolean } = {},
): Promise<{ result: TransferResult; callerStillHere: boolean }> => {
  const entry = configuration.directory(trunk.id).find((candidate) => candidate.ext === ext);
  if (!entry && !options.anyExtension) return { result: 'no such extension', callerStillHere: !call.isOver };
  if (call.isOver) return { result: 'caller gone', callerStillHere: false };
  // one hand-over at a time: the second of two people who press transfer is told that it did not work
  if (call.record.state !== 'talking') return { result: 'not permitted', callerStillHere: true };

  const name = entry?.name ?? '';
  const target = `${ext} ${name}`.trim();
  const facts = { ext, name, result: null as TransferResult | null, callerStillHere: true };
  call.facts.transfer = facts;
  call.enter('transferring');
  call.note('transfer started', `Transferring to ${target}`, { ext });
  audio.flush();
  try {
    const outcome = await coldTransfer({
      switch: control,
      channelId: call.channel.channelId,
      ended: call.ended,
      target: { extension: ext, domain: trunk.domain, port: trunk.port, transport: trunk.transport },
      timeoutMs: referTimeoutMs,
    });
    facts.result = outcome.result;
    facts.callerStillHere = outcome.callerStillHere && !call.isOver;
    call.note('transfer result', `Transfer to ${target}: ${outcome.result}`, {
      ext,
      result: outcome.result,
      ...(outcome.sipStatus === null ? {} : { sipStatus: outcome.sipStatus }),
    });
  } catch (error) {
    // the switch failed, not the PBX: whether the REFER went out is unknown, so nothing is tried again
    log.error({ callId: call.record.id, reason: messageOf(error) }, 'the transfer could not be carried out');
    facts.result = call.isOver ? 'caller gone' : 'PBX silent';
    facts.callerStillHere = !call.isOver;
    call.note('transfer result', `Transfer to ${target} could not be carried out`, { ext });
  }
  if (facts.callerStillHere) {
    audio.attach(await control.openMedia(call.channel.channelId));
    call.enter('talking');
  }
  return { result: facts.result, callerStillHere: facts.callerStillHere };
};
