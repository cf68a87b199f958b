/**
 * One call of a test phone: the dialog (RFC 3261 section 12), its media, and what the far side did to it, written
 * down for a test to ask. REFER is answered as the test says. It knows no registration.
 */
import type { Codec } from '../../controller/switch/port.ts';
import { type Beat, RtpStream } from './rtp.ts';
import { type MediaOffer, parseSdp, renderSdp } from './sdp.ts';
import { answerChallenge } from './sip-digest.ts';
import { type IncomingRequest, newToken, type SipEndpoint } from './sip-endpoint.ts';
import {
  headerOf,
  headersOf,
  parseNameAddress,
  reasonPhrases,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from './sip-message.ts';
import type { SipAddress } from './sip-transport.ts';
import { until } from './until.ts';

export type CallPhase = 'calling' | 'incoming' | 'talking' | 'ended';

export type CallEnding = {
  by: 'us' | 'them';
  /** the final status of an INVITE that was never answered; null after a BYE, 487 after a CANCEL */
  status: number | null;
  /** the Reason header of the BYE or CANCEL (RFC 3326) */
  reason: string;
};

/** What a scripted PBX does with a REFER. */
export type ReferAnswer = {
  /** the answer to the REFER itself; `silent` gives none */
  status: number | 'silent';
  headers?: readonly SipHeader[];
  /** NOTIFYs with a sipfrag; the last one ends the subscription. None when the status is no 2xx. */
  notifies?: readonly { status: number; afterMs?: number }[];
  /** the PBX hangs up the leg after the last NOTIFY, as some do */
  thenHangUp?: boolean;
};

export type OutgoingCall = {
  endpoint: SipEndpoint;
  beat: Beat;
  to: SipAddress;
  requestUri: string;
  /** a whole From value without its tag, such as `"Ext 100" <sip:100@127.0.0.1>` */
  from: string;
  contactUser: string;
  toHeader?: string;
  headers?: readonly SipHeader[];
  credentials?: { username: string; password: string };
  codecs?: readonly Codec[];
  dtmfPayloadType?: number | null;
  keepSeconds?: number;
};

export class SipCall {
  readonly direction: 'in' | 'out';
  readonly callId: string;
  readonly rtp: RtpStream;
  /** the INVITE that began it */
  invite: SipRequest;
  phase: CallPhase;
  ending: CallEnding | null = null;
  /** the final answer to our INVITE */
  finalResponse: SipResponse | null = null;
  readonly provisionals: number[] = [];
  /** performance.now() of the INVITE, the first 18x, the answer, the end */
  readonly startedMs = performance.now();
  ringingMs: number | null = null;
  answeredMs: number | null = null;
  endedMs: number | null = null;
  /** how a REFER of the far side is answered; a phone refuses it */
  referAnswer: (request: SipRequest) => ReferAnswer = () => ({ status: 603 });
  readonly refers: SipRequest[] = [];
  readonly reinvites: SipRequest[] = [];
  readonly infos: SipRequest[] = [];
  readonly notifies: SipRequest[] = [];
  readonly #endpoint: SipEndpoint;
  readonly #codecs: readonly Codec[];
  readonly #dtmfPayloadType: number | null;
  readonly #peer: SipAddress;
  readonly #localTag = newToken();
  #incoming: IncomingRequest | null = null;
  #local = '';
  #remote = '';
  #remoteTarget = '';
  #routes: string[] = [];
  #sequence = Math.floor(Math.random() * 1000) + 1;
  #contactUser: string;
  #inviteBranch = '';
  #cancelled = false;
  #lastAck: SipRequest | null = null;

  private constructor(options: {
    direction: 'in' | 'out';
    endpoint: SipEndpoint;
    rtp: RtpStream;
    peer: SipAddress;
    invite: SipRequest;
    contactUser: string;
    codecs: readonly Codec[];
    dtmfPayloadType: number | null;
  }) {
    this.direction = options.direction;
    this.phase = options.direction === 'in' ? 'incoming' : 'calling';
    this.#endpoint = options.endpoint;
    this.rtp = options.rtp;
    this.#peer = options.peer;
    this.invite = options.invite;
    this.callId = headerOf(options.invite, 'Call-ID');
    this.#contactUser = options.contactUser;
    this.#codecs = options.codecs;
    this.#dtmfPayloadType = options.dtmfPayloadType;
    options.endpoint.attach(this.callId, this);
  }

  /** Dials; the call goes on by itself. */
  static async place(options: OutgoingCall): Promise<SipCall> {
    const rtp = await RtpStream.open({
      beat: options.beat,
      host: options.endpoint.host,
      ...(options.keepSeconds === undefined ? {} : { keepSeconds: options.keepSeconds }),
    });
    const codecs = options.codecs ?? ['PCMU', 'PCMA'];
    const dtmfPayloadType = options.dtmfPayloadType === undefined ? 101 : options.dtmfPayloadType;
    const offer = { host: options.endpoint.host, port: rtp.port, codecs, dtmfPayloadType };
    const invite: SipRequest = {
      kind: 'request',
      method: 'INVITE',
      uri: options.requestUri,
      headers: [['Call-ID', `${newToken()}@${options.endpoint.host}`]],
      body: renderSdp(offer),
    };
    const call = new SipCall({
      direction: 'out',
      endpoint: options.endpoint,
      rtp,
      peer: options.to,
      invite,
      contactUser: options.contactUser,
      codecs,
      dtmfPayloadType,
    });
    call.#local = `${options.from};tag=${call.#localTag}`;
    call.#remote = options.toHeader ?? `<${options.requestUri}>`;
    call.#remoteTarget = options.requestUri;
    void call.#runInvite(options.headers ?? [], options.credentials);
    return call;
  }

  /** A call that came in: nothing has been answered yet. */
  static async accept(options: {
    endpoint: SipEndpoint;
    beat: Beat;
    incoming: IncomingRequest;
    contactUser: string;
    codecs?: readonly Codec[];
    keepSeconds?: number;
  }): Promise<SipCall> {
    const { request } = options.incoming;
    const rtp = await RtpStream.open({
      beat: options.beat,
      host: options.endpoint.host,
      ...(options.keepSeconds === undefined ? {} : { keepSeconds: options.keepSeconds }),
    });
    const call = new SipCall({
      direction: 'in',
      endpoint: options.endpoint,
      rtp,
      peer: options.incoming.from,
      invite: request,
      contactUser: options.contactUser,
      codecs: options.codecs ?? ['PCMU', 'PCMA'],
      dtmfPayloadType: parseSdp(request.body)?.dtmfPayloadType ?? null,
    });
    call.#incoming = options.incoming;
    call.#local = `${headerOf(request, 'To')};tag=${call.#localTag}`;
    call.#remote = headerOf(request, 'From');
    call.#remoteTarget = parseNameAddress(headerOf(request, 'Contact')).uri;
    call.#routes = headersOf(request, 'Record-Route');
    return call;
  }

  get contact(): string {
    return this.#endpoint.contact(this.#contactUser, this.#peer.transport);
  }

  ring(): void {
    if (this.phase !== 'incoming') return;
    this.ringingMs ??= performance.now();
    this.#incoming?.respond(180, { toTag: this.#localTag, headers: [['Contact', this.contact]] });
  }

  /** Answers a call that came in; media flows from then on. */
  answer(): void {
    if (this.phase !== 'incoming' || !this.#incoming)
      throw new Error(`cannot answer: the call is ${this.phase}`);
    const offer = parseSdp(this.invite.body);
    const codec = offer?.codecs.find((offered) => this.#codecs.includes(offered));
    if (!offer || !codec) {
      this.reject(488);
      return;
    }
    this.#incoming.respond(200, {
      toTag: this.#localTag,
      headers: [
        ['Contact', this.contact],
        ['Content-Type', 'application/sdp'],
      ],
      body: renderSdp({ ...this.#offer(), codecs: [codec] }),
    });
    this.#startMedia(offer, codec);
  }

  /** Refuses a call that came in. */
  reject(status: number, headers: readonly SipHeader[] = []): void {
    if (this.phase !== 'incoming') return;
    this.#incoming?.respond(status, { toTag: this.#localTag, headers });
    this.#end({ by: 'us', status, reason: '' });
  }

  /** Ends it from our side: BYE, CANCEL, or 603 to a call that rings here. */
  async hangUp(headers: readonly SipHeader[] = []): Promise<void> {
    if (this.phase === 'incoming') this.reject(603, headers);
    else if (this.phase === 'calling') await this.#cancel(headers);
    else if (this.phase === 'talking') {
      this.#end({ by: 'us', status: null, reason: '' });
      await this.#endpoint.request(this.#inDialog('BYE', headers), this.#peer);
    }
  }

  /** Any request within the dialog, such as a re-INVITE or an INFO. */
  async send(method: string, headers: readonly SipHeader[] = [], body = ''): Promise<SipResponse | null> {
    const request = this.#inDialog(method, headers, body);
    const response = await this.#endpoint.request(request, this.#peer);
    if (method === 'INVITE' && response && response.status < 300) this.#acknowledge(response);
    return response;
  }

  /** A re-INVITE with our same media, as Asterisk sends it when the connected line changes. */
  reinvite(): Promise<SipResponse | null> {
    return this.send(
      'INVITE',
      [
        ['Contact', this.contact],
        ['Content-Type', 'application/sdp'],
      ],
      renderSdp(this.#offer(), 2),
    );
  }

  async answered(timeoutMs = 10_000): Promise<this> {
    await until(() => this.phase === 'talking' || this.phase === 'ended', { what: 'an answer', timeoutMs });
    if (this.phase !== 'talking') {
      throw new Error(`the call ended with ${this.ending?.status ?? 'BYE'} instead of being answered`);
    }
    return this;
  }

  async ended(timeoutMs = 10_000): Promise<CallEnding> {
    await until(() => this.phase === 'ended', {
      what: `the end of the call (it is ${this.phase})`,
      timeoutMs,
    });
    return this.ending as CallEnding;
  }

  async rings(timeoutMs = 10_000): Promise<void> {
    await until(() => this.ringingMs !== null || this.phase === 'ended', { what: 'ringing', timeoutMs });
    if (this.ringingMs === null)
      throw new Error(`the call ended with ${this.ending?.status} instead of ringing`);
  }

  handleRequest(incoming: IncomingRequest): void {
    const { request } = incoming;
    switch (request.method) {
      case 'ACK':
        return;
      case 'BYE':
        incoming.respond(200);
        this.#end({ by: 'them', status: null, reason: headerOf(request, 'Reason') });
        return;
      case 'INVITE':
        this.reinvites.push(request);
        this.#answerReinvite(incoming);
        return;
      case 'REFER':
        this.refers.push(request);
        this.#answerRefer(incoming);
        return;
      case 'NOTIFY':
        this.notifies.push(request);
        incoming.respond(200);
        return;
      case 'INFO':
        this.infos.push(request);
        incoming.respond(200);
        return;
      default:
        incoming.respond(200);
    }
  }

  handleCancel(incoming: IncomingRequest): void {
    incoming.respond(200);
    if (this.phase !== 'incoming') return;
    this.#incoming?.respond(487, { toTag: this.#localTag });
    this.#end({ by: 'them', status: 487, reason: headerOf(incoming.request, 'Reason') });
  }

  handleRepeatedAnswer(): void {
    if (this.#lastAck) this.#endpoint.sendAck(this.#lastAck, this.#peer);
  }

  async #runInvite(
    headers: readonly SipHeader[],
    credentials: { username: string; password: string } | undefined,
  ): Promise<void> {
    let extra: readonly SipHeader[] = headers;
    for (let attempt = 0; attempt < 3; attempt++) {
      this.#sequence++;
      this.#inviteBranch = `z9hG4bK${newToken()}`;
      this.invite = this.#request('INVITE', [
        ['Contact', this.contact],
        ['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS, REFER, NOTIFY, INFO, UPDATE'],
        ['Content-Type', 'application/sdp'],
        ...extra,
      ]);
      const response = await this.#endpoint.request(this.invite, this.#peer, {
        branch: this.#inviteBranch,
        onProvisional: (provisional) => this.#noteProvisional(provisional),
      });
      const challenge =
        response?.status === 401
          ? headerOf(response, 'WWW-Authenticate')
          : response?.status === 407
            ? headerOf(response, 'Proxy-Authenticate')
            : '';
      if (response && challenge && credentials && attempt === 0) {
        const name = response.status === 401 ? 'Authorization' : 'Proxy-Authorization';
        extra = [...headers, [name, answerChallenge(challenge, credentials, 'INVITE', this.invite.uri)]];
        continue;
      }
      this.#finishInvite(response);
      return;
    }
  }

  #noteProvisional(response: SipResponse): void {
    this.provisionals.push(response.status);
    if (response.status > 100) this.ringingMs ??= performance.now();
    const early = parseSdp(response.body);
    // early media: what the PBX plays before the answer is heard too
    if (early && response.status > 100) this.rtp.remote = early;
    if (this.#cancelled) void this.#sendCancel([]);
  }

  #finishInvite(response: SipResponse | null): void {
    this.finalResponse = response;
    if (!response || response.status >= 300) {
      this.#end({ by: this.#cancelled ? 'us' : 'them', status: response?.status ?? 408, reason: '' });
      return;
    }
    this.#remote = headerOf(response, 'To');
    this.#remoteTarget = parseNameAddress(headerOf(response, 'Contact')).uri || this.#remoteTarget;
    this.#routes = headersOf(response, 'Record-Route').reverse();
    this.#acknowledge(response);
    const answer = parseSdp(response.body);
    const codec = answer?.codecs[0];
    if (answer && codec) this.#startMedia(answer, codec);
    if (this.#cancelled || !codec) void this.hangUp();
  }

  #acknowledge(response: SipResponse): void {
    const sequence = headerOf(response, 'CSeq').split(' ')[0] ?? '1';
    const headers: SipHeader[] = this.#dialogHeaders(`${sequence} ACK`);
    this.#lastAck = { kind: 'request', method: 'ACK', uri: this.#remoteTarget, headers, body: '' };
    this.#endpoint.sendAck(this.#lastAck, this.#peer);
  }

  async #cancel(headers: readonly SipHeader[]): Promise<void> {
    this.#cancelled = true;
    // CANCEL may only follow a provisional answer (RFC 3261 section 9.1)
    if (this.provisionals.length > 0) await this.#sendCancel(headers);
  }

  async #sendCancel(headers: readonly SipHeader[]): Promise<void> {
    const sequence = headerOf(this.invite, 'CSeq').split(' ')[0] ?? '1';
    const cancel: SipRequest = {
      kind: 'request',
      method: 'CANCEL',
      uri: this.invite.uri,
      headers: [
        ['From', headerOf(this.invite, 'From')],
        ['To', headerOf(this.invite, 'To')],
        ['Call-ID', this.callId],
        ['CSeq', `${sequence} CANCEL`],
        ...headers,
      ],
      body: '',
    };
    await this.#endpoint.request(cancel, this.#peer, { branch: this.#inviteBranch });
  }

  #answerReinvite(incoming: IncomingRequest): void {
    const offer = parseSdp(incoming.request.body);
    if (offer) this.rtp.remote = { host: offer.host, port: offer.port };
    incoming.respond(200, {
      toTag: this.#localTag,
      headers: [
        ['Contact', this.contact],
        ['Content-Type', 'application/sdp'],
      ],
      body: renderSdp({ ...this.#offer(), codecs: [this.rtp.codec] }, this.reinvites.length + 1),
    });
  }

  #answerRefer(incoming: IncomingRequest): void {
    const answer = this.referAnswer(incoming.request);
    if (answer.status === 'silent') return;
    incoming.respond(answer.status, {
      toTag: this.#localTag,
      headers: [['Contact', this.contact], ...(answer.headers ?? [])],
    });
    if (answer.status >= 200 && answer.status < 300) void this.#notify(answer);
  }

  async #notify(answer: ReferAnswer): Promise<void> {
    const notifies = answer.notifies ?? [];
    for (const [index, { status, afterMs }] of notifies.entries()) {
      await new Promise((resolve) => {
        setTimeout(resolve, afterMs ?? 20);
      });
      if (this.phase !== 'talking') return;
      const isLast = index === notifies.length - 1 && status >= 200;
      await this.send(
        'NOTIFY',
        [
          ['Event', 'refer'],
          ['Subscription-State', isLast ? 'terminated;reason=noresource' : 'active;expires=60'],
          ['Content-Type', 'message/sipfrag;version=2.0'],
          ['Contact', this.contact],
        ],
        `SIP/2.0 ${status} ${reasonPhrases[status] ?? 'Unknown'}\r\n`,
      );
    }
    if (answer.thenHangUp) await this.hangUp();
  }

  #offer(): MediaOffer {
    return {
      host: this.#endpoint.host,
      port: this.rtp.port,
      codecs: this.#codecs,
      dtmfPayloadType: this.#dtmfPayloadType,
    };
  }

  #startMedia(remote: MediaOffer, codec: Codec): void {
    this.rtp.codec = codec;
    this.rtp.remote = { host: remote.host, port: remote.port };
    this.rtp.dtmfPayloadType = remote.dtmfPayloadType;
    this.phase = 'talking';
    this.answeredMs = performance.now();
    this.rtp.start();
  }

  #end(ending: CallEnding): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    this.ending = ending;
    this.endedMs = performance.now();
    this.rtp.close();
    this.#endpoint.detach(this.callId, this);
  }

  #dialogHeaders(sequence: string): SipHeader[] {
    return [
      ...this.#routes.map((value): SipHeader => ['Route', value]),
      ['From', this.#local],
      ['To', this.#remote],
      ['Call-ID', this.callId],
      ['CSeq', sequence],
      ['User-Agent', 'test-phone'],
    ];
  }

  #request(method: string, headers: readonly SipHeader[]): SipRequest {
    return {
      kind: 'request',
      method,
      uri: this.#remoteTarget,
      headers: [...this.#dialogHeaders(`${this.#sequence} ${method}`), ...headers],
      body: this.invite.body,
    };
  }

  #inDialog(method: string, headers: readonly SipHeader[], body = ''): SipRequest {
    this.#sequence++;
    return { ...this.#request(method, headers), body };
  }
}
