/**
 * A scripted PBX for what Asterisk never does: a registrar that refuses, grants what it likes or says nothing, and a
 * caller with hostile headers that answers REFER as the test wants. It keeps every message for the test to look at.
 */

import type { ReferAnswer } from './refer-answer.ts';
import { Beat } from './rtp.ts';
import type { TelephoneCodec as Codec } from './sdp.ts';
import { SipCall } from './sip-call.ts';
import { credentialsAreRight, digestFields, newChallenge } from './sip-digest.ts';
import { type IncomingRequest, SipEndpoint } from './sip-endpoint.ts';
import { headerOf, parseNameAddress, parseSipUri, type SipHeader, type SipRequest } from './sip-message.ts';
import type { SipAddress } from './sip-transport.ts';
import { until } from './until.ts';

/** One REGISTER, as the registrar saw it. */
export type RegisterAttempt = {
  atMs: number;
  user: string;
  callId: string;
  contact: string;
  /** seconds asked for; 0 unregisters */
  expirySeconds: number;
  /** it carried credentials, and they were right */
  authorized: boolean;
  credentialsUser: string | null;
  from: SipAddress;
  request: SipRequest;
};

/** What the registrar does with a REGISTER. */
export type RegisterAnswer =
  /** 200; `grantSeconds` instead of what was asked for */
  | { grantSeconds?: number }
  /** a refusal, or a challenge when it is 401 or 407; `headers` instead of an ordinary challenge */
  | { status: number; headers?: readonly SipHeader[] }
  | 'silent';

export type Registration = { contact: string; callId: string; from: SipAddress; atMs: number };

/** Challenges once, then grants: what a PBX does with a known extension and the right password. */
export const ordinaryRegistrar = (attempt: RegisterAttempt): RegisterAnswer =>
  attempt.authorized ? {} : { status: 401 };

export class SipPeer {
  readonly endpoint: SipEndpoint;
  readonly realm: string;
  /** every REGISTER, in order */
  readonly attempts: RegisterAttempt[] = [];
  /** contacts that stand, by user */
  readonly registrations = new Map<string, Registration>();
  /** decides on every REGISTER; may be changed in the middle of a test */
  onRegister: (attempt: RegisterAttempt) => RegisterAnswer;
  /** how calls of this peer answer a REFER */
  onRefer: (request: SipRequest) => ReferAnswer = () => ({ status: 603 });
  readonly calls: SipCall[] = [];
  readonly #beat = new Beat();
  readonly #passwordOf: (user: string) => string;
  readonly #waiting: SipCall[] = [];

  private constructor(endpoint: SipEndpoint, options: SipPeerOptions) {
    this.endpoint = endpoint;
    this.realm = options.realm ?? 'peer';
    this.onRegister = options.onRegister ?? ordinaryRegistrar;
    this.#passwordOf = options.passwordOf ?? ((user) => `pw-${user}`);
    endpoint.onRequest = (incoming) => this.#handle(incoming);
  }

  static async open(options: SipPeerOptions = {}): Promise<SipPeer> {
    const endpoint = await SipEndpoint.open({
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(options.port === undefined ? {} : { port: options.port }),
    });
    return new SipPeer(endpoint, options);
  }

  get host(): string {
    return this.endpoint.host;
  }
  get port(): number {
    return this.endpoint.port;
  }

  /** Waits until `user` is registered here. */
  async registrationOf(user: string, timeoutMs = 10_000): Promise<Registration> {
    return until(() => this.registrations.get(user), { what: `a registration of ${user}`, timeoutMs });
  }

  /** Calls the registered contact of `user`, as a PBX does when its extension is dialled. */
  async call(user: string, options: PeerCallOptions = {}): Promise<SipCall> {
    const registration = await this.registrationOf(user);
    const uri = parseNameAddress(registration.contact).uri;
    const address = parseSipUri(uri);
    const call = await SipCall.place({
      endpoint: this.endpoint,
      beat: this.#beat,
      // over TCP the stream that the registration came by is the way back (RFC 5626)
      to:
        registration.from.transport === 'tcp'
          ? registration.from
          : { transport: 'udp', host: address.host, port: address.port },
      requestUri: uri,
      from: options.from ?? `"Caller" <sip:100@${this.host}:${this.port}>`,
      toHeader: options.to ?? `<sip:${user}@${this.host}:${this.port}>`,
      contactUser: options.contactUser ?? '100',
      ...(options.headers ? { headers: options.headers } : {}),
      ...(options.codecs ? { codecs: options.codecs } : {}),
      ...(options.keepSeconds === undefined ? {} : { keepSeconds: options.keepSeconds }),
      ...(options.dtmfPayloadType === undefined ? {} : { dtmfPayloadType: options.dtmfPayloadType }),
      ...(options.sdpHost === undefined ? {} : { sdpHost: options.sdpHost }),
      ...(options.lateOffer === undefined ? {} : { lateOffer: options.lateOffer }),
    });
    call.referAnswer = (request) => this.onRefer(request);
    this.calls.push(call);
    return call;
  }

