/** A request that did not work, in words for the person in front of the screen. */
import { t } from '../texts/texts.ts';

/** application/problem+json as controller/api/problem.ts answers it. */
type Problem = { status: number; code: string; detail: string; fields?: Record<string, string> };

/** Without zod, which the first load of the page can do without. */
const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' &&
  body !== null &&
  'code' in body &&
  typeof body.code === 'string' &&
  'detail' in body &&
  typeof body.detail === 'string' &&
  'status' in body &&
  typeof body.status === 'number';

export class ApiFailure extends Error {
  /** `unreachable` when no answer came */
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

export const unreachable = (cause: unknown): ApiFailure =>
  new ApiFailure({ code: 'unreachable', status: null, message: t.problems.unreachable, cause });

/** Reads the answer that was not 2xx. */
export const failureOf = async (response: Response): Promise<ApiFailure> => {
  const body: unknown = await response.json().catch(() => null);
  if (!isProblem(body)) {
    return new ApiFailure({
      code: 'not-json',
      status: response.status,
      message: t.problems.notJson(response.status),
    });
  }
  const { code, status, detail, fields = {} } = body;
  return new ApiFailure({ code, status, message: wordsOf(code, detail), fields });
};

const wordsOf = (code: string, detail: string): string => {
  switch (code) {
    case 'database-down':
      return t.problems['database-down'];
    case 'switch-down':
      return t.problems['switch-down'];
    case 'internal':
      return `${t.problems.internal} ${detail}`;
    default:
      return sentence(detail);
  }
};

/** The controller's details begin small and end open, since they stand in logs as well. */
const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
};

/** The words of anything that was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
