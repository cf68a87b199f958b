/**
 * One declaration a route: from it come the Express route, the check of what comes in, the rights, the shape of what
 * goes out, the OpenAPI document and the tests that try every route. How they are run is `mount.ts`'s.
 */
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { Access, Caller } from './caller.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

type ParameterNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;
export type PathParameters<Path extends string> = { [Name in ParameterNames<Path>]: string };

export type Context<Path extends string, Query, Body> = {
  params: PathParameters<Path>;
  query: Query;
  body: Body;
  caller: Caller;
  /** the only one whose things the request may see and change */
  workspaceId: string;
  /**
   * Runs a change of one row together with its entry in the audit log, in one transaction, unless the row has changed
   * since the caller saw it (If-Match). `id` null: `work` makes the row and returns its id.
   */
  commit: <T>(table: string, id: string | null, work: () => Promise<T>) => Promise<T>;
  request: Request;
  response: Response;
};

/** `version` becomes the ETag. */
export type Reply<Body> = { body: Body; location?: string; version?: number };
/** The handler has answered by itself: a file, a stream. */
export const sent = { sent: true } as const;
export type Sent = typeof sent;

type Declaration<
  Path extends string,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> = {
  method: Method;
  /** below /api/v1, as Express writes it */
  path: Path;
  /** the operation's name, such as `createTrunk`; never changed */
  id: string;
  /** the chapter of the document */
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  query?: Query;
  /** a JSON body */
  body?: Body;
  /** the body as the document tells it, where it is checked later, against what is there */
  documentedBody?: z.ZodType;
  /** without a body `{}` is meant */
  bodyOptional?: true;
  /** a body of another type, which the handler reads itself */
  upload?: string;
  /** of success; 200 unless said otherwise. 201 is a creation, which takes an Idempotency-Key. */
  status?: 200 | 201 | 202 | 204;
  /** what is answered; without it nothing (204) or what `sends` says */
  answer?: Answer;
  /** other types than JSON that the handler may send itself */
  sends?: string[];
  /** problems beside those that follow from the rest */
  problems?: ErrorCode[];
  /** no entry in the audit log, though the method is not GET: nothing changes */
  unaudited?: true;
  handle: (
    context: Context<Path, z.output<Query>, z.output<Body>>,
  ) => Promise<Reply<z.input<Answer>> | Sent> | Reply<z.input<Answer>> | Sent;
};

export type Route = Omit<
  Declaration<string, z.ZodType, z.ZodType, z.ZodType>,
  'handle' | 'status' | 'problems'
> & {
  status: 200 | 201 | 202 | 204;
  problems: ErrorCode[];
  handle: (context: Context<string, unknown, unknown>) => Promise<Reply<unknown> | Sent>;
};

export function route<
  const Path extends string,
  Query extends z.ZodType = z.ZodUnknown,
  Body extends z.ZodType = z.ZodUnknown,
  Answer extends z.ZodType = z.ZodUndefined,
>(declaration: Declaration<Path, Query, Body, Answer>): Route {
  const { handle, status, problems, ...rest } = declaration;
  const nothing = declaration.answer === undefined && declaration.sends === undefined;
  return {
    ...rest,
    status: status ?? (nothing ? 204 : 200),
    problems: problems ?? [],
    // what comes in has been parsed by these very schemas
    handle: async (context) =>
      await handle(context as unknown as Context<Path, z.output<Query>, z.output<Body>>),
  };
}
