/**
 * A dialog (RFC 3261 section 12): who the two sides are, where the next request goes, and its sequence number. It
 * sends nothing.
 */
import {
  headerOf,
  headersOf,
  parseNameAddress,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from './sip-message.ts';

export class SipDialog {
  readonly callId: string;
  /** our From in requests, with its tag */
  readonly #local: string;
  #remote: string;
  #remoteTarget: string;
  #routes: string[];
  #sequence = Math.floor(Math.random() * 1000) + 1;

  constructor(options: {
    callId: string;
    local: string;
    remote: string;
    remoteTarget: string;
    routes?: string[];
  }) {
    this.callId = options.callId;
    this.#local = options.local;
    this.#remote = options.remote;
    this.#remoteTarget = options.remoteTarget;
    this.#routes = options.routes ?? [];
  }

  /** The next request of ours. */
  request(method: string, headers: readonly SipHeader[] = [], body = ''): SipRequest {
    this.#sequence++;
    return {
      kind: 'request',
      method,
      uri: this.#remoteTarget,
      headers: [...this.#headers(`${this.#sequence} ${method}`), ...headers],
      body,
    };
  }

  /** The ACK of a 2xx to our INVITE. */
  acknowledgement(answer: SipResponse, headers: readonly SipHeader[] = [], body = ''): SipRequest {
    const sequence = headerOf(answer, 'CSeq').split(' ')[0] ?? '1';
    return {
      kind: 'request',
      method: 'ACK',
      uri: this.#remoteTarget,
      headers: [...this.#headers(`${sequence} ACK`), ...headers],
      body,
    };
  }

  /** The far side has answered our INVITE: from now on its tag, contact and route hold. */
  confirm(answer: SipResponse): void {
    this.#remote = headerOf(answer, 'To');
    this.#remoteTarget = parseNameAddress(headerOf(answer, 'Contact')).uri || this.#remoteTarget;
    this.#routes = headersOf(answer, 'Record-Route').reverse();
  }

  #headers(sequence: string): SipHeader[] {
    return [
      ...this.#routes.map((value): SipHeader => ['Route', value]),
      ['From', this.#local],
      ['To', this.#remote],
      ['Call-ID', this.callId],
      ['CSeq', sequence],
      ['User-Agent', 'test-phone'],
    ];
  }
}

/** CANCEL of an INVITE (RFC 3261 section 9.1): the same headers, the same branch. */
export const cancellationOf = (invite: SipRequest, headers: readonly SipHeader[]): SipRequest => ({
  kind: 'request',
  method: 'CANCEL',
  uri: invite.uri,
  headers: [
    ['From', headerOf(invite, 'From')],
    ['To', headerOf(invite, 'To')],
    ['Call-ID', headerOf(invite, 'Call-ID')],
    ['CSeq', `${headerOf(invite, 'CSeq').split(' ')[0]} CANCEL`],
    ...headers,
  ],
  body: '',
});
