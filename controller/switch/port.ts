/**
 * The switch port: what Offhook needs from the program that does SIP and RTP. Two programs stand behind it,
 * FreeSWITCH (`../freeswitch`) and Asterisk (`../asterisk`); this file knows neither. One contract test,
 * `test/switch-contract`, holds for both.
 *
 * The switch owns live calls and registrations: `stop()` closes our connections and leaves both standing, and the
 * next controller finds them in the `channels` of its first `link up` event.
 */

import type { AudioFormat } from '../contract/audio.ts';
import type { PbxRejection } from './pbx-rejection.ts';

export type SwitchKind = 'freeswitch' | 'asterisk';
export type Transport = 'udp' | 'tcp' | 'tls';
/** As SDP names them (RFC 3551, RFC 7587). */
export type Codec = 'PCMU' | 'PCMA' | 'G722' | 'OPUS';
/** SRTP with keys in the SDP (RFC 4568) */
export type MediaEncryption = 'off' | 'offered' | 'required';

/** What a TLS connection to a PBX has to satisfy. */
export type TlsTrust = {
  /** false: any certificate will do */
  verify: boolean;
  /** PEM certificates that are trusted instead of the public authorities; null = those */
  caPem: string | null;
};

/** Our own certificate and its chain, with its key, for PBXes that open a connection to us: PEM. */
export type CertificateText = { certificatePem: string; keyPem: string };

export const publicAuthorities: TlsTrust = { verify: true, caPem: null };

/** One extension that the switch registers on a PBX, like a desk phone. `trunkId` names it in the switch. */
export type ExtensionAccount = {
  /** lower-case letters, digits and hyphens, at most 40 */
  trunkId: string;
  extension: string;
  username: string;
  /** the digest user name; often the same as `username` */
  authId: string;
  password: string;
  /** PBX SIP Domain: a host name or an address, already checked by the contract */
  domain: string;
  port: number;
  transport: Transport;
  /** for the transport `tls`; left out = checked against the public authorities */
  tls?: TlsTrust;
  /** left out = off */
  mediaEncryption?: MediaEncryption;
  /** asked for; the PBX may grant another, and the switch keeps to what was granted */
  expirySeconds: number;
  codecs: readonly Codec[];
};

/**
 * The digest realm of our registrar, everywhere and for ever: PBXes store it, and a password is hashed with it. It is
 * the domain of FreeSWITCH's directory too.
 */
export const registrarRealm = 'offhook';

/** One PBX that registers on the switch, or only calls it. `trunkId` names it in the switch. */
export type TrunkAccount = {
  trunkId: string;
  /** digest user name and address of record; one of a kind on the node */
  username: string;
  /** all are right, the newest first; without meaning for `ip-allowlist` */
  passwords: readonly [string, ...string[]];
  /** both: the address must be allowed and the password right */
  authentication: 'credentials' | 'ip-allowlist' | 'both';
  /** canonical CIDRs; without meaning for `credentials` */
  allowedAddresses: readonly string[];
  codecs: readonly Codec[];
  /** tls: what comes in any other way is refused, as far as the switch can; left out = udp, with tcp */
  transport?: Transport;
  /** left out = off */
  mediaEncryption?: MediaEncryption;
  /** where its PBX is called while it is not registered; left out = nowhere */
  pbx?: { domain: string; port: number };
  /**
   * false: deactivated. Its PBX may not register and is not called; what it calls is offered all the same, as far as the
   * switch can, so that it is refused by name. Left out = true.
   */
  active?: boolean;
};

/** How a PBX is registered on the switch. Its texts are hostile. */
export type PbxRegistration = {
  contact: string;
  userAgent: string;
  /** as the switch sees it */
  sourceAddress: string;
  expiresAt: Date;
};

export type RegistrationFailureKind =
  | 'authentication'
  | 'forbidden'
  | 'unknown-extension'
  | 'no-answer'
  | 'refused'
  | 'name-not-found'
  /** the switch did not take the account; what it had before is live still */
  | 'configuration'
  | 'tls'
  | 'other';

/** What is wrong with the TLS connection to a PBX, as its certificate or the network said it. Dates are ISO 8601. */
export type TlsProblem =
  | { problem: 'expired'; on: string }
  | { problem: 'not-yet-valid'; from: string }
  /** `names`: those that the certificate is made out to */
  | { problem: 'wrong-name'; names: string[] }
  /** `issuer`: who signed it, by its common name */
  | { problem: 'unknown-authority'; issuer: string; selfSigned: boolean }
  /** something listens there, and what it speaks is no TLS */
  | { problem: 'no-tls' }
  /** no version or cipher in common, an alert, a broken certificate */
  | { problem: 'handshake'; detail: string };

/** Why a registration failed, as the network or the PBX said it. */
export type RegistrationFailure = {
  kind: RegistrationFailureKind;
  /** the status of the PBX's answer to REGISTER; null when it sent none */
  sipStatus: number | null;
  /** what the switch or the PBX said, for the log and the details of the status */
  detail: string;
  /** with the kind `tls` */
  tls?: TlsProblem;
};

