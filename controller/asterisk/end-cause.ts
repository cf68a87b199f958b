/** Q.850 causes: which one makes Asterisk refuse with which SIP status, and what its cause of an end says. Pure. */
import type { LegEnd, RefusalStatus } from '../switch/port.ts';
import type { Call } from './call.ts';

/**
 * The cause that chan_pjsip turns into the status (chan_pjsip.c, hangup_cause2sip); one that it does not know, such as
 * 16, gives 603 (res_pjsip_session.c, ast_sip_session_terminate).
 */
export const refusalCauses: Readonly<Record<RefusalStatus, number>> = {
  403: 21,
  404: 1,
  480: 19,
  486: 17,
  488: 58,
  503: 34,
  603: 16,
};

/** How a call ended, from the last event of its channel. */
export const endOf = (call: Pick<Call, 'endedBy' | 'channel'>, cause: number, causeText: string): LegEnd => {
  const by = call.endedBy ?? 'switch';
  // A CANCEL is told as the 487 that answers it, which has no cause of its own (chan_pjsip.c, hangup_sip2cause): 127.
  if (by === 'caller' && !call.channel.answered && cause === 127)
    return { cause: 16, causeText: 'Cancelled by the caller', by };
  return { cause, causeText, by };
};
