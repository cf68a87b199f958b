/**
 * For tests: a peer that speaks just enough of ARI over real sockets to be connected to, and whose every answer and
 * event the test decides, well-formed or not.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Answer = { status: number; body: string } | 'silent' | 'cut';
export type AnswerTo = (method: string, path: string, authorization: string) => Answer | null;

const operation = (
  nickname: string,
  httpMethod: string,
  responseClass: string,
  parameters: unknown[] = [],
) => ({
  nickname,
  httpMethod,
  summary: '',
  notes: '',
  responseClass,
  parameters,
});
const inPath = (name: string) => ({ name, paramType: 'path', required: true, dataType: 'string' });

/** The parts of Asterisk's own description that the tests use. */
const descriptions: Record<string, unknown[]> = {
  events: [{ path: '/events', operations: [operation('eventWebsocket', 'GET', 'Message')] }],
  applications: [
    {
      path: '/applications/{applicationName}/eventFilter',
      operations: [
        operation('filter', 'PUT', 'Application', [
          inPath('applicationName'),
          { name: 'filter', paramType: 'body', dataType: 'object' },
        ]),
      ],
    },
  ],
  channels: [
    { path: '/channels', operations: [operation('list', 'GET', 'List[Channel]')] },
    {
      path: '/channels/{channelId}',
      operations: [operation('hangup', 'DELETE', 'void', [inPath('channelId')])],
    },
  ],
};

export class FakeAri {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;
  readonly #events: Socket[];

  private constructor(server: Server, sockets: ReadonlySet<Socket>, events: Socket[], port: number) {
    this.#server = server;
    this.#sockets = sockets;
    this.#events = events;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** `answerTo` decides first; null leaves it to what Asterisk would say. */
  static open(answerTo: AnswerTo = () => null): Promise<FakeAri> {
    const sockets = new Set<Socket>();
    const events: Socket[] = [];
    let port = 0;
    const server = createServer((request, response) => answer(request, response, answerTo, port));
    server.on('connection', (socket) => sockets.add(socket));
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash('sha1').update(key).digest('base64');
      socket.on('error', () => undefined);
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      events.push(socket);
    });
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        port = typeof address === 'object' && address ? address.port : 0;
        resolve(new FakeAri(server, sockets, events, port));
      });
    });
  }

  /** A text frame (RFC 6455 §5.2), whatever is in it. */
  send(text: string): void {
    const payload = Buffer.from(text);
    const header = Buffer.alloc(payload.length < 126 ? 2 : 4);
    header.writeUInt8(0x81, 0);
    if (payload.length < 126) header.writeUInt8(payload.length, 1);
    else {
      header.writeUInt8(126, 1);
      header.writeUInt16BE(payload.length, 2);
    }
    this.raw(Buffer.concat([header, payload]));
  }

  /** Bytes on the event connection. */
  raw(bytes: Buffer): void {
    for (const socket of this.#events) socket.write(bytes);
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

const answer = (
  request: IncomingMessage,
  response: ServerResponse,
  answerTo: AnswerTo,
  port: number,
): void => {
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  const decided =
    answerTo(request.method ?? '', path, request.headers.authorization ?? '') ?? usual(path, port);
  if (decided === 'silent') return;
  if (decided === 'cut') {
    request.socket.destroy();
    return;
  }
  response.writeHead(decided.status, { 'content-type': 'application/json' });
  response.end(decided.body);
};

const usual = (path: string, port: number): Answer => {
  const ok = (value: unknown): Answer => ({ status: 200, body: JSON.stringify(value) });
  const basePath = `http://127.0.0.1:${port}/ari`;
  if (path === '/ari/asterisk/info') return ok({ system: { version: '22.0.0' } });
  if (path === '/ari/api-docs/resources.json') {
    const apis = Object.keys(descriptions).map((name) => ({
      path: `/api-docs/${name}.{format}`,
      description: name,
    }));
    return ok({ apiVersion: '1', swaggerVersion: '1.1', basePath, apis });
  }
  const name = /^\/ari\/api-docs\/(\w+)\.json$/.exec(path)?.[1] ?? '';
  const apis = descriptions[name];
  if (apis)
    return ok({
      apiVersion: '1',
      swaggerVersion: '1.1',
      basePath,
      resourcePath: `/api-docs/${name}.json`,
      apis,
      models: {},
    });
  if (path.endsWith('/eventFilter')) return ok({ name: 'offhook' });
  return { status: 404, body: '{"message":"not found"}' };
};
