/** For tests: a program that webhooks are for, on a port of its own. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Received = { headers: IncomingHttpHeaders; body: string };

/** `answer` decides what it says to each request; none = it never answers. */
export const receiver = async (answer: (count: number) => number | null = () => 204) => {
  const received: Received[] = [];
  let wake = () => undefined as void;
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      const status = answer(received.length);
      if (status !== null) response.writeHead(status, { location: '/elsewhere' }).end();
      wake();
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    async until(count: number): Promise<void> {
      while (received.length < count) {
        await new Promise<void>((settle) => {
          wake = settle;
        });
      }
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
};
