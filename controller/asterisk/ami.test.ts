import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../log.ts';
import { AmiConnection } from './ami.ts';
import type { AmiMessage } from './ami-message.ts';

const log = silentLog();
let server: Server | null = null;
const sockets = new Set<Socket>();

/** A manager on a real port whose answers the test writes. */
const manager = (
  answer: (request: string, socket: Socket) => void,
  greeting = 'Asterisk Call Manager/11.0.0\r\n',
) =>
  new Promise<{ host: string; port: number; user: string; password: string; timeoutMs: number }>(
    (resolve) => {
      server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.write(greeting);
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk.toString();
          const requests = text.split('\r\n\r\n');
          text = requests.pop() ?? '';
          for (const request of requests) answer(request, socket);
        });
      });
      server.listen(0, '127.0.0.1', () => {
        const address = server?.address();
        const port = typeof address === 'object' && address ? address.port : 0;
        resolve({ host: '127.0.0.1', port, user: 'u', password: 'p', timeoutMs: 2000 });
      });
    },
  );

const idOf = (request: string): string => /ActionID: (\S+)/.exec(request)?.[1] ?? '';
const success = (request: string): string => `Response: Success\r\nActionID: ${idOf(request)}\r\n\r\n`;
const loginOnly = (request: string, socket: Socket): void => {
  if (request.startsWith('Action: Login')) socket.write(success(request));
};

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
});

describe('a manager connection', () => {
  it('logs in and matches answers and lists with their actions, events in between', async () => {
    const events: AmiMessage[] = [];
    const address = await manager((request, socket) => {
      if (request.startsWith('Action: List')) {
        const id = idOf(request);
        socket.write(`Event: Registry\r\nStatus: Registered\r\n\r\n${success(request)}`);
        socket.write(
          `Event: Item\r\nActionID: ${id}\r\nName: a\r\n\r\nEvent: Item\r\nActionID: other\r\n\r\n`,
        );
        socket.write(
          `Event: Item\r\nActionID: ${id}\r\nName: b\r\n\r\nEvent: Done\r\nActionID: ${id}\r\n\r\n`,
        );
      } else socket.write(success(request));
    });
    const connection = await AmiConnection.connect({
      ...address,
      log,
      onEvent: (event) => events.push(event),
    });
    const list = await connection.list({ Action: 'List' }, 'Done', 2000);
    expect(list.map((message) => message.get('name'))).toEqual(['a', 'b']);
    expect(events.map((message) => message.get('event'))).toEqual(['Registry', 'Item']);
    connection.close();
  });

  it('says that the password is wrong', async () => {
    const address = await manager((request, socket) =>
      socket.write(`Response: Error\r\nActionID: ${idOf(request)}\r\nMessage: Authentication failed\r\n\r\n`),
    );
    await expect(AmiConnection.connect({ ...address, log })).rejects.toMatchObject({
      code: 'rejected',
      message: expect.stringContaining('Authentication failed'),
    });
  });

  it('to a port where nobody listens is an error', async () => {
    const address = await manager(loginOnly);
    await new Promise((resolve) => server?.close(resolve));
    await expect(AmiConnection.connect({ ...address, log })).rejects.toMatchObject({ code: 'disconnected' });
  });

  it('to something else than a manager is an error', async () => {
    const address = await manager(loginOnly, 'SSH-2.0-OpenSSH_9.2\r\n');
    await expect(AmiConnection.connect({ ...address, log })).rejects.toMatchObject({ code: 'disconnected' });
  });

  it('gives up an action that is not answered, and only that', async () => {
    const address = await manager((request, socket) => {
      if (!request.startsWith('Action: Silent')) socket.write(success(request));
    });
    const connection = await AmiConnection.connect({ ...address, log });
    await expect(connection.action({ Action: 'Silent' }, 50)).rejects.toMatchObject({ code: 'timeout' });
    await connection.action({ Action: 'Ping' }, 2000);
    connection.close();
  });

  it('that breaks rejects what waits, once, and everything after', async () => {
    const address = await manager((request, socket) => {
      if (request.startsWith('Action: Login')) socket.write(success(request));
      else socket.destroy();
    });
    const connection = await AmiConnection.connect({ ...address, log });
    const reasons: string[] = [];
    connection.onClose = (reason) => reasons.push(reason);
    await expect(connection.action({ Action: 'Ping' }, 2000)).rejects.toMatchObject({ code: 'disconnected' });
    await expect(connection.action({ Action: 'Ping' }, 2000)).rejects.toMatchObject({ code: 'disconnected' });
    connection.close();
    expect(reasons).toHaveLength(1);
  });

  it('is closed by a peer that sends nonsense, and nothing is thrown', async () => {
    const address = await manager((request, socket) => {
      if (request.startsWith('Action: Login')) socket.write(success(request));
      else socket.write(Buffer.alloc(200_000, 0xff));
    });
    const connection = await AmiConnection.connect({ ...address, log });
    await expect(connection.action({ Action: 'Ping' }, 2000)).rejects.toMatchObject({ code: 'disconnected' });
  });

  it('survives events that mean nothing', async () => {
    const events: AmiMessage[] = [];
    const address = await manager((request, socket) => {
      socket.write(
        'Event: \r\n\r\n\r\n\r\nEvent Registry\r\n\r\n: \r\n\r\nResponse: Error\r\nActionID: nobody\r\n\r\n',
      );
      socket.write(Buffer.from([0xff, 0xfe, 13, 10, 13, 10]));
      socket.write(success(request));
    });
    const connection = await AmiConnection.connect({
      ...address,
      log,
      onEvent: (event) => events.push(event),
    });
    await connection.action({ Action: 'Ping' }, 2000);
    expect(events.every((event) => event.get('event') === '')).toBe(true);
    connection.close();
  });

  it('never sends a value that would be another action', async () => {
    const requests: string[] = [];
    const address = await manager((request, socket) => {
      requests.push(request);
      socket.write(success(request));
    });
    const connection = await AmiConnection.connect({ ...address, log });
    await expect(
      connection.action({ Action: 'Redirect', Channel: 'a\r\n\r\nAction: Command' }, 2000),
    ).rejects.toMatchObject({ code: 'bad-argument' });
    await connection.action({ Action: 'Ping' }, 2000);
    expect(requests).toHaveLength(2);
    connection.close();
  });

  it('knows a manager that is fully booted from one that is not yet', async () => {
    let isBooted = false;
    const address = await manager((request, socket) => {
      socket.write(success(request));
      if (isBooted) socket.write('Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n');
    });
    expect(await AmiConnection.isFullyBooted({ ...address, timeoutMs: 200, log })).toBe(false);
    isBooted = true;
    expect(await AmiConnection.isFullyBooted({ ...address, timeoutMs: 2000, log })).toBe(true);
  });
});
