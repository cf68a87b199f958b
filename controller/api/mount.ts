/**
 * Runs declared routes: who is it, may he, is what he sends right; then the handler; then the answer in the declared
 * shape, which lets nothing out that is not in it. Knows no route.
 */
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import type { AuditLog } from '../db/audit-log.ts';
import { defaultWorkspaceId } from '../db/database.ts';
import type { RequestKeyStore } from '../db/request-key-store.ts';
import { AppError } from '../errors.ts';
import type { OpenChanges } from '../secret-key/open-changes.ts';
import { plainAddress } from '../trusted-proxies.ts';
import type { Authentication, Credentials } from './authentication.ts';
import {
  demandOwnOrigin,
  demandProof,
  proofHeader,
  sessionCookie,
  setSessionCookie,
  workspaceHeader,
} from './browser.ts';
import { type Caller, demand } from './caller.ts';
import { parse } from './input.ts';
import { type Context, type Reply, type Route, type Sent } from './route.ts';

export type Mounting = {
  authentication: Pick<Authentication, 'find'>;
  audit: Pick<AuditLog, 'commit' | 'note'>;
  requestKeys: RequestKeyStore;
  changes: OpenChanges;
};

const noQuery = z.strictObject({});
const json = express.json({ limit: '100kb' });

export function mountRoutes(routes: readonly Route[], mounting: Mounting): Router {
  const router = Router();
  for (const route of routes) {
    router[route.method](route.path, async (request, response) => {
      response.locals['route'] = `/api/v1${route.path}`;
      const caller = await admit(route, request, response, mounting.authentication);
      const query = parse(route.query ?? noQuery, { ...request.query });
      const body =
        route.body === undefined
          ? undefined
          : parse(route.body, await jsonBody(request, response, route.bodyOptional === true));
      const asked: Asked = { route, request, response, caller, query, body };
      const key = request.get('idempotency-key');
      if (key === undefined || route.status !== 201 || route.access.kind === 'public') {
        answer(asked, await run(asked, mounting, async () => undefined));
      } else await answerOnce(asked, key, mounting);
    });
  }
  // strangers do not learn which addresses there are
  router.use(async (request, _response, next) => {
    await mounting.authentication.find(credentialsOf(request));
    next();
  });
  return router;
}

type Asked = {
  route: Route;
  request: Request;
  response: Response;
  caller: Caller;
  query: unknown;
  body: unknown;
};

/** Lets nobody pass who may not; a stranger's body is not even read. */
async function admit(
  { access, method }: Pick<Route, 'access' | 'method'>,
  request: Request,
  response: Response,
  authentication: Mounting['authentication'],
): Promise<Caller> {
  const address = addressOf(request);
  if (access.kind === 'public') {
    if (method !== 'get') demandOwnOrigin(request.get('origin'), request.host);
    return nobody(address);
  }
  const found = await authentication.find(credentialsOf(request));
  if (found.newCookie !== null) setSessionCookie(request, response, found.newCookie);
  const { signedIn } = found.caller;
  if (signedIn !== null && method !== 'get') {
    demandOwnOrigin(request.get('origin'), request.host);
    demandProof(request.get(proofHeader), signedIn.proof);
  }
  demand(access, found.caller);
  return found.caller;
}

async function run(
  asked: Asked,
  { audit, changes }: Mounting,
  changed: () => Promise<void>,
): Promise<Reply<unknown> | Sent> {
  const { route, request, response, caller, query, body } = asked;
  const workspaceId = caller.workspaceId ?? defaultWorkspaceId;
  const who = { workspaceId, actor: caller.actor, action: route.id };
  let isAudited = route.method === 'get' || route.unaudited === true;
  const context: Context<string, unknown, unknown> = {
    params: request.params,
    query,
    body,
    caller,
    workspaceId,
    request,
    response,
    commit: async (table, id, work) => {
      isAudited = true;
      const change = { ...who, table, id, versions: id === null ? null : seenVersions(request) };
      return await audit.commit(change, async () => {
        const result = await work();
        await changed();
        return result;
      });
    },
  };
  const reply =
    route.method === 'get' ? await route.handle(context) : await changes.track(() => route.handle(context));
  if (!isAudited) {
    const [name = null] = Object.values(request.params);
    await audit.note(who, {
      resource: route.tag.toLowerCase(),
      resourceId: typeof name === 'string' ? name : null,
      after: typeof body === 'object' && body !== null ? { ...body } : null,
    });
  }
  return reply;
}

