/** Who may follow the live monitor: the same people and tokens as by HTTP, by the same names. */
import { AppError } from '../errors.ts';
import type { Handshake } from '../monitor/monitor.ts';
import type { Authentication } from './authentication.ts';
import { demandOwnOrigin, sessionCookie } from './browser.ts';
import { demand, viewer } from './caller.ts';

/** A cookie comes along from any page (RFC 6455, 10.2), so whoever brings one must come from ours. */
export const admitSocket =
  (authentication: Pick<Authentication, 'find'>) =>
  async ({ bearer, cookie, origin, host, address, workspaceId }: Handshake): Promise<string> => {
    if (bearer === undefined) demandOwnOrigin(origin, host);
    const { caller } = await authentication.find({
      bearer,
      cookie: sessionCookie(cookie),
      workspaceId,
      address,
    });
    demand(viewer('calls:read'), caller);
    if (caller.workspaceId === null) throw new AppError('forbidden', 'your account belongs to no workspace');
    return caller.workspaceId;
  };
