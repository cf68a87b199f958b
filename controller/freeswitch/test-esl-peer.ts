/**
 * For tests: a peer that speaks the event socket's protocol over a real TCP socket, well or badly as the test says.
 * It is no FreeSWITCH: it knows no calls.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** What the peer does with a command; null gives no answer at all. */
export type EslAnswer = (command: string, headers: ReadonlyMap<string, string>) => string | null;

export const apiReply = (body: string): string =>
  `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`;
export const commandReply = (text: string): string => `Content-Type: command/reply\nReply-Text: ${text}\n\n`;
export const jsonEvent = (event: unknown): string => {
  const body = JSON.stringify(event);
  return `Content-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-json\n\n${body}`;
};

export class EslPeer {
  readonly commands: string[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  password = 'secret';
  answer: EslAnswer = () => null;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async open(port = 0): Promise<EslPeer> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new EslPeer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sends to whoever is connected. */
  send(text: string | Buffer): void {
    for (const socket of this.sockets) socket.write(text);
  }

  /** Cuts all connections, and takes new ones. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    let text = '';
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (data) => {
      text += data.toString('utf8');
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        this.#handle(socket, text.slice(0, end));
        text = text.slice(end + 2);
      }
    });
    socket.write('Content-Type: auth/request\n\n');
  }

  #handle(socket: Socket, message: string): void {
    const [command = '', ...lines] = message.split('\n');
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)] as const;
      }),
    );
    if (command.startsWith('auth ')) {
      const right = command === `auth ${this.password}`;
      socket.write(commandReply(right ? '+OK accepted' : '-ERR invalid'));
      if (!right) socket.end('Content-Type: text/disconnect-notice\nContent-Length: 0\n\n');
      return;
    }
    if (command.startsWith('event ')) {
      socket.write(commandReply('+OK event listener enabled json'));
      return;
    }
    this.commands.push(command);
    const reply = this.answer(command, headers);
    if (reply !== null) socket.write(reply);
  }
}
