/**
 * The audio sockets of browsers: who comes says what for, is let in by the rules of the REST API or told why not, and is
 * asked for his right again and again. Knows no protocol of SIP, and of calls only what `liveCalls` hands it.
 */
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Line } from '../calls/conversation.ts';
import type { Floor, Person } from '../calls/floor.ts';
import type { LiveCall } from '../calls/live-call.ts';
import { type AudioIntent, type AudioStart, audioPath } from '../contract/browser-audio.ts';
import { AppError, errorStatus, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { AudioSocket, longestMessageBytes } from './audio-socket.ts';
import { listen, type Session, takeOver, talk } from './sessions.ts';

/** Who was let in. */
export type Admitted = { workspaceId: string; name: string };

export type BrowserAudioOptions = {
  /** the server of the HTTP API */
  server: HttpServer;
  /** refuses what a page of another address sends; throws an `AppError` */
  demandOrigin: (request: IncomingMessage) => void;
  /** who it is, and whether he may; throws an `AppError` */
  admit: (
    request: IncomingMessage,
    intent: AudioIntent,
    workspaceId: string | undefined,
  ) => Promise<Admitted>;
  /** writes down that somebody began; rejects when that cannot be */
  audit: (request: IncomingMessage, who: Admitted, start: AudioStart) => Promise<void>;
  liveCalls: {
    /** the call, when it stands in that workspace */
    find(callId: string, workspaceId: string): LiveCall | undefined;
    takeOver(callId: string, person: Person): { call: LiveCall; floor: Floor };
    hangUp(callId: string): void;
    /** begins a test conversation on a line; null: the workspace has no such agent. Throws `too-many-requests`. */
    talkTo(agentId: string, who: Admitted): ((line: Line) => LiveCall) | null;
  };
  log: Logger;
  /** so many sockets at once */
  mostSockets?: number;
  /** so often whoever is here is asked for his right again */
  recheckMs?: number;
};

/** For a `start` after the socket was opened. */
const startTimeoutMs = 5000;
/** Who talks sends 50 frames a second; who listens answers pings. */
const deadAfterMs = { speaking: 5000, listening: 30_000 };

type Client = { socket: AudioSocket; request: IncomingMessage; start: AudioStart; who: Admitted };

export class BrowserAudio {
  readonly #options: BrowserAudioOptions;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: longestMessageBytes,
    perMessageDeflate: false,
  });
  readonly #clients = new Set<Client>();
  readonly #rechecking: NodeJS.Timeout;

  constructor(options: BrowserAudioOptions) {
    this.#options = options;
    options.server.on('upgrade', this.#upgrade);
    this.#rechecking = setInterval(() => void this.recheck(), options.recheckMs ?? 10_000);
    this.#rechecking.unref();
  }

  /** Sockets that were let in. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Puts out whoever has lost his right since. When nobody can tell, he stays. */
  async recheck(): Promise<void> {
    for (const { socket, request, start, who } of this.#clients) {
      const now = await this.#options
        .admit(request, start.intent, start.workspaceId)
        .catch((thrown: unknown) => (isRefusal(thrown) ? null : who));
      if (now?.workspaceId !== who.workspaceId) socket.end({ type: 'ended', reason: 'no longer allowed' });
    }
  }

  close(): void {
    clearInterval(this.#rechecking);
    this.#options.server.off('upgrade', this.#upgrade);
    for (const { socket } of this.#clients) socket.end({ type: 'ended', reason: 'stopping' });
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  readonly #upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    if (request.url?.split('?')[0] !== audioPath) return;
    try {
      this.#options.demandOrigin(request);
      if (this.#sockets.clients.size >= (this.#options.mostSockets ?? 200))
        throw new AppError('too-many-requests', 'too many audio connections are open');
    } catch (thrown) {
      const status = thrown instanceof AppError ? errorStatus[thrown.code] : 500;
      stream.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, stream, head, (webSocket) => {
      const socket = new AudioSocket(webSocket, { deadAfterMs: deadAfterMs.listening });
      const tooLate = setTimeout(() => {
        socket.end({ type: 'refused', code: 'invalid-input', text: 'no start came' });
      }, startTimeoutMs);
      let session: Session | null = null;
      let isStarting = false;
      socket.listener = {
        message: (message) => {
          if (session !== null) session.message(message);
          else if (message.type !== 'start' || isStarting) {
            socket.end({ type: 'refused', code: 'invalid-input', text: 'the first message is start' });
          } else {
            isStarting = true;
            clearTimeout(tooLate);
            this.#start(socket, request, message).then(
              (started) => {
                session = started;
                if (socket.isOver) started.closed(null);
              },
              (thrown: unknown) => socket.end(refusalOf(thrown, this.#options.log)),
            );
          }
        },
        // what comes before the answer to `start` is for nobody
        frame: (audio) => session?.frame(audio),
        closed: (end) => {
          clearTimeout(tooLate);
          session?.closed(end);
        },
      };
    });
  };

  async #start(socket: AudioSocket, request: IncomingMessage, start: AudioStart): Promise<Session> {
    const { admit, audit, log } = this.#options;
    const who = await admit(request, start.intent, start.workspaceId);
    const begin = this.#beginning(socket, start, who);
    await audit(request, who, start);
    if (socket.isOver) throw new AppError('conflict', 'the browser has gone');
    if (start.intent !== 'listen') socket.expectFrames(deadAfterMs.speaking);
    const session = begin();
    const client = { socket, request, start, who };
    this.#clients.add(client);
    const { intent } = start;
    const about = 'callId' in start ? { intent, callId: start.callId } : { intent, agentId: start.agentId };
    log.info(about, 'browser audio begins');
    return {
      ...session,
      closed: (end) => {
        this.#clients.delete(client);
        session.closed(end);
        log.info({ ...about, dropped: socket.dropped }, 'browser audio ended');
      },
    };
  }

  /** Finds what `start` is about, before it is written down that somebody began. */
  #beginning(socket: AudioSocket, start: AudioStart, who: Admitted): () => Session {
    const { liveCalls, log } = this.#options;
    if (start.intent === 'talk') {
      const begin = liveCalls.talkTo(start.agentId, who);
      if (begin === null) throw new AppError('not-found', 'there is no such agent');
      return () => talk(socket, begin);
    }
    const call = liveCalls.find(start.callId, who.workspaceId);
    if (call === undefined) throw new AppError('not-found', 'No live call has this id; it may have ended');
    return start.intent === 'listen'
      ? () => listen(socket, call, log)
      : () => takeOver(socket, start.callId, who.name, liveCalls);
  }
}

const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof AppError && [401, 403, 404].includes(errorStatus[thrown.code]);

const refusalOf = (thrown: unknown, log: Logger) => {
  if (thrown instanceof AppError)
    return { type: 'refused', code: thrown.code, text: messageOf(thrown) } as const;
  log.error({ err: thrown }, 'browser audio could not begin');
  return { type: 'refused', code: 'internal', text: 'something went wrong here' } as const;
};
