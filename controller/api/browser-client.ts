/** A browser as far as the API is concerned, for tests: keeps cookies, sends the proof and its origin. */
import { type Answer, answerOf } from './test-api.ts';

export class BrowserClient {
  readonly url: string;
  cookie: string | null = null;
  proof: string | null = null;
  workspaceId: string | null = null;

  constructor(url: string) {
    this.url = url;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await answerOf(
      await fetch(`${this.url}${path}`, {
        method,
        headers: {
          ...(this.cookie === null ? {} : { Cookie: this.cookie }),
          ...(this.proof === null ? {} : { 'Offhook-Proof': this.proof }),
          ...(this.workspaceId === null ? {} : { 'Offhook-Workspace': this.workspaceId }),
          ...(method === 'GET' ? {} : { Origin: this.url }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const [set] = answer.headers.getSetCookie();
    if (set !== undefined) this.cookie = /Max-Age=0|1970/.test(set) ? null : (set.split(';')[0] ?? null);
    return answer;
  }

  /** Signs in and keeps the proof. */
  async signIn(email: string, password: string): Promise<Answer> {
    const answer = await this.send('POST', '/api/v1/session', { email, password });
    if (answer.status === 201) this.proof = (answer.body as { proof: string }).proof;
    return answer;
  }
}
