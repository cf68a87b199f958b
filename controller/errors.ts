/** Errors with a stable code: one table gives the HTTP status, so the API, the log and the UI say the same. */
export const errorStatus = {
  'invalid-input': 400,
  unauthorized: 401,
  'wrong-credentials': 401,
  forbidden: 403,
  'proof-missing': 403,
  'not-found': 404,
  conflict: 409,
  'request-running': 409,
  'changed-meanwhile': 412,
  'too-large': 413,
  'key-reused': 422,
  'too-many-requests': 429,
  internal: 500,
  'database-down': 503,
  'switch-down': 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** A failure that whoever asked can understand; `fields` names what is wrong with which input. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly fields: Readonly<Record<string, string>>;
  readonly retryAfterSeconds: number | null;
  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; fields?: Record<string, string>; retryAfterSeconds?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.fields = options.fields ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** The text of anything that was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
