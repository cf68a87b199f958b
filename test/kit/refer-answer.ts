/** What a scripted PBX does with a REFER (RFC 3515): the answer to it, then NOTIFYs with a sipfrag. It knows no call. */
import { reasonPhrases, type SipHeader } from './sip-message.ts';

export type ReferAnswer = {
  /** the answer to the REFER itself; `silent` gives none */
  status: number | 'silent';
  headers?: readonly SipHeader[];
  /** sent after a 2xx; a final status in the last one ends the subscription */
  notifies?: readonly { status: number; afterMs?: number }[];
  /** the PBX hangs up the leg after the last NOTIFY, as some do */
  thenHangUp?: boolean;
};

type Notify = { afterMs: number; headers: SipHeader[]; body: string };

/** The NOTIFYs that follow, ready to be sent in the dialog. */
export const notifiesOf = (answer: ReferAnswer, contact: string): Notify[] =>
  (answer.notifies ?? []).map(({ status, afterMs }, index, all) => ({
    afterMs: afterMs ?? 20,
    headers: [
      ['Event', 'refer'],
      [
        'Subscription-State',
        index === all.length - 1 && status >= 200 ? 'terminated;reason=noresource' : 'active;expires=60',
      ],
      ['Content-Type', 'message/sipfrag;version=2.0'],
      ['Contact', contact],
    ],
    body: `SIP/2.0 ${status} ${reasonPhrases[status] ?? 'Unknown'}\r\n`,
  }));
