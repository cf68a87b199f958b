/** Errors as HTTP answers: application/problem+json (RFC 9457). Knows no route. */
import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { AppError, type ErrorCode, errorStatus } from '../errors.ts';
import type { Logger } from '../log.ts';

/** The list of all codes. */
export const problemTitles: Record<ErrorCode, string> = {
  'invalid-input': 'The request is not right',
  unauthorized: 'Nobody is signed in',
  'wrong-credentials': 'E-mail address or password is wrong',
  forbidden: 'This is not allowed',
  'proof-missing': 'The request does not prove that it comes from the web page',
  'not-found': 'There is nothing here',
  conflict: 'This does not fit with what is there',
  'request-running': 'The same request is being worked on',
  'changed-meanwhile': 'Somebody else has changed this meanwhile',
  'too-large': 'The request is too large',
  'key-reused': 'The Idempotency-Key belongs to another request',
  'too-many-requests': 'Too many attempts',
  internal: 'Offhook made a mistake',
  'database-down': 'The database cannot be reached',
  'switch-down': 'The switch cannot be reached',
};

export type Problem = {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  /** what is wrong with which input, by its path, such as `settings.silenceSeconds` */
  fields: Record<string, string>;
};

const toProblem = (error: AppError): Problem => ({
  type: `urn:offhook:problem:${error.code}`,
  title: problemTitles[error.code],
  status: errorStatus[error.code],
  code: error.code,
  detail: error.message,
  fields: { ...error.fields },
});

/** For everything that no route answered. */
export const answerNotFound: RequestHandler = () => {
  throw new AppError('not-found', 'there is no such address, or not with this method');
};

/** The only place where errors of requests end. What nobody foresaw is logged whole and told without details. */
export const answerProblem =
  (log: Logger): ErrorRequestHandler =>
  (thrown: unknown, request, response, next) => {
    const error = toAppError(thrown);
    if (error.code === 'internal') {
      const { method, originalUrl: url } = request;
      log.error({ err: thrown, method, url, reference: error.message.split(' ').at(-1) }, 'request failed');
    }
    if (response.headersSent) {
      next(thrown);
      return;
    }
    const problem = toProblem(error);
    if (problem.status === 401) response.set('WWW-Authenticate', 'Bearer');
    const retryAfterSeconds = error.retryAfterSeconds ?? (problem.status === 503 ? 2 : null);
    if (retryAfterSeconds !== null) response.set('Retry-After', String(retryAfterSeconds));
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  };

function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  // what Express and its body parser throw about a request
  const { status, type } = thrown as { status?: unknown; type?: unknown };
  if (status === 413) return new AppError('too-large', 'the body may have 100 kB at most');
  if (type === 'entity.parse.failed') return new AppError('invalid-input', 'the body is not valid JSON');
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError('invalid-input', 'the request cannot be read: its path, encoding or length is wrong');
  }
  return new AppError('internal', `the log has the details under ${randomUUID()}`);
}
