/** One try to tell one receiver. Never throws: how it went is the answer. Knows no table. */
import { Agent, request } from 'undici';
import { messageOf } from '../errors.ts';
import { publicLookup, refusePrivateLiteral } from './address-guard.ts';
import { signedHeaders } from './sign.ts';

export type SendResult = { delivered: boolean; status: number | null; error: string; durationMs: number };

const timeoutMs = 10_000;
/** what a receiver answers is looked at no further */
const answerBytes = 2000;

export class WebhookSender {
  readonly #allowPrivate: boolean;
  readonly #agent: Agent;

  constructor(options: { allowPrivateAddresses: boolean }) {
    this.#allowPrivate = options.allowPrivateAddresses;
    this.#agent = new Agent({
      connect: { timeout: 5000, ...(options.allowPrivateAddresses ? {} : { lookup: publicLookup }) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout: 4000,
    });
  }

  async send(options: {
    url: string;
    eventId: string;
    body: string;
    secrets: readonly string[];
  }): Promise<SendResult> {
    const startedMs = performance.now();
    const finished = (delivered: boolean, status: number | null, error: string): SendResult => ({
      delivered,
      status,
      error,
      durationMs: Math.round(performance.now() - startedMs),
    });
    try {
      const url = new URL(options.url);
      if (!this.#allowPrivate) refusePrivateLiteral(url);
      const sentAtSeconds = Math.floor(Date.now() / 1000);
      const { eventId: id, body, secrets } = options;
      const response = await request(url, {
        method: 'POST',
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Offhook-Webhooks/1',
          ...signedHeaders({ id, sentAtSeconds, body, secrets }),
        },
        body,
      });
      const { statusCode: status } = response;
      const said = await beginningOf(response.body);
      if (status >= 200 && status < 300) return finished(true, status, '');
      // a redirect is not followed: the signature is for the address that the admin entered
      const where = status >= 300 && status < 400 ? ': a redirect, which is not followed' : '';
      return finished(false, status, `answered ${status}${where}${said === '' ? '' : `: ${said}`}`);
    } catch (thrown) {
      return finished(false, null, wordsOf(thrown));
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** The first words of the answer, for the delivery log; the rest is let go. */
const beginningOf = async (body: AsyncIterable<Buffer>): Promise<string> => {
  let text = '';
  for await (const chunk of body) {
    text += chunk.toString('utf8');
    if (text.length >= answerBytes) break;
  }
  return text
    .slice(0, 200)
    .replace(/[\p{Cc}\p{Cs}\uFFFD]+/gu, ' ')
    .trim();
};

const wordsOf = (thrown: unknown): string => {
  const name = thrown instanceof Error ? thrown.name : '';
  if (name === 'TimeoutError' || name === 'HeadersTimeoutError' || name === 'BodyTimeoutError') {
    return `no answer within ${timeoutMs / 1000} seconds`;
  }
  return messageOf(thrown).slice(0, 300) || name;
};
