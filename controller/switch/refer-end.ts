/** What the end of a leg says about a REFER that was under way on it, the same for both switches. Pure. */
import type { ReferResult } from './port.ts';

/**
 * RFC 3515 §2.4.4 wants a NOTIFY with the outcome, and many PBXes send none: they take the caller and end our leg, as
 * RFC 5589 §6.1 lets either side do once the REFER is accepted. So a PBX that has accepted and then hangs up has him.
 * One that had said that the target rings (18x) would have said more: there the caller himself has hung up.
 */
export const resultOfEnd = (seen: {
  /** the REFER was answered with a 2xx, or a NOTIFY came */
  isTaken: boolean;
  /** BYE came from the PBX */
  byPbx: boolean;
  /** the highest status in the NOTIFYs so far; 0 without any */
  provisional: number;
}): ReferResult =>
  seen.isTaken && seen.byPbx && seen.provisional <= 100
    ? { result: 'accepted', unconfirmed: true }
    : { result: 'gone' };
