/**
 * One call of a test phone: its INVITE, its media, and what the far side did to it. REFER is answered as the test says.
 */
import type { CallEnding, CallPhase, IncomingCall, Media, OutgoingCall } from './call-options.ts';
import { notifiesOf, type ReferAnswer } from './refer-answer.ts';
import { RtpStream } from './rtp.ts';
import { type MediaDirection, type MediaOffer, parseSdp, renderSdp, type TelephoneCodec } from './sdp.ts';
import { cancellationOf, SipDialog } from './sip-dialog.ts';
import { proofFor } from './sip-digest.ts';
import { type IncomingRequest, newToken, type SipEndpoint } from './sip-endpoint.ts';
import {
  headerOf,
  headersOf,
  parseNameAddress,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from './sip-message.ts';
import type { SipAddress } from './sip-transport.ts';
import { until } from './until.ts';

const openStream = ({ beat, endpoint, keepSeconds }: Media): Promise<RtpStream> =>
  RtpStream.open({ beat, host: endpoint.host, keepSeconds });

const sdpHeader: SipHeader = ['Content-Type', 'application/sdp'];

export class SipCall {
  readonly direction: 'in' | 'out';
  readonly callId: string;
  readonly rtp: RtpStream;
  /** the INVITE that began it; when we dial, the last one sent */
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
  /** requests of the far side within the dialog */
  readonly received: SipRequest[] = [];
  readonly #endpoint: SipEndpoint;
  readonly #codecs: readonly TelephoneCodec[];
  readonly #dtmfPayloadType: number | null;
  readonly #peer: SipAddress;
  readonly #sdpHost: string;
  readonly #contact: string;
  readonly #dialog: SipDialog;
  readonly #localTag: string;
  readonly #incoming: IncomingRequest | null;
  #inviteBranch = '';
  #cancelled = false;
  #sdpVersion = 1;
  #lastAck: SipRequest | null = null;

  private constructor(options: {
    media: Media;
    rtp: RtpStream;
    peer: SipAddress;
    contactUser: string;
    dialog: SipDialog;
    localTag: string;
    invite: SipRequest;
    incoming: IncomingRequest | null;
    dtmfPayloadType: number | null;
    sdpHost?: string | undefined;
  }) {
    this.direction = options.incoming ? 'in' : 'out';
    this.phase = options.incoming ? 'incoming' : 'calling';
    this.callId = options.dialog.callId;
    this.rtp = options.rtp;
    this.invite = options.invite;
    this.#endpoint = options.media.endpoint;
    this.#codecs = options.media.codecs ?? ['PCMU', 'PCMA'];
    this.#dtmfPayloadType = options.dtmfPayloadType;
    this.#peer = options.peer;
    this.#contact = this.#endpoint.contact(options.contactUser, options.peer.transport);
    this.#dialog = options.dialog;
    this.#localTag = options.localTag;
    this.#incoming = options.incoming;
    this.#sdpHost = options.sdpHost ?? this.#endpoint.host;
    this.#endpoint.attach(this.callId, this);
  }

  /** Dials; the call goes on by itself. */
  static async place(options: OutgoingCall): Promise<SipCall> {
    const localTag = newToken();
    const dialog = new SipDialog({
      callId: `${newToken()}@${options.endpoint.host}`,
      local: `${options.from};tag=${localTag}`,
      remote: options.toHeader ?? `<${options.requestUri}>`,
      remoteTarget: options.requestUri,
    });
    const call = new SipCall({
      media: options,
      rtp: await openStream(options),
      peer: options.to,
      contactUser: options.contactUser,
      dialog,
      localTag,
      invite: dialog.request('INVITE'),
      incoming: null,
      dtmfPayloadType: options.dtmfPayloadType === undefined ? 101 : options.dtmfPayloadType,
      sdpHost: options.sdpHost,
    });
    void call.#runInvite(options);
    return call;
  }

  /** A call that came in: nothing has been answered yet. */
  static async accept(options: IncomingCall): Promise<SipCall> {
    const { request, from } = options.incoming;
    const localTag = newToken();
    return new SipCall({
      media: options,
      rtp: await openStream(options),
      peer: from,
      contactUser: options.contactUser,
      dialog: new SipDialog({
        callId: headerOf(request, 'Call-ID'),
        local: `${headerOf(request, 'To')};tag=${localTag}`,
        remote: headerOf(request, 'From'),
        remoteTarget: parseNameAddress(headerOf(request, 'Contact')).uri,
        routes: headersOf(request, 'Record-Route'),
      }),
      localTag,
      invite: request,
      incoming: options.incoming,
      dtmfPayloadType: parseSdp(request.body)?.dtmfPayloadType ?? null,
    });
  }

  /** The far side's requests of one method within the dialog, such as REFER, INFO or INVITE (a re-INVITE). */
  receivedOf(method: string): SipRequest[] {
    return this.received.filter((request) => request.method === method);
  }

  ring(): void {
    if (this.phase !== 'incoming') return;
    this.ringingMs ??= performance.now();
    this.#incoming?.respond(180, { toTag: this.#localTag, headers: [['Contact', this.#contact]] });
  }

  /** Answers a call that came in; media flows from then on. */
  answer(): void {
    if (this.phase !== 'incoming') throw new Error(`cannot answer: the call is ${this.phase}`);
    const offer = parseSdp(this.invite.body);
    const codec = offer?.codecs.find((offered) => this.#codecs.includes(offered));
    if (!offer || !codec) {
      this.reject(488);
      return;
    }
    this.#incoming?.respond(200, {
      toTag: this.#localTag,
      headers: [['Contact', this.#contact], sdpHeader],
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
      await this.#endpoint.request(this.#dialog.request('BYE', headers), this.#peer);
    }
  }

  /** Any request within the dialog, such as an INFO. */
  async send(method: string, headers: readonly SipHeader[] = [], body = ''): Promise<SipResponse | null> {
    const response = await this.#endpoint.request(this.#dialog.request(method, headers, body), this.#peer);
    if (method === 'INVITE' && response && response.status < 300) this.#acknowledge(response);
    return response;
  }

  /** A re-INVITE: with the same media as Asterisk sends it when the connected line changes, or to hold and resume. */
  reinvite(direction: MediaDirection = 'sendrecv'): Promise<SipResponse | null> {
    this.#sdpVersion++;
    const body = renderSdp({ ...this.#offer(), direction }, this.#sdpVersion);
    return this.send('INVITE', [['Contact', this.#contact], sdpHeader], body);
  }

  async answered(timeoutMs = 10_000): Promise<this> {
    await until(() => this.phase === 'talking' || this.phase === 'ended', { what: 'an answer', timeoutMs });
    if (this.phase !== 'talking') throw new Error(`not answered: ended with ${this.ending?.status ?? 'BYE'}`);
    return this;
  }

  async ended(timeoutMs = 10_000): Promise<CallEnding> {
    return until(() => this.ending, { what: `the end of a call that is ${this.phase}`, timeoutMs });
  }

  async rings(timeoutMs = 10_000): Promise<void> {
    await until(() => this.ringingMs ?? this.ending, { what: 'ringing', timeoutMs });
    if (this.ringingMs === null) throw new Error(`ended with ${this.ending?.status} instead of ringing`);
  }

  handleRequest(incoming: IncomingRequest): void {
    const { request } = incoming;
    if (request.method === 'ACK') return;
    this.received.push(request);
    if (request.method === 'INVITE') this.#answerReinvite(incoming);
    else if (request.method === 'REFER') void this.#answerRefer(incoming);
    else incoming.respond(200);
    if (request.method === 'BYE') {
      this.#end({ by: 'them', status: null, reason: headerOf(request, 'Reason') });
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

  async #runInvite(options: OutgoingCall): Promise<void> {
    const { credentials, headers = [] } = options;
    let proof: SipHeader[] = [];
    for (;;) {
      const basics: SipHeader[] = [
        ['Contact', this.#contact],
        ['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS, REFER, NOTIFY, INFO, UPDATE'],
        ...(options.lateOffer ? [] : [sdpHeader]),
      ];
      this.#inviteBranch = `z9hG4bK${newToken()}`;
      const offer = options.lateOffer ? '' : renderSdp(this.#offer());
      this.invite = this.#dialog.request('INVITE', [...basics, ...headers, ...proof], offer);
      const response = await this.#endpoint.request(this.invite, this.#peer, {
        branch: this.#inviteBranch,
        onProvisional: (provisional) => this.#noteProvisional(provisional),
      });
      const answer = credentials ? proofFor(response, credentials, 'INVITE', this.invite.uri) : null;
      if (!answer || proof.length > 0) {
        this.#finishInvite(response);
        return;
      }
      proof = [answer];
    }
  }

  #noteProvisional(response: SipResponse): void {
    this.provisionals.push(response.status);
    if (response.status > 100) this.ringingMs ??= performance.now();
    if (this.#cancelled) void this.#cancel([]);
  }

  #finishInvite(response: SipResponse | null): void {
    this.finalResponse = response;
    if (!response || response.status >= 300) {
      this.#end({ by: this.#cancelled ? 'us' : 'them', status: response?.status ?? 408, reason: '' });
      return;
    }
    this.#dialog.confirm(response);
    const answer = parseSdp(response.body);
    const codec = answer?.codecs.find((offered) => this.#codecs.includes(offered));
    if (this.invite.body === '' && codec) {
      this.#acknowledge(response, renderSdp({ ...this.#offer(), codecs: [codec] }));
    } else this.#acknowledge(response);
    if (answer && codec) this.#startMedia(answer, codec);
    if (this.#cancelled || !codec) void this.hangUp();
  }

  #acknowledge(response: SipResponse, answer = ''): void {
    this.#lastAck = this.#dialog.acknowledgement(response, answer ? [sdpHeader] : [], answer);
    this.#endpoint.sendAck(this.#lastAck, this.#peer);
  }

  /** CANCEL may only follow a provisional answer (RFC 3261 section 9.1): without one it waits for that. */
  async #cancel(headers: readonly SipHeader[]): Promise<void> {
    this.#cancelled = true;
    if (this.provisionals.length === 0) return;
    const cancel = cancellationOf(this.invite, headers);
    await this.#endpoint.request(cancel, this.#peer, { branch: this.#inviteBranch });
  }

  #answerReinvite(incoming: IncomingRequest): void {
    const offer = parseSdp(incoming.request.body);
    if (offer) this.rtp.remote = { host: offer.host, port: offer.port };
    incoming.respond(200, {
      toTag: this.#localTag,
      headers: [['Contact', this.#contact], sdpHeader],
      body: renderSdp({ ...this.#offer(), codecs: [this.rtp.codec] }, ++this.#sdpVersion),
    });
  }

  async #answerRefer(incoming: IncomingRequest): Promise<void> {
    const answer = this.referAnswer(incoming.request);
    if (answer.status === 'silent') return;
    incoming.respond(answer.status, {
      toTag: this.#localTag,
      headers: [['Contact', this.#contact], ...(answer.headers ?? [])],
    });
    if (answer.status >= 300) return;
    for (const { afterMs, headers, body } of notifiesOf(answer, this.#contact)) {
      await new Promise((resolve) => {
        setTimeout(resolve, afterMs);
      });
      if (this.phase !== 'talking') return;
      await this.send('NOTIFY', headers, body);
    }
    if (answer.thenHangUp) await this.hangUp();
  }

  #offer(): MediaOffer {
    return {
      host: this.#sdpHost,
      port: this.rtp.port,
      codecs: this.#codecs,
      dtmfPayloadType: this.#dtmfPayloadType,
    };
  }

  #startMedia(remote: MediaOffer, codec: TelephoneCodec): void {
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
}
