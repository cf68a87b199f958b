/**
 * Makes of what the switch copied to us messages that may be kept: whole, without secrets, with who sent them. Pure but
 * for what it learns: pieces of streams, and which addresses are our own.
 */
import { createHash } from 'node:crypto';
import type { HepPacket } from './hep.ts';
import { redactSip } from './redact.ts';
import { parseSipHead, type SipHead, uriIn } from './sip-head.ts';
import { SipStreams } from './sip-stream.ts';

export type CapturedMessage = {
  timeMs: number;
  /** `callIdKey` of it */
  callId: string;
  isRegister: boolean;
  /** whom a REGISTER request is about; null for everything else */
  account: string | null;
  isSent: boolean;
  transport: HepPacket['transport'];
  source: string;
  destination: string;
  text: string;
};

type End = HepPacket['source'];

const longestMessage = 16_000;
const mostOwnEnds = 100;
/** What both switches are configured to call themselves. */
const ownName = /^Offhook\b/;

/** A Call-ID as it is stored and looked for: an index takes no texts of any length. */
export const callIdKey = (callId: string): string =>
  callId.length <= 200 ? callId : `sha256:${createHash('sha256').update(callId).digest('hex')}`;

/** A registering account as it is stored and looked for. */
export const accountKey = (account: { username: string; domain: string; port: number }): string =>
  `${unescaped(account.username)}@${account.domain.toLowerCase()}:${account.port}`;

const unescaped = (user: string): string => {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
};

/** The To says who, the request's own address says where, with its port (RFC 3261 §10.2). */
const accountOf = (head: SipHead): string | null => {
  if (head.kind !== 'request' || head.method !== 'REGISTER') return null;
  const username = /^sips?:([^@]*)@/i.exec(uriIn(head.headers.get('to')?.[0] ?? ''))?.[1];
  const [, domain, port] = /^sips?:(?:[^@]*@)?(\[[^\]]*\]|[^:;?]+)(?::(\d{1,5}))?/i.exec(head.uri) ?? [];
  if (username === undefined || domain === undefined) return null;
  const key = accountKey({ username, domain, port: Number(port ?? 5060) });
  return key.length <= 400 ? key : null;
};

const endOf = ({ address, port }: End): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

export class SipCapture {
  readonly #streams = new SipStreams();
  readonly #ownEnds: Set<string>;
  #notUnderstood = 0;

  constructor(options: { ownEnd: End | null }) {
    this.#ownEnds = new Set(options.ownEnd ? [endOf(options.ownEnd)] : []);
  }

  /** Messages that were no SIP. */
  get notUnderstood(): number {
    return this.#notUnderstood;
  }

  read(packet: HepPacket): CapturedMessage[] {
    const source = endOf(packet.source);
    const destination = endOf(packet.destination);
    const whole =
      packet.transport === 'udp'
        ? [packet.payload]
        : this.#streams.take(`${packet.transport} ${source} ${destination}`, packet.payload);
    return whole.flatMap((payload) => {
      const message = this.#understand(payload);
      // a keep-alive that says nothing about a call, and there are many
      if (!message || message.head.cseq.method === 'OPTIONS') return [];
      const { text, head } = message;
      return {
        timeMs: packet.timeMs,
        callId: callIdKey(head.callId),
        isRegister: head.cseq.method === 'REGISTER',
        account: accountOf(head),
        isSent: this.#isSent(source, destination, head),
        transport: packet.transport,
        source,
        destination,
        text: text.length > longestMessage ? `${text.slice(0, longestMessage)}\r\n[cut off]` : text,
      };
    });
  }

  #understand(payload: Buffer): { text: string; head: SipHead } | null {
    if (/^\s*$/.test(payload.toString('latin1', 0, 16))) return null;
    // what is not read from the cleaned text cannot hold a secret either
    const text = redactSip(payload.toString('utf8'));
    const head = parseSipHead(Buffer.from(text));
    if (!head) {
      this.#notUnderstood += 1;
      return null;
    }
    return { text, head };
  }

  /** Our address is known, or learned from what calls itself by our name; else who begins is taken from the method. */
  #isSent(source: string, destination: string, head: SipHead): boolean {
    if (this.#ownEnds.has(source)) return true;
    if (this.#ownEnds.has(destination)) return false;
    const name = (head.headers.get('user-agent') ?? head.headers.get('server'))?.[0] ?? '';
    if (ownName.test(name)) {
      if (this.#ownEnds.size < mostOwnEnds) this.#ownEnds.add(source);
      return true;
    }
    // we register, and a PBX calls
    return (head.kind === 'request') === (head.cseq.method === 'REGISTER');
  }
}
