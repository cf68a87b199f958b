/** The page's one client of the REST API. Knows no resource; `queries.ts` does. */
import {
  type Method,
  type RequestOptions,
  RestClient,
} from '../../../controller/contract/client/rest-client.ts';
import { wordsOf } from './problem.ts';

export type { Method, RequestOptions } from '../../../controller/contract/client/rest-client.ts';

let onSignedOut: () => void = () => undefined;
/** `listener` hears when an answer says that nobody is signed in (any more). */
export const whenSignedOut = (listener: () => void): void => {
  onSignedOut = listener;
};

const client = new RestClient({ words: wordsOf, onSignedOut: () => onSignedOut() });

export const keepProof = (proof: string): void => client.keepProof(proof);

/** The workspace that is chosen, where there are several; null: the account's first one. */
export const keepWorkspace = (workspaceId: string | null): void => client.keepWorkspace(workspaceId);

/** An address of the API for what sends no headers of its own, such as audio elements and links. */
export const fileAddress = (path: string): string => client.addressOf(path);

/** Throws an `ApiFailure` unless the answer is 2xx. */
export const request = <Answer>(method: Method, path: string, options?: RequestOptions): Promise<Answer> =>
  client.request<Answer>(method, path, options);

/** As `request`, for answers that are no JSON. */
export const send = (method: Method, path: string, options?: RequestOptions): Promise<Response> =>
  client.send(method, path, options);

/** All pages of a list. */
export const everything = <Item>(path: string, signal?: AbortSignal): Promise<Item[]> =>
  client.everything<Item>(path, signal);
