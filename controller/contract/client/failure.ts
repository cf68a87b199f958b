/** A request that did not work, with the code that the API gives it. Knows no screen: words of one's own are `words`. */

/** application/problem+json as the API answers it. */
export type Problem = { status: number; code: string; detail: string; fields?: Record<string, string> };

export class ApiFailure extends Error {
  /** one of the API's; `unreachable` when no answer came, `not-json` when it came from something else */
  readonly code: string;
  readonly status: number | null;
  /** what is wrong with which input, by its path */
  readonly fields: Readonly<Record<string, string>>;

  constructor(options: {
    code: string;
    status: number | null;
    message: string;
    fields?: Record<string, string>;
    cause?: unknown;
  }) {
    super(options.message, { cause: options.cause });
    this.name = 'ApiFailure';
    this.code = options.code;
    this.status = options.status;
    this.fields = options.fields ?? {};
  }
}

/** How a failure is said; `detail` is the API's own word, or a plain one where none came. */
export type FailureWords = (failure: { code: string; status: number | null; detail: string }) => string;

export const plainWords: FailureWords = ({ detail }) => detail;

export const unreachable = (cause: unknown, words: FailureWords): ApiFailure => {
  const failure = { code: 'unreachable', status: null };
  return new ApiFailure({ ...failure, message: words({ ...failure, detail: 'no answer came' }), cause });
};

/** Reads the answer that was not 2xx. */
export const failureOf = async (response: Response, words: FailureWords): Promise<ApiFailure> => {
  const body: unknown = await response.json().catch(() => null);
  if (!isProblem(body)) {
    const failure = { code: 'not-json', status: response.status };
    const detail = `HTTP ${response.status}, and not from Offhook`;
    return new ApiFailure({ ...failure, message: words({ ...failure, detail }) });
  }
  const { code, status, detail, fields = {} } = body;
  return new ApiFailure({ code, status, message: words({ code, status, detail }), fields });
};

/** Without zod, which the first load of a page can do without. */
const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' &&
  body !== null &&
  'code' in body &&
  typeof body.code === 'string' &&
  'detail' in body &&
  typeof body.detail === 'string' &&
  'status' in body &&
  typeof body.status === 'number';
