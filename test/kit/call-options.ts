/** What a call of a test phone is made of, and how it ends. Types only. */

import type { Beat } from './rtp.ts';
import type { TelephoneCodec as Codec } from './sdp.ts';
import type { IncomingRequest, SipEndpoint } from './sip-endpoint.ts';
import type { SipHeader } from './sip-message.ts';
import type { SipAddress } from './sip-transport.ts';

export type CallPhase = 'calling' | 'incoming' | 'talking' | 'ended';

export type CallEnding = {
  by: 'us' | 'them';
  /** the final status of an INVITE that was never answered; null after a BYE, 487 after a CANCEL */
  status: number | null;
  /** the Reason header of the BYE or CANCEL (RFC 3326) */
  reason: string;
};

export type Media = {
  endpoint: SipEndpoint;
  beat: Beat;
  codecs?: readonly Codec[];
  /** seconds of what is heard that are kept */
  keepSeconds?: number;
};

export type OutgoingCall = Media & {
  to: SipAddress;
  requestUri: string;
  /** a whole From value without its tag, such as `"Ext 100" <sip:100@127.0.0.1>` */
  from: string;
  contactUser: string;
  toHeader?: string;
  headers?: readonly SipHeader[];
  credentials?: { username: string; password: string };
  dtmfPayloadType?: number | null;
  /** the address in our SDP when it is not where our audio comes from, as behind NAT */
  sdpHost?: string;
  /** the INVITE has no SDP: the far side offers, and the ACK answers (RFC 3261 section 13.2.1) */
  lateOffer?: boolean;
};

export type IncomingCall = Media & { incoming: IncomingRequest; contactUser: string };
