/** SIP messages as the API shows them: what the PBX and we said to each other, without its secrets. */

/** One message on its way between the PBX and Offhook. */
export type TracedMessage = {
  at: string;
  /** address:port */
  from: string;
  to: string;
  direction: 'from PBX' | 'to PBX';
  transport: string;
  firstLine: string;
  /** of a request, such as `INVITE`; null for an answer */
  method: string | null;
  /** of an answer, such as 486; null for a request */
  status: number | null;
  /** such as `102 INVITE` */
  cseq: string;
  callId: string;
  /** the same message was there before: UDP sends again what is not answered */
  retransmission: boolean;
  /** the whole message; what was a secret is `[removed]` */
  text: string;
};

/** `truncated`: there are more than one answer holds. */
export type SipTrace = { messages: TracedMessage[]; truncated: boolean };
