/** What browsers add to a request by themselves: cookies and origins; and the proof that only our own page can send. */
import { timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { sessionLimits } from '../db/session-store.ts';
import { AppError } from '../errors.ts';

/** With the prefix a browser takes it from nobody but this very host, over TLS only (RFC 6265bis 4.1.3.2). */
const cookieNames = { secure: '__Host-offhook', plain: 'offhook' } as const;
export const proofHeader = 'Offhook-Proof';
export const workspaceHeader = 'Offhook-Workspace';

/** The session cookie of a Cookie header. */
export function sessionCookie(header: string | undefined): string | undefined {
  const cookies = new Map(
    (header ?? '').split(';').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const;
    }),
  );
  return cookies.get(cookieNames.secure) ?? cookies.get(cookieNames.plain);
}

export function setSessionCookie(request: Request, response: Response, value: string): void {
  response.cookie(nameFor(request), value, { ...attributes(request), maxAge: sessionLimits.absoluteMs });
}

export function clearSessionCookie(request: Request, response: Response): void {
  response.clearCookie(nameFor(request), attributes(request));
}

const nameFor = (request: Request): string => (request.secure ? cookieNames.secure : cookieNames.plain);
const attributes = (request: Request) =>
  ({ httpOnly: true, sameSite: 'strict', secure: request.secure, path: '/' }) as const;

/** Refuses what a page of another origin sends. Programs send no Origin. */
export function demandOwnOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) return;
  if (host !== undefined && URL.canParse(origin) && new URL(origin).host === host) return;
  throw new AppError('proof-missing', 'the request comes from a page of another address');
}

/** Refuses what a browser may have been tricked into sending: it has the cookie, but not the session's proof. */
export function demandProof(given: string | undefined, proof: string): void {
  const [one, other] = [Buffer.from(given ?? ''), Buffer.from(proof)];
  if (one.length === other.length && timingSafeEqual(one, other)) return;
  throw new AppError('proof-missing', `send the session's proof in the header ${proofHeader}`);
}
