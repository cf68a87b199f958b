/**
 * Transactions (RFC 3261 section 17) on one SIP address: repeats over UDP, gives the same answer to a repeated
 * request, acknowledges refused INVITEs, and hands what belongs to a call to that call. It keeps a trace of every
 * message. It knows no registration and no media.
 */
import { randomBytes } from 'node:crypto';
import type { Transport } from '../../controller/switch/port.ts';
import {
  headerOf,
  headersOf,
  parseSip,
  renderSip,
  responseTo,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from './sip-message.ts';
import { type SipAddress, SipTransport } from './sip-transport.ts';

const t1Ms = 500;
const t2Ms = 4000;

export type TraceEntry = { atMs: number; direction: 'in' | 'out'; peer: SipAddress; message: SipMessage };

/** A request that came in, and the way to answer it. */
export type IncomingRequest = {
  request: SipRequest;
  from: SipAddress;
  respond(status: number, options?: RespondOptions): SipResponse;
};
export type RespondOptions = {
  toTag?: string;
  reason?: string;
  headers?: readonly SipHeader[];
  body?: string;
};

/** What a call does with messages of its dialog. */
export type DialogOwner = {
  handleRequest(incoming: IncomingRequest): void;
  /** a repeated 2xx of an INVITE: the ACK was lost */
  handleRepeatedAnswer(response: SipResponse): void;
  /** CANCEL came for the INVITE that we have not answered */
  handleCancel(incoming: IncomingRequest): void;
};

type ClientTransaction = {
  request: SipRequest;
  to: SipAddress;
  onProvisional: (response: SipResponse) => void;
  finish: (response: SipResponse | null) => void;
  gotProvisional: boolean;
};
type ServerTransaction = { lastText: string | null; from: SipAddress; stopRepeating: () => void };

export const newToken = (): string => randomBytes(8).toString('hex');

const methodOfCseq = (message: SipMessage): string => headerOf(message, 'CSeq').split(/\s+/)[1] ?? '';
const branchOf = (message: SipMessage): string =>
  /;\s*branch=([^;,\s]+)/i.exec(headersOf(message, 'Via')[0] ?? '')?.[1] ?? '';

export class SipEndpoint {
  readonly transport: SipTransport;
  readonly trace: TraceEntry[] = [];
  onRequest: (incoming: IncomingRequest) => void = (incoming) => {
    incoming.respond(501, { reason: 'Not Implemented' });
  };
  readonly #keepTrace: boolean;
  readonly #calls = new Map<string, DialogOwner>();
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  private constructor(transport: SipTransport, keepTrace: boolean) {
    this.transport = transport;
    this.#keepTrace = keepTrace;
    transport.onMessage = (text, from) => this.#receive(text, from);
  }

  static async open(
    options: { host?: string; port?: number; keepTrace?: boolean } = {},
  ): Promise<SipEndpoint> {
    const transport = await SipTransport.open({
      host: options.host ?? '127.0.0.1',
      ...(options.port === undefined ? {} : { port: options.port }),
    });
    return new SipEndpoint(transport, options.keepTrace ?? true);
  }

  get host(): string {
    return this.transport.host;
  }
  get port(): number {
    return this.transport.port;
  }

  contact(user: string, transport: Transport): string {
    return `<sip:${user}@${this.host}:${this.port}${transport === 'tcp' ? ';transport=tcp' : ''}>`;
  }

  attach(callId: string, call: DialogOwner): void {
    this.#calls.set(callId, call);
  }

  /** After a while, so that repeated requests of a call that is over are still answered by it. */
  detach(callId: string, call: DialogOwner): void {
    this.#later(5000, () => {
      if (this.#calls.get(callId) === call) this.#calls.delete(callId);
    });
  }

  /** Sends a request and waits for its final answer; null when none came in `timeoutMs`. */
  request(
    request: SipRequest,
    to: SipAddress,
    options: { timeoutMs?: number; onProvisional?: (response: SipResponse) => void; branch?: string } = {},
  ): Promise<SipResponse | null> {
    const branch = options.branch ?? `z9hG4bK${newToken()}`;
    const sent = this.#withVia(request, to.transport, branch);
    const key = `${branch} ${request.method}`;
    return new Promise((resolve) => {
      let done = false;
      const client: ClientTransaction = {
        request: sent,
        to,
        gotProvisional: false,
        onProvisional: options.onProvisional ?? (() => undefined),
        finish: (response) => {
          if (done) return;
          done = true;
          // kept for repeated final answers of INVITE, which want their ACK again
          this.#later(request.method === 'INVITE' ? 8000 : 0, () => this.#clients.delete(key));
          resolve(response);
        },
      };
      this.#clients.set(key, client);
      const text = renderSip(sent);
      this.#send(sent, text, to);
      const repeat = (waitMs: number): void => {
        this.#later(waitMs, () => {
          if (done || client.gotProvisional) return;
          this.#send(sent, text, to);
          repeat(request.method === 'INVITE' ? waitMs * 2 : Math.min(waitMs * 2, t2Ms));
        });
      };
      if (to.transport === 'udp') repeat(t1Ms);
      const giveUp = (): void => {
        // a ringing INVITE has no end of its own: the caller of this cancels it
        if (request.method === 'INVITE' && client.gotProvisional) return;
        client.finish(null);
      };
      this.#later(options.timeoutMs ?? 16 * t1Ms, giveUp);
    });
  }

  /** Sends an ACK: no transaction, no answer. */
  sendAck(request: SipRequest, to: SipAddress): void {
    const sent = this.#withVia(request, to.transport, `z9hG4bK${newToken()}`);
    this.#send(sent, renderSip(sent), to);
  }

  /** Bytes as they are, for what no phone would send. */
  sendRaw(text: string, to: SipAddress): void {
    void this.transport.send(text, to).catch(() => undefined);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const client of this.#clients.values()) client.finish(null);
    this.transport.close();
  }

  #withVia(request: SipRequest, transport: Transport, branch: string): SipRequest {
    const via: SipHeader = [
      'Via',
      `SIP/2.0/${transport.toUpperCase()} ${this.host}:${this.port};branch=${branch};rport`,
    ];
    return { ...request, headers: [via, ['Max-Forwards', '70'], ...request.headers] };
  }

  #later(ms: number, act: () => void): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #send(message: SipMessage, text: string, to: SipAddress): void {
    if (this.#closed) return;
    this.#record('out', to, message);
    // a refused connection shows as an answer that never comes
    void this.transport.send(text, to).catch(() => undefined);
  }

  #record(direction: 'in' | 'out', peer: SipAddress, message: SipMessage): void {
    if (this.#keepTrace) this.trace.push({ atMs: performance.now(), direction, peer, message });
  }

  #receive(text: string, from: SipAddress): void {
    const message = parseSip(text);
    if (!message) return;
    this.#record('in', from, message);
    if (message.kind === 'response') this.#receiveResponse(message);
    else this.#receiveRequest(message, from);
  }

  #receiveResponse(response: SipResponse): void {
    const client = this.#clients.get(`${branchOf(response)} ${methodOfCseq(response)}`);
    if (!client) return;
    if (response.status < 200) {
      client.gotProvisional = true;
      client.onProvisional(response);
      return;
    }
    if (client.request.method === 'INVITE' && response.status >= 300)
      this.#acknowledgeRefusal(client, response);
    if (client.request.method === 'INVITE' && response.status < 300) {
      this.#calls.get(headerOf(response, 'Call-ID'))?.handleRepeatedAnswer(response);
    }
    client.finish(response);
  }

  /** The ACK of a refused INVITE belongs to its transaction: same branch (RFC 3261 section 17.1.1.3). */
  #acknowledgeRefusal(client: ClientTransaction, response: SipResponse): void {
    const invite = client.request;
    const ack: SipRequest = {
      kind: 'request',
      method: 'ACK',
      uri: invite.uri,
      headers: [
        ['Via', headerOf(invite, 'Via')],
        ['Max-Forwards', '70'],
        ['From', headerOf(invite, 'From')],
        ['To', headerOf(response, 'To')],
        ['Call-ID', headerOf(invite, 'Call-ID')],
        ['CSeq', `${headerOf(invite, 'CSeq').split(' ')[0]} ACK`],
        ...headersOf(invite, 'Route').map((value): SipHeader => ['Route', value]),
      ],
      body: '',
    };
    this.#send(ack, renderSip(ack), client.to);
  }

  #receiveRequest(request: SipRequest, from: SipAddress): void {
    const branch = branchOf(request);
    const callId = headerOf(request, 'Call-ID');
    if (request.method === 'ACK') {
      this.#servers.get(`${branch} INVITE`)?.stopRepeating();
      this.#servers.get(`ack ${callId}`)?.stopRepeating();
      this.#calls.get(callId)?.handleRequest({ request, from, respond: () => responseTo(request, 200) });
      return;
    }
    const key = `${branch} ${request.method}`;
    const known = this.#servers.get(key);
    if (known) {
      if (known.lastText) void this.transport.send(known.lastText, known.from).catch(() => undefined);
      return;
    }
    const server: ServerTransaction = { lastText: null, from, stopRepeating: () => undefined };
    this.#servers.set(key, server);
    this.#later(20_000, () => this.#servers.delete(key));
    if (request.method === 'INVITE') {
      this.#servers.set(`ack ${callId}`, server);
      this.#later(20_000, () => this.#servers.delete(`ack ${callId}`));
    }
    const incoming: IncomingRequest = {
      request,
      from,
      respond: (status, options = {}) => {
        const response = responseTo(request, status, { toTag: newToken(), ...options });
        const text = renderSip(response);
        server.lastText = text;
        this.#send(response, text, from);
        if (request.method === 'INVITE' && status >= 200) this.#repeatFinal(server, response, text, from);
        return response;
      },
    };
    const call = this.#calls.get(callId);
    if (request.method === 'CANCEL') {
      if (call) call.handleCancel(incoming);
      else incoming.respond(481);
      return;
    }
    if (call) call.handleRequest(incoming);
    else this.onRequest(incoming);
  }

  /** A final answer to INVITE goes out again until its ACK comes (RFC 3261 sections 13.3.1.4 and 17.2.1). */
  #repeatFinal(server: ServerTransaction, response: SipResponse, text: string, from: SipAddress): void {
    let stopped = false;
    server.stopRepeating = () => {
      stopped = true;
    };
    const repeat = (waitMs: number): void => {
      if (waitMs > 16 * t1Ms) return;
      this.#later(waitMs, () => {
        if (stopped) return;
        this.#send(response, text, from);
        repeat(waitMs * 2);
      });
    };
    if (from.transport === 'udp' || response.status < 300) repeat(t1Ms);
  }
}