function answer({ route, response }: Asked, reply: Reply<unknown> | Sent): void {
  if ('sent' in reply) return;
  if (reply.version !== undefined) response.set('ETag', `"${reply.version}"`);
  if (reply.location !== undefined) response.location(reply.location);
  response.status(route.status);
  if (route.answer === undefined) response.end();
  else response.type('json').send(shaped(route, reply));
}

const shaped = (route: Route, { body }: Reply<unknown>): string => JSON.stringify(route.answer?.parse(body));

/** A creation that is sent again, because its answer got lost, gets the same answer again. */
async function answerOnce(asked: Asked, key: string, mounting: Mounting): Promise<void> {
  const { route, request, response, caller, body } = asked;
  const held = await mounting.requestKeys.take({
    workspaceId: caller.workspaceId ?? defaultWorkspaceId,
    actor: `${caller.actor.kind} ${caller.actor.id ?? ''}`,
    key,
    operation: route.id,
    request: JSON.stringify([request.originalUrl, body]),
  });
  if (held.kind === 'answered') {
    const { version, location } = held;
    response.set('Idempotency-Replayed', 'true');
    if (version !== null) response.set('ETag', `"${version}"`);
    if (location !== null) response.location(location);
    response.status(held.status).type('json').send(held.answer);
    return;
  }
  let reply: Reply<unknown> | Sent;
  try {
    reply = await run(asked, mounting, held.changed);
  } catch (thrown) {
    await held.giveBack();
    throw thrown;
  }
  if (!('sent' in reply)) {
    await held.answered({
      status: route.status,
      location: reply.location ?? null,
      version: reply.version ?? null,
      answer: shaped(route, reply),
    });
  }
  answer(asked, reply);
}

/** What If-Match names (RFC 9110 13.1.1); null: whatever it is. A tag that none of ours has matches nothing. */
function seenVersions(request: Request): ReadonlySet<number> | null {
  const header = request.get('if-match')?.trim();
  if (header === undefined || header === '*') return null;
  const tags = header.split(',').map((tag) => /^"(\d{1,9})"$/.exec(tag.trim())?.[1]);
  return new Set(tags.filter((tag) => tag !== undefined).map(Number));
}

/** Of what a browser fetches by itself, without headers of ours: the routes for it take `?workspace=`. */
const workspaceInAddress = ({ method, query }: Request): string | undefined =>
  method === 'GET' && typeof query['workspace'] === 'string' ? query['workspace'] : undefined;

const credentialsOf = (request: Request): Credentials => ({
  bearer: bearerOf(request),
  cookie: sessionCookie(request.get('cookie')),
  workspaceId: request.get(workspaceHeader) ?? workspaceInAddress(request),
  address: addressOf(request),
});

function bearerOf(request: Request): string | undefined {
  const header = request.get('authorization');
  if (header === undefined) return undefined;
  const [, token] = /^Bearer +([!-~]{1,512})$/i.exec(header) ?? [];
  if (token === undefined)
    throw new AppError('unauthorized', 'send the header Authorization: Bearer <token>');
  return token;
}

export const addressOf = (request: Pick<Request, 'ip'>): string => plainAddress(request.ip);

const nobody = (address: string): Caller => ({
  actor: { kind: 'nobody', id: null, name: 'nobody', address },
  workspaceId: defaultWorkspaceId,
  role: null,
  scopes: null,
  installation: false,
  signedIn: null,
});

async function jsonBody(request: Request, response: Response, isOptional: boolean): Promise<unknown> {
  await new Promise<void>((settle, fail) => {
    (json as RequestHandler)(request, response, (error?: unknown) => {
      if (error === undefined) settle();
      else fail(error);
    });
  });
  const isEmpty =
    request.get('transfer-encoding') === undefined && Number(request.get('content-length') ?? 0) === 0;
  if (request.body === undefined && isOptional && isEmpty) return {};
  if (request.body === undefined) {
    throw new AppError('invalid-input', 'send a JSON body with Content-Type: application/json');
  }
  return request.body as unknown;
}