export type RegistrationState =
  | { phase: 'trying' }
  | { phase: 'registered' }
  | { phase: 'failed'; failure: RegistrationFailure }
  | { phase: 'unregistered' };

/** A call on the switch that belongs to one of our trunks. Text from the far side is unescaped and hostile. */
export type LiveChannel = {
  channelId: string;
  trunkId: string;
  /** the caller as the PBX names him: P-Asserted-Identity, then Remote-Party-ID, then From */
  callerNumber: string;
  callerName: string;
  /** what was dialled: the extension in extension mode */
  calledNumber: string;
  /** the Call-ID header of the leg */
  sipCallId: string;
  answered: boolean;
  /**
   * encrypted audio in the PBX's offer: `only` = it takes nothing else (RTP/SAVP), `too` = it takes both; left out when
   * there is no offer yet, or the switch has not said
   */
  srtpOffer?: 'none' | 'too' | 'only';
  /** what was dialled for the leg that this one was bridged to: whoever finds it leaves its audio alone */
  bridgedTo?: string;
};

/** A call of Offhook's own to a number of a trunk's PBX; of a SIP trunk's to where it is registered, or else is. */
export type DialOrder = {
  /** a UUID that was never used: it names the leg for `hangUp` while it rings, and for all else once it is answered */
  channelId: string;
  trunkId: string;
  /** as the PBX wants it dialled: digits and `*`, a `+` before them */
  number: string;
  /** whom the target is to see (P-Asserted-Identity); '' = the account itself. Text that SIP cannot carry is left out. */
  callerNumber: string;
  callerName: string;
  /** how long it may take until it is answered */
  ringSeconds: number;
  /** the target rings, or early media came (180, 183); called once at most, before the result */
  onRinging?: () => void;
};

export type DialResult =
  | { result: 'answered'; channel: LiveChannel }
  /** a final answer that is none: 486, 404 … */
  | { result: 'refused'; sipStatus: number }
  /** it rang for as long as it might, or nothing was answered at all */
  | { result: 'no answer' }
  /** `hangUp` ended it */
  | { result: 'cancelled' };

/** How a leg ended. `cause` is a Q.850 number (RFC 3326 carries it; 16 = normal clearing). */
export type LegEnd = {
  cause: number;
  /** the switch's own word for it, such as NORMAL_CLEARING or `Normal Clearing` */
  causeText: string;
  /**
   * caller: BYE or CANCEL came from the PBX; us: we hung up, refused or referred; switch: it ended the leg by itself;
   * unseen: the leg is gone and nobody saw how, as after the switch was killed
   */
  by: 'caller' | 'us' | 'switch' | 'unseen';
};

export type SwitchEvent =
  /** connected and reconciled: `channels` is every live call of ours, `registrations` every registration it holds */
  | { type: 'link-up'; channels: LiveChannel[]; registrations: Map<string, RegistrationState> }
  /** the connection was lost or could not be made; it is tried again by itself */
  | { type: 'link-down'; reason: string }
  | { type: 'registration'; trunkId: string; state: RegistrationState }
  /** the PBX of a SIP trunk has registered, or registered again. Comes also for a standing one when its trunk is put. */
  | { type: 'pbx-registered'; trunkId: string; registration: PbxRegistration }
  /** the PBX took its registration back, did not refresh it, or its account is gone */
  | { type: 'pbx-unregistered'; trunkId: string; reason: 'taken back' | 'expired' }
  /** somebody was refused. `trunkId` is null when nobody has the name that he gave, which is hostile, or '' (Asterisk). */
  | {
      type: 'pbx-rejected';
      trunkId: string | null;
      username: string;
      sourceAddress: string;
      reason: PbxRejection;
    }
  /** a call rings at us; nothing has been answered. Comes once a channel. */
  | { type: 'offered'; channel: LiveChannel }
  | { type: 'dtmf'; channelId: string; digit: string }
  /** comes once a channel, also when the switch died: then after the next `link-up` shows that it is gone */
  | { type: 'ended'; channelId: string; end: LegEnd };

/** Refusals that a PBX can act on: it fails over on 503 and 480, and tells its user on the others. */
export type RefusalStatus = 403 | 404 | 480 | 486 | 488 | 503 | 603;

/** Both directions of one call's audio: 20 ms frames in `format`. */
export type MediaLeg = {
  /** what the leg speaks on the wire */
  readonly codec: Codec;
  /** what its frames are here: a G.711 leg's own payload */
  readonly format: AudioFormat;
  /** one frame from the caller; null for a frame that the switch says is a gap */
  onFrame: ((payload: Uint8Array) => void) | null;
  /** sends one 20 ms frame now; the switch plays it at once and queues nothing */
  send(payload: Uint8Array): void;
  readonly counters: Readonly<MediaCounters>;
  /** stops our side. The switch's side ends with the channel. */
  close(): void;
};

export type MediaCounters = {
  framesReceived: number;
  framesSent: number;
  /** the switch had nothing from the caller for a frame */
  gaps: number;
  /** frames of a wrong size or type */
  malformed: number;
};

