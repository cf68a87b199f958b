/**
 * Calls the target of a transfer before the caller is handed over. The leg is ended when the caller hangs up meanwhile.
 * What is then done with an answered one is somebody else's.
 */
import type { TransferResult } from '../contract/call.ts';
import type { DialOrder, DialResult, Switch } from '../switch/port.ts';
import { resultOfTargetStatus } from './refer-outcome.ts';

export type CalledTarget =
  | { kind: 'answered'; dialledId: string }
  | { kind: 'not reached'; result: TransferResult; sipStatus: number | null };

export const callTarget = async (options: {
  switch: Pick<Switch, 'dial' | 'hangUp'>;
  /** settles when the caller's leg has ended */
  ended: Promise<unknown>;
  order: DialOrder;
}): Promise<CalledTarget> => {
  const { switch: control, ended, order } = options;
  const dialledId = order.channelId;
  const dialling = control.dial(order);
  const first = await Promise.race([dialling, ended.then(() => 'caller gone' as const)]);
  if (first !== 'caller gone') return outcomeOfDial(first, dialledId);
  await control.hangUp(dialledId);
  // it may have been answered in that very moment: then there is a leg, and it goes too
  if ((await dialling).result === 'answered') await control.hangUp(dialledId);
  return { kind: 'not reached', result: 'caller gone', sipStatus: null };
};

const outcomeOfDial = (dialled: DialResult, dialledId: string): CalledTarget => {
  switch (dialled.result) {
    case 'answered':
      return { kind: 'answered', dialledId };
    case 'refused':
      return {
        kind: 'not reached',
        result: resultOfTargetStatus(dialled.sipStatus),
        sipStatus: dialled.sipStatus,
      };
    case 'no answer':
      return { kind: 'not reached', result: 'no answer', sipStatus: null };
    case 'cancelled':
      return { kind: 'not reached', result: 'caller gone', sipStatus: null };
  }
};
