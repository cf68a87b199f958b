/** Who may follow the live monitor: the same people and tokens as by HTTP, by the same names. */
import { AppError } from '../errors.ts';
import type { Handshake } from '../monitor/monitor.ts';
import type { TrustedProxies } from '../trusted-proxies.ts';
import type { Authentication } from './authentication.ts';
import { demandOwnOrigin, sessionCookie } from './browser.ts';
import { demand, viewer } from './caller.ts';

/** A cookie comes along from any page (RFC 6455, 10.2), so whoever brings one must come from ours. */
export const admitSocket =
  ({ authentication, proxies }: { authentication: Pick<Authentication, 'find'>; proxies: TrustedProxies }) =>
  async ({ bearer, headers, peerAddress, workspaceId }: Handshake): Promise<string> => {
    const arrival = { headers, peerAddress };
    if (bearer === undefined) demandOwnOrigin(headers.origin, proxies.hostOf(arrival));
    const { caller } = await authentication.find({
      bearer,
      cookie: sessionCookie(headers.cookie),
      workspaceId,
      address: proxies.addressOf(arrival),
    });
    demand(viewer('calls:read'), caller);
    if (caller.workspaceId === null) throw new AppError('forbidden', 'your account belongs to no workspace');
    return caller.workspaceId;
  };
