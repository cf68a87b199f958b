/** What a PBX's answer to a REFER means, in the product's words. A table, no call and no switch. */
import type { TransferResult } from '../contract/call.ts';
import type { ReferResult } from '../switch/port.ts';

/** The statuses of RFC 3261 section 21 that say more than "refused", read as answers about the target. */
const byTargetStatus: Readonly<Record<number, TransferResult>> = {
  404: 'no such extension',
  408: 'no answer',
  410: 'no such extension',
  480: 'no answer',
  484: 'no such extension',
  486: 'busy',
  487: 'no answer',
  600: 'busy',
  603: 'declined',
  604: 'no such extension',
};

/** The same as answers about the REFER itself: there 401, 403, 405 and 501 speak of our right to transfer. */
const byReferStatus: Readonly<Record<number, TransferResult>> = {
  ...byTargetStatus,
  401: 'not permitted',
  403: 'not permitted',
  405: 'not permitted',
  407: 'not permitted',
  501: 'not permitted',
};

/** A final status of the target itself, as of a call that was placed to it or of a NOTIFY. */
export const resultOfTargetStatus = (sipStatus: number): TransferResult =>
  byTargetStatus[sipStatus] ?? (sipStatus >= 500 ? 'no answer' : 'declined');

export type TransferOutcome = { result: TransferResult; callerStillHere: boolean; sipStatus: number | null };

/** The outcome of a cold transfer; `callerStillHere` says whether the agent can go on talking on this leg. */
export const outcomeOfRefer = (refer: ReferResult): TransferOutcome => {
  switch (refer.result) {
    case 'accepted':
      return { result: 'transferred', callerStillHere: false, sipStatus: refer.unconfirmed ? 202 : 200 };
    case 'refused':
      return {
        result: byReferStatus[refer.sipStatus] ?? 'declined',
        callerStillHere: true,
        sipStatus: refer.sipStatus,
      };
    case 'failed':
      return {
        result: resultOfTargetStatus(refer.sipStatus),
        callerStillHere: refer.legAlive,
        sipStatus: refer.sipStatus,
      };
    case 'silent':
      return { result: 'PBX silent', callerStillHere: refer.legAlive, sipStatus: null };
    case 'gone':
      return { result: 'caller gone', callerStillHere: false, sipStatus: null };
  }
};
