/**
 * Cold transfer: a REFER on the caller's own leg to `sip:<ext>@<PBX SIP Domain>`; the PBX rings the target by its own
 * rules. Our leg is always released: some PBXes (Asterisk) never send BYE after the last NOTIFY, and FreeSWITCH keeps
 * a channel without a dialog after a failed one (facts in docs/switches.md).
 */
import type { Switch, Transport } from '../switch/port.ts';
import { outcomeOfRefer, type TransferOutcome } from './refer-outcome.ts';

/** How long the PBX's own BYE is waited for before we hang our leg up ourselves. */
const releaseGraceMs = 500;

export type ColdTransfer = {
  switch: Pick<Switch, 'refer' | 'hangUp'>;
  channelId: string;
  /** settles when the leg has ended, for whatever reason */
  ended: Promise<unknown>;
  target: { extension: string; domain: string; port: number; transport: Transport };
  /** how long the PBX may take to answer the REFER and to report on it */
  timeoutMs: number;
};

/** Transfers and says what became of it. Rejects only when the switch itself fails. */
export const coldTransfer = async (transfer: ColdTransfer): Promise<TransferOutcome> => {
  const refer = await transfer.switch.refer(transfer.channelId, transfer.target, transfer.timeoutMs);
  const outcome = outcomeOfRefer(refer);
  if (!outcome.callerStillHere && refer.result !== 'gone') await release(transfer);
  return outcome;
};

const release = async ({ switch: control, channelId, ended }: ColdTransfer): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<'still here'>((resolve) => {
    timer = setTimeout(() => resolve('still here'), releaseGraceMs);
  });
  const first = await Promise.race([ended.then(() => 'ended' as const), grace]);
  clearTimeout(timer);
  if (first === 'still here') await control.hangUp(channelId);
};
