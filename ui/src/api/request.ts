/** One request to the controller's REST API. Knows no resource; `queries.ts` does. */

import { failureOf, unreachable } from './problem.ts';
import { currentToken } from './token.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type RequestOptions = {
  body?: unknown;
  /** sent as it is, with its own type */
  file?: { type: string; content: Blob | string };
  signal?: AbortSignal;
};

/** Throws an `ApiFailure` unless the answer is 2xx. */
export const request = async <Answer>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<Answer> => {
  const response = await send(method, path, options);
  const text = await response.text().catch((error: unknown) => {
    throw unreachable(error);
  });
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
};

/** As `request`, for answers that are no JSON. */
export const send = async (method: Method, path: string, options: RequestOptions = {}): Promise<Response> => {
  const { body, file, signal } = options;
  const headers = new Headers({ Accept: 'application/json' });
  const token = currentToken();
  if (token !== null) headers.set('Authorization', `Bearer ${token}`);
  if (file !== undefined) headers.set('Content-Type', file.type);
  else if (body !== undefined) headers.set('Content-Type', 'application/json');
  const content = file?.content ?? (body === undefined ? null : JSON.stringify(body));
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: content,
      credentials: 'same-origin',
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unreachable(error);
  }
  if (!response.ok) throw await failureOf(response);
  return response;
};
