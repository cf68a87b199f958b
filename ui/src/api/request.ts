/** One request to the controller's REST API. Knows no resource; `queries.ts` does. */

import { failureOf, unreachable } from './problem.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type RequestOptions = {
  body?: unknown;
  /** sent as it is, with its own type */
  file?: { type: string; content: Blob | string };
  signal?: AbortSignal;
};

/** Of the session: what only this page knows, so that no other one can send in its name. */
let proof = '';
export const keepProof = (given: string): void => {
  proof = given;
};

let onSignedOut: () => void = () => undefined;
/** `listener` hears when an answer says that nobody is signed in (any more). */
export const whenSignedOut = (listener: () => void): void => {
  onSignedOut = listener;
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
  if (method !== 'GET') headers.set('Offhook-Proof', proof);
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
  if (!response.ok) {
    const failure = await failureOf(response);
    if (failure.code === 'unauthorized') onSignedOut();
    throw failure;
  }
  return response;
};
