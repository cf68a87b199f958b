/**
 * A test phone: registers an extension at a PBX, dials, answers. Light enough for hundreds of calls in one process.
 * It is our own; `baresip.ts` runs a phone that others wrote.
 */
import type { Transport } from '../../controller/switch/port.ts';
import { Beat } from './rtp.ts';
import type { TelephoneCodec as Codec } from './sdp.ts';
import { SipCall } from './sip-call.ts';
import { type Credentials, proofFor } from './sip-digest.ts';
import { newToken, SipEndpoint } from './sip-endpoint.ts';
import type { SipHeader, SipRequest } from './sip-message.ts';
import type { SipAddress } from './sip-transport.ts';
import { toneSource } from './tone.ts';
import { until } from './until.ts';

export type SipPhoneOptions = {
  pbx: { host: string; port: number };
  extension: string;
  /** `pw-<extension>` when left out, as the test PBX has it */
  password?: string;
  name?: string;
  transport?: Transport;
  /** where it calls from; 127.0.0.1 when left out */
  host?: string;
  codecs?: readonly Codec[];
  /** what to do with a call that comes in; without it the call waits in `nextCall` */
  onCall?: (call: SipCall) => void;
  /** seconds of audio that each call keeps */
  keepSeconds?: number;
  keepTrace?: boolean;
};

export type PhoneCallOptions = {
  headers?: readonly SipHeader[];
  /** whom the Request-URI names when it is not the number, which is in To then; '' = nobody */
  requestUser?: string;
  /** somebody else than this phone in From */
  fromUser?: string;
  /** somebody else's */
  credentials?: Credentials;
};

export class SipPhone {
  readonly extension: string;
  readonly endpoint: SipEndpoint;
  readonly calls: SipCall[] = [];
  onCall: ((call: SipCall) => void) | null;
  readonly #options: SipPhoneOptions;
  readonly #beat = new Beat();
  readonly #pbx: SipAddress;
  readonly #registrationCallId = `${newToken()}@phone`;
  readonly #waiting: SipCall[] = [];
  #registerSequence = 0;

  private constructor(options: SipPhoneOptions, endpoint: SipEndpoint) {
    this.#options = options;
    this.extension = options.extension;
    this.endpoint = endpoint;
    this.onCall = options.onCall ?? null;
    // a peer's host and port are getters, which a spread would leave behind
    this.#pbx = { transport: options.transport ?? 'udp', host: options.pbx.host, port: options.pbx.port };
    endpoint.onRequest = (incoming) => {
      if (incoming.request.method !== 'INVITE') {
        // OPTIONS, and the NOTIFY message-summary that a PBX sends unasked
        incoming.respond(200);
        return;
      }
      incoming.respond(100);
      void SipCall.accept({
        endpoint,
        beat: this.#beat,
        incoming,
        contactUser: this.extension,
        ...(options.codecs ? { codecs: options.codecs } : {}),
        ...(options.keepSeconds === undefined ? {} : { keepSeconds: options.keepSeconds }),
      }).then((call) => {
        this.calls.push(call);
        if (this.onCall) this.onCall(call);
        else this.#waiting.push(call);
      });
    };
  }

  /** Opens the phone; it is not registered yet. */
  static async open(options: SipPhoneOptions): Promise<SipPhone> {
    const endpoint = await SipEndpoint.open({
      ...(options.keepTrace === undefined ? {} : { keepTrace: options.keepTrace }),
      ...(options.host === undefined ? {} : { host: options.host }),
    });
    return new SipPhone(options, endpoint);
  }

  /** Opens and registers; fails when the PBX refuses. */
  static async registered(options: SipPhoneOptions): Promise<SipPhone> {
    const phone = await SipPhone.open(options);
    const status = await phone.register();
    if (status !== 200) {
      phone.endpoint.close();
      throw new Error(`the PBX answered ${status} to the REGISTER of ${options.extension}`);
    }
    return phone;
  }

  /** One REGISTER with what authentication asks for: the final status, 0 when no answer came. */
  async register(expirySeconds = 3600): Promise<number> {
    const uri = `sip:${this.#pbx.host}:${this.#pbx.port}`;
    let extra: SipHeader[] = [];
    for (let attempt = 0; attempt < 2; attempt++) {
      this.#registerSequence++;
      const request: SipRequest = {
        kind: 'request',
        method: 'REGISTER',
        uri,
        headers: [
          ['From', `${this.#address};tag=${newToken()}`],
          ['To', this.#address],
          ['Call-ID', this.#registrationCallId],
          ['CSeq', `${this.#registerSequence} REGISTER`],
          ['Contact', this.endpoint.contact(this.extension, this.#pbx.transport)],
          ['Expires', String(expirySeconds)],
          ...extra,
        ],
        body: '',
      };
      const response = await this.endpoint.request(request, this.#pbx);
      const proof = proofFor(response, this.#credentials, 'REGISTER', uri);
      if (!proof || attempt > 0) return response?.status ?? 0;
      extra = [proof];
    }
    return 0;
  }

  /** Dials a number of the PBX. */
  async call(number: string, options: PhoneCallOptions = {}): Promise<SipCall> {
    const at = `${this.#pbx.host}:${this.#pbx.port}`;
    const { requestUser = number, fromUser } = options;
    const call = await SipCall.place({
      endpoint: this.endpoint,
      beat: this.#beat,
      to: this.#pbx,
      requestUri: `sip:${requestUser === '' ? '' : `${requestUser}@`}${at}`,
      toHeader: `<sip:${number}@${at}>`,
      from: fromUser === undefined ? this.#address : `<sip:${fromUser}@${at}>`,
      contactUser: this.extension,
      credentials: options.credentials ?? this.#credentials,
      ...(options.headers ? { headers: options.headers } : {}),
      ...(this.#options.codecs ? { codecs: this.#options.codecs } : {}),
      ...(this.#options.keepSeconds === undefined ? {} : { keepSeconds: this.#options.keepSeconds }),
    });
    this.calls.push(call);
    return call;
  }

  /** The next call that rings here and that nobody has taken yet. */
  async nextCall(timeoutMs = 10_000): Promise<SipCall> {
    return until(() => this.#waiting.shift(), { what: `a call at ${this.extension}`, timeoutMs });
  }

  /** From now on every call is answered after ringing, and `hz` is said into it. */
  answerWithTone(hz: number): void {
    this.onCall = (call) => {
      call.ring();
      call.answer();
      void call.rtp.say(toneSource(hz, call.rtp.codec));
    };
  }

  /** Hangs up everything, gives up the registration and closes. */
  async close(): Promise<void> {
    await Promise.all(this.calls.map((call) => call.hangUp()));
    await this.register(0);
    this.endpoint.close();
  }

  /** Gone without a word, as a phone whose cable was pulled. */
  vanish(): void {
    for (const call of this.calls) call.rtp.close();
    this.endpoint.close();
  }

  get #address(): string {
    return `"${this.#options.name ?? `Phone ${this.extension}`}" <sip:${this.extension}@${this.#pbx.host}:${this.#pbx.port}>`;
  }

  get #credentials(): { username: string; password: string } {
    return { username: this.extension, password: this.#options.password ?? `pw-${this.extension}` };
  }
}