  /** The next call that the switch made to this peer. */
  async nextCall(timeoutMs = 10_000): Promise<SipCall> {
    return until(() => this.#waiting.shift(), { what: 'a call at the peer', timeoutMs });
  }

  async close(): Promise<void> {
    await Promise.all(this.calls.map((call) => call.hangUp()));
    this.endpoint.close();
  }

  #handle(incoming: IncomingRequest): void {
    const { request } = incoming;
    if (request.method === 'REGISTER') {
      this.#register(incoming);
      return;
    }
    if (request.method !== 'INVITE') {
      incoming.respond(200);
      return;
    }
    incoming.respond(100);
    void SipCall.accept({ endpoint: this.endpoint, beat: this.#beat, incoming, contactUser: 'peer' }).then(
      (call) => {
        call.referAnswer = (refer) => this.onRefer(refer);
        this.calls.push(call);
        this.#waiting.push(call);
      },
    );
  }

  #register(incoming: IncomingRequest): void {
    const attempt = this.#attemptOf(incoming);
    this.attempts.push(attempt);
    const answer = this.onRegister(attempt);
    if (answer === 'silent') return;
    if ('status' in answer) {
      const challenge: SipHeader[] =
        answer.status === 401
          ? [['WWW-Authenticate', newChallenge(this.realm)]]
          : answer.status === 407
            ? [['Proxy-Authenticate', newChallenge(this.realm)]]
            : [];
      incoming.respond(answer.status, { headers: answer.headers ?? challenge });
      return;
    }
    if (attempt.expirySeconds === 0) {
      this.registrations.delete(attempt.user);
      incoming.respond(200);
      return;
    }
    const grantSeconds = answer.grantSeconds ?? attempt.expirySeconds;
    const { contact, callId, from, atMs } = attempt;
    this.registrations.set(attempt.user, { contact, callId, from, atMs });
    const bare = `<${parseNameAddress(contact).uri}>`;
    incoming.respond(200, {
      headers: [
        ['Contact', `${bare};expires=${grantSeconds}`],
        ['Expires', String(grantSeconds)],
      ],
    });
  }

  #attemptOf({ request, from }: IncomingRequest): RegisterAttempt {
    const contact = headerOf(request, 'Contact');
    const credentials = headerOf(request, 'Authorization') || headerOf(request, 'Proxy-Authorization');
    const credentialsUser = credentials ? (digestFields(credentials).get('username') ?? '') : null;
    const inContact = parseNameAddress(contact).parameters.get('expires');
    return {
      atMs: performance.now(),
      user: parseSipUri(parseNameAddress(headerOf(request, 'To')).uri).user,
      callId: headerOf(request, 'Call-ID'),
      contact,
      expirySeconds: Number(inContact ?? (headerOf(request, 'Expires') || 3600)),
      authorized:
        credentialsUser !== null &&
        credentialsAreRight(credentials, 'REGISTER', this.#passwordOf(credentialsUser)),
      credentialsUser,
      from,
      request,
    };
  }
}

export type SipPeerOptions = {
  host?: string;
  port?: number;
  realm?: string;
  onRegister?: (attempt: RegisterAttempt) => RegisterAnswer;
  /** the digest password of a user; `pw-<user>` when left out */
  passwordOf?: (user: string) => string;
};

export type PeerCallOptions = {
  from?: string;
  to?: string;
  contactUser?: string;
  headers?: readonly SipHeader[];
  codecs?: readonly Codec[];
  dtmfPayloadType?: number | null;
  /** seconds of what is heard that are kept; 0: packets are only counted */
  keepSeconds?: number;
  sdpHost?: string;
  lateOffer?: boolean;
};
