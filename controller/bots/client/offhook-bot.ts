/**
 * The bot's side of `offhook.v1`: a WebSocket server that Offhook calls, one connection a call. A package of its own that
 * needs nothing of Offhook but this file; the messages are those of docs/offhook.v1.schema.json.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export type AudioFormat = { encoding: 'PCMU' | 'PCMA' | 'L16'; sampleRate: 8000 | 16000 | 24000 | 48000 };
export type Said = { speaker: 'agent' | 'caller'; text: string };

/** What a bot knows of its call from the beginning. */
export type CallStart = {
  type: 'start';
  version: 1;
  callId: string;
  from: { number: string; name: string };
  to: string;
  agent: string;
  language: string;
  firstMessage: string;
  parameters: Record<string, string>;
  hears: AudioFormat;
  speaks: AudioFormat;
  tools: { name: string; description: string; parameters: Record<string, unknown> }[];
  conversation: Said[];
};
export type ToolResult = { result: string } & Record<string, unknown>;

type Incoming =
  | CallStart
  | { type: 'answered'; resumed: boolean }
  | { type: 'dtmf'; digit: string }
  | { type: 'mark'; name: string; result: 'played' | 'cleared' }
  | { type: 'cleared'; playedMs: number; droppedMs: number }
  | { type: 'tool_result'; id: string; name: string; result: ToolResult }
  | { type: 'error'; message: string }
  | { type: 'stop' };

/** One call. Set the `on…` functions in `onCall`, before it returns. */
export class BotCall {
  readonly start: CallStart;
  /** the caller is there; `resumed` when he has been talking to an earlier connection already */
  onAnswered: (call: { resumed: boolean }) => void = () => undefined;
  /** 20 ms of the caller, in the format `start.hears` */
  onAudio: (audio: Buffer) => void = () => undefined;
  onDtmf: (digit: string) => void = () => undefined;
  /** Offhook did not take something */
  onError: (message: string) => void = () => undefined;
  /** the call is over, or the connection is */
  onEnd: () => void = () => undefined;
  readonly #socket: WebSocket;
  readonly #marks = new Map<string, (result: 'played' | 'cleared') => void>();
  readonly #tools = new Map<string, (result: ToolResult) => void>();
  readonly #clears: ((cleared: { playedMs: number; droppedMs: number }) => void)[] = [];
  #numbered = 0;

  constructor(socket: WebSocket, start: CallStart) {
    this.#socket = socket;
    this.start = start;
    socket.on('message', (data: Buffer, isBinary) => this.#take(data, isBinary));
    socket.on('close', () => {
      for (const settle of this.#marks.values()) settle('cleared');
      for (const settle of this.#tools.values()) settle({ result: 'failed', reason: 'the call is over' });
      for (const settle of this.#clears) settle({ playedMs: 0, droppedMs: 0 });
      this.onEnd();
    });
  }

  /** Audio of any length in the format `start.speaks`, as fast as you like: it is played in real time. */
  play(audio: Uint8Array): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(audio);
  }

  /** Settles when everything that was sent before has been played, or was dropped. */
  mark(): Promise<'played' | 'cleared'> {
    const name = String(++this.#numbered);
    return new Promise((settle) => {
      this.#marks.set(name, settle);
      this.#send({ type: 'mark', name });
    });
  }

  /** The caller interrupts: drops what has not been played, and says how much of it he has heard. */
  clear(): Promise<{ playedMs: number; droppedMs: number }> {
    return new Promise((settle) => {
      this.#clears.push(settle);
      this.#send({ type: 'clear' });
    });
  }

  /** One of `start.tools`, such as `transfer_to_pbx` with `{ destination: 'billing' }`. */
  tool(name: string, input: object = {}): Promise<ToolResult> {
    const id = String(++this.#numbered);
    return new Promise((settle) => {
      this.#tools.set(id, settle);
      this.#send({ type: 'tool_call', id, name, arguments: input });
    });
  }

  /** A line of the transcript that the monitor and the history show. */
  transcript(speaker: 'agent' | 'caller', text: string): void {
    this.#send({ type: 'transcript', speaker, text });
  }

  /** The bot cannot go on: the caller goes to the agent's fallback. */
  giveUp(message: string): void {
    this.#send({ type: 'error', message });
  }

  /** Ends the call, after what was sent has been played. */
  hangUp(): void {
    this.#socket.close(1000);
  }

  #send(message: object): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #take(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.onAudio(data);
      return;
    }
    const message = parse(data) as Incoming | null;
    switch (message?.type) {
      case 'answered':
        this.onAnswered(message);
        return;
      case 'dtmf':
        this.onDtmf(message.digit);
        return;
      case 'mark':
        this.#marks.get(message.name)?.(message.result);
        this.#marks.delete(message.name);
        return;
      case 'cleared':
        this.#clears.shift()?.(message);
        return;
      case 'tool_result':
        this.#tools.get(message.id)?.(message.result);
        this.#tools.delete(message.id);
        return;
      case 'error':
        this.onError(message.message);
        return;
      case 'start':
      case 'stop':
      case undefined:
        return;
    }
  }

  /** Tells Offhook that the call may be answered. */
  ready(): void {
    this.#send({ type: 'ready' });
  }
}

export type BotServer = { port: number; close: () => Promise<void> };

/**
 * Listens for Offhook. `onCall` may take its time: the caller hears ringing until it is done, and the agent's fallback when
 * it throws. `token` is the one that is set at the agent.
 */
export const serveBot = (options: {
  port: number;
  host?: string;
  token?: string;
  onCall: (call: BotCall) => void | Promise<void>;
}): Promise<BotServer> => {
  const server = createServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({
    server,
    handleProtocols: (offered) => (offered.has('offhook.v1') ? 'offhook.v1' : false),
    verifyClient: ({ req }: { req: IncomingMessage }) =>
      options.token === undefined || isSame(req.headers.authorization ?? '', `Bearer ${options.token}`),
    maxPayload: 1_000_000,
  });
  sockets.on('connection', (socket) => {
    socket.on('error', () => socket.terminate());
    socket.once('message', (data: Buffer) => {
      const start = parse(data) as CallStart | null;
      if (start?.type !== 'start') {
        socket.close(1002);
        return;
      }
      const call = new BotCall(socket, start);
      Promise.resolve(call)
        .then(options.onCall)
        .then(
          () => call.ready(),
          (error: unknown) => call.giveUp(String(error)),
        );
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise<void>((closed) => {
            for (const socket of sockets.clients) socket.terminate();
            server.close(() => closed());
          }),
      });
    });
  });
};

const isSame = (given: string, wanted: string): boolean =>
  given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));

/** null for what is not JSON. */
const parse = (data: Buffer): unknown => {
  try {
    return JSON.parse(data.toString()) as unknown;
  } catch {
    return null;
  }
};
