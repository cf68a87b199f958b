/**
 * Mends what would end our process or mix up two switches in ari-client 2.2.0's HTTP layer (swagger-client 2.0.26 over
 * shred): every request of it goes through Node's own fetch, with a time-out and the password of its own server.
 *
 * - swagger.js `SwaggerApi.fail` throws a plain string, and `processResponse` parses JSON, both in a socket's callback:
 *   an uncaughtException. Here a callback that throws is caught and told to whoever connects.
 * - swagger.js keeps one password for all servers, the last one given (`authorizations`).
 * - shred reports a broken connection to nobody, so the promise would wait for ever.
 * - swagger.js `log` prints to the console; it is an implicit global.
 */
import { createRequire } from 'node:module';
import { z } from 'zod';
import { messageOf } from '../errors.ts';

/** The text of a failed operation's error, as `ari.ts` reads it back: ari-client hands on nothing but a text. */
export const FailedOperation = z.strictObject({ ariStatus: z.int(), ariMessage: z.string() });

type SwaggerRequest = {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  on: {
    response: (answer: { status: number; data: string; obj: unknown }) => unknown;
    error: (answer: { status: number; statusText: string; data: string }) => unknown;
  };
};
type SwaggerModule = {
  SwaggerHttp: { prototype: { execute: (request: SwaggerRequest) => void } };
};

type Server = { authorization: string; timeoutMs: number; onFault: (reason: string) => void };

const servers = new Map<string, Server>();
let isInstalled = false;

const maxAnswerBytes = 32 * 1024 * 1024;

const send = async (request: SwaggerRequest): Promise<void> => {
  const url = new URL(request.url);
  const server = servers.get(url.host);
  const fail = (status: number, message: string) => {
    const data = JSON.stringify({ ariStatus: status, ariMessage: message } satisfies z.infer<
      typeof FailedOperation
    >);
    request.on.error({ status, statusText: message, data });
  };
  if (!server) {
    fail(0, `no password for ${url.host}`);
    return;
  }
  // swagger.js has put its one password in already
  const headers = new Headers(request.headers);
  headers.set('authorization', server.authorization);
  try {
    let status: number;
    let text: string;
    try {
      const answer = await fetch(url, {
        method: request.method.toUpperCase(),
        headers,
        ...(request.body ? { body: request.body } : {}),
        redirect: 'error',
        signal: AbortSignal.timeout(server.timeoutMs),
      });
      status = answer.status;
      text = await answer.text();
    } catch (thrown) {
      const isTimeout = thrown instanceof Error && thrown.name === 'TimeoutError';
      fail(isTimeout ? 408 : 0, isTimeout ? 'no answer in time' : causeOf(thrown));
      return;
    }
    if (status < 200 || status > 299) {
      fail(status, text.slice(0, 500));
      return;
    }
    let parsed: unknown = '';
    if (text !== '') {
      if (text.length > maxAnswerBytes) {
        fail(-1, 'the answer is too long');
        return;
      }
      try {
        parsed = JSON.parse(text);
      } catch {
        fail(-1, 'the answer is no JSON');
        return;
      }
    }
    request.on.response({ status, data: text, obj: parsed });
  } catch (thrown) {
    server.onFault(messageOf(thrown));
  }
};

/** fetch says only "fetch failed"; what the socket said is in its cause. */
const causeOf = (thrown: unknown): string =>
  thrown instanceof Error && thrown.cause !== undefined ? messageOf(thrown.cause) : messageOf(thrown);

/** Once a process, before ari-client is used. */
export const installAriTransport = (): void => {
  if (isInstalled) return;
  const require = createRequire(createRequire(import.meta.url).resolve('ari-client'));
  const swagger = require('swagger-client') as SwaggerModule;
  swagger.SwaggerHttp.prototype.execute = (request) => {
    void send(request);
  };
  Reflect.set(globalThis, 'log', () => undefined);
  isInstalled = true;
};

/** Names the password for a server's requests; the last one named for a host and port counts. */
export const useAriServer = (options: {
  url: string;
  user: string;
  password: string;
  timeoutMs: number;
  onFault: (reason: string) => void;
}): void => {
  servers.set(new URL(options.url).host, {
    authorization: `Basic ${Buffer.from(`${options.user}:${options.password}`).toString('base64')}`,
    timeoutMs: options.timeoutMs,
    onFault: options.onFault,
  });
};