/** What the PBX made of a REFER (RFC 3515: the answer to it, then NOTIFYs with a sipfrag). */
export type ReferResult =
  /** 202 and a 2xx sipfrag: the PBX has the caller. `unconfirmed`: 202, then it ended our leg and said no more. */
  | { result: 'accepted'; unconfirmed?: true }
  /** the REFER itself was refused: the leg is as it was */
  | { result: 'refused'; sipStatus: number }
  /** the PBX took the REFER (202) and then said that the target failed. `legAlive`: can we still talk to the caller? */
  | { result: 'failed'; sipStatus: number; legAlive: boolean }
  /** no answer to the REFER, or no NOTIFY after its 202, within the time given */
  | { result: 'silent'; legAlive: boolean }
  /** the leg ended before the PBX said anything */
  | { result: 'gone' };

export type SwitchVersion = { kind: SwitchKind; version: string };

/**
 * One switch. Commands reject with a `SwitchError`. None is ever sent twice by itself: after a lost connection
 * it is unknown whether a command was carried out.
 */
export type Switch = {
  readonly kind: SwitchKind;
  readonly linked: boolean;
  /** datagrams at our audio sockets that came from nobody whom we expected: counted, and heard by nobody */
  readonly strayDatagrams: number;
  /** Begins to connect and keeps at it. Resolves at once; `link-up` or `link-down` says how it went. */
  start(): void;
  /** Closes our connections. Calls and registrations stay. */
  stop(): Promise<void>;
  /** One listener gets every event, in order. A listener must not throw. */
  onEvent: (event: SwitchEvent) => void;
  version(): Promise<SwitchVersion>;

  /** Makes the switch register `account`. The same account again changes nothing; a changed one replaces the old one. */
  putAccount(account: ExtensionAccount): Promise<void>;
  /** Unregisters and forgets. A trunk that the switch does not know is no error. */
  removeAccount(trunkId: string): Promise<void>;
  /**
   * Takes away every account that is not among these, whoever put it, and says in the log what was not as it had been
   * left. What is lacking comes back when it is put.
   */
  keepAccounts(trunkIds: ReadonlySet<string>): Promise<void>;
  /** Sends a REGISTER now. */
  reRegister(trunkId: string): Promise<void>;

  /**
   * Lets the PBX of `account` register and call. The same account again changes nothing, and a change of one touches no
   * other; a registration that stands survives a change of passwords.
   */
  putTrunk(account: TrunkAccount): Promise<void>;
  /** Ends its registration and takes no more calls from it; calls that stand go on. One that is not there is no error. */
  removeTrunk(trunkId: string): Promise<void>;
  /** Every SIP trunk that the switch holds, put by this controller or an earlier one. */
  trunks(): Promise<string[]>;
  /** null: two passwords of one account work at once. Else why not, in words for the operator. */
  overlapFault(): Promise<string | null>;

  answer(channelId: string): Promise<void>;
  /** Ends an unanswered call with a final SIP status. `retryAfterSeconds` goes out as Retry-After where the switch can. */
  refuse(channelId: string, status: RefusalStatus, retryAfterSeconds?: number): Promise<void>;
  /** Ends a call. A channel that is gone is no error. */
  hangUp(channelId: string): Promise<void>;
  /** Opens, or after a restart takes up again, the audio of an answered call. */
  openMedia(channelId: string): Promise<MediaLeg>;
  /** Sends telephone-events (RFC 4733) to the caller's side: 0-9 * # A-D. */
  sendDtmf(channelId: string, digits: string): Promise<void>;
  /**
   * REFER to `sip:<extension>@<domain>` (RFC 3515). With `replaces`, one of our answered dialled legs, the caller takes the
   * place of that leg (RFC 3891). Never ends a leg by itself; the caller of this does.
   */
  refer(
    channelId: string,
    target: { extension: string; domain: string; port: number; transport: Transport; replaces?: string },
    timeoutMs: number,
  ): Promise<ReferResult>;
  /**
   * Places a call. Rejects when the switch fails; then a leg that may have been made is ended, at the latest when the
   * switch is connected again. A dialled leg is never `offered` and in no `link-up`; `dtmf` and `ended` tell of it.
   */
  dial(order: DialOrder): Promise<DialResult>;
  /**
   * Joins an answered call and an answered dialled leg; both lose their `MediaLeg`. When one ends the other is ended too.
   * They stay together over a restart of the controller, which then finds the call with `bridgedTo`.
   */
  bridge(channelId: string, dialledId: string): Promise<void>;
  /** Puts an answered call without media on the switch's own echo: the reference that `npm run bench` measures against. */
  startEcho(channelId: string): Promise<void>;
};

export type SwitchErrorCode = 'timeout' | 'rejected' | 'disconnected' | 'no-such-channel' | 'bad-argument';

/** A command that the switch did not carry out, or of which it is unknown whether it did (`timeout`, `disconnected`). */
export class SwitchError extends Error {
  readonly code: SwitchErrorCode;
  constructor(code: SwitchErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SwitchError';
    this.code = code;
  }
}
