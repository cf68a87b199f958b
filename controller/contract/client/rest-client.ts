/**
 * Offhook's REST API for programs in TypeScript, in a browser and in Node. Knows who asks and how failures come; the
 * resources and their types are the rest of this folder's.
 */
import type { Page } from '../page.ts';
import { ApiFailure, type FailureWords, failureOf, plainWords, unreachable } from './failure.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type RequestOptions = {
  body?: unknown;
  /** sent as it is, with its own type */
  file?: { type: string; content: Blob | string };
  /** besides those that the client sends by itself, such as Idempotency-Key and If-Match */
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

export type RestClientOptions = {
  /** where Offhook is, such as https://offhook.example.com; without it the page's own origin */
  url?: string;
  /** an API token; without it the session whose cookie the browser has, and `keepProof` */
  token?: string;
  words?: FailureWords;
  /** hears when an answer says that nobody is signed in (any more) */
  onSignedOut?: () => void;
};

export class RestClient {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #words: FailureWords;
  readonly #onSignedOut: () => void;
  #proof = '';
  #workspaceId: string | null = null;

  constructor({ url = '', token, words = plainWords, onSignedOut }: RestClientOptions = {}) {
    this.#url = url;
    this.#token = token;
    this.#words = words;
    this.#onSignedOut = onSignedOut ?? (() => undefined);
  }

  /** Of the session: what only this page knows, so that no other one can send in its name. */
  keepProof(proof: string): void {
    this.#proof = proof;
  }

  /** Whose things requests see and change, where there are several; null: the token's, or the user's first. */
  keepWorkspace(workspaceId: string | null): void {
    this.#workspaceId = workspaceId;
  }

  /** The whole address, for what sends no headers of its own, such as audio elements and links. `path` has no query. */
  addressOf(path: string): string {
    return `${this.#url}/api/v1${path}${this.#workspaceId === null ? '' : `?workspace=${this.#workspaceId}`}`;
  }

  /** Throws an `ApiFailure` unless the answer is 2xx. */
  async request<Answer>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await this.send(method, path, options);
    const text = await response.text().catch((error: unknown) => {
      throw unreachable(error, this.#words);
    });
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }

  /** As `request`, for answers that are no JSON, and where headers matter. */
  async send(method: Method, path: string, options: RequestOptions = {}): Promise<Response> {
    const { body, file, signal } = options;
    const headers = new Headers({ Accept: 'application/json', ...options.headers });
    if (this.#token !== undefined) headers.set('Authorization', `Bearer ${this.#token}`);
    else if (method !== 'GET') headers.set('Offhook-Proof', this.#proof);
    if (this.#workspaceId !== null) headers.set('Offhook-Workspace', this.#workspaceId);
    if (file !== undefined) headers.set('Content-Type', file.type);
    else if (body !== undefined) headers.set('Content-Type', 'application/json');
    const content = file?.content ?? (body === undefined ? null : JSON.stringify(body));
    let response: Response;
    try {
      response = await fetch(`${this.#url}/api/v1${path}`, {
        method,
        headers,
        body: content,
        credentials: 'same-origin',
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') throw error;
      throw unreachable(error, this.#words);
    }
    if (!response.ok) {
      const failure: ApiFailure = await failureOf(response, this.#words);
      if (failure.code === 'unauthorized') this.#onSignedOut();
      throw failure;
    }
    return response;
  }

  /** All pages of a list. `path` has no query of its own. */
  async everything<Item>(path: string, signal?: AbortSignal): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<Item> = await this.request(
        'GET',
        `${path}?limit=1000${query}`,
        signal ? { signal } : {},
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }
}
