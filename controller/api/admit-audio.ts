/** Who may open an audio socket, and what for: the same people and tokens as by HTTP, by the same names. */
import type { IncomingMessage } from 'node:http';
import type { AudioIntent, AudioStart } from '../contract/browser-audio.ts';
import type { AuditLog } from '../db/audit-log.ts';
import { AppError } from '../errors.ts';
import { arrivalOf, type TrustedProxies } from '../trusted-proxies.ts';
import type { Authentication } from './authentication.ts';
import { demandOwnOrigin, sessionCookie } from './browser.ts';
import { type Access, type Caller, demand, operator, viewer } from './caller.ts';

/** Listening shows no more than a recording does; talking is acting on calls, and may cost money. */
const accesses: Readonly<Record<AudioIntent, Access>> = {
  listen: viewer('calls:read'),
  'take over': operator('calls:control'),
  talk: operator('calls:control'),
};
const actions: Readonly<Record<AudioIntent, string>> = {
  listen: 'listenToCall',
  'take over': 'takeOverCall',
  talk: 'talkToAgent',
};

const bearerOf = (request: IncomingMessage): string | undefined =>
  /^Bearer +([!-~]{1,512})$/i.exec(request.headers.authorization ?? '')?.[1];

export const admitAudio = (options: {
  authentication: Pick<Authentication, 'find'>;
  audit: Pick<AuditLog, 'note'>;
  proxies: TrustedProxies;
}) => {
  const { authentication, audit, proxies } = options;
  const find = async (request: IncomingMessage, workspaceId: string | undefined): Promise<Caller> => {
    const { caller } = await authentication.find({
      bearer: bearerOf(request),
      cookie: sessionCookie(request.headers.cookie),
      workspaceId,
      address: proxies.addressOf(arrivalOf(request)),
    });
    return caller;
  };
  return {
    /** A cookie comes along from any page (RFC 6455, 10.2), so whoever brings one must come from ours. */
    demandOrigin: (request: IncomingMessage): void => {
      if (bearerOf(request) === undefined)
        demandOwnOrigin(request.headers.origin, proxies.hostOf(arrivalOf(request)));
    },
    admit: async (request: IncomingMessage, intent: AudioIntent, workspaceId: string | undefined) => {
      const caller = await find(request, workspaceId);
      demand(accesses[intent], caller);
      if (caller.workspaceId === null)
        throw new AppError('forbidden', 'your account belongs to no workspace');
      return { workspaceId: caller.workspaceId, name: caller.signedIn?.user.name || caller.actor.name };
    },
    audit: async (
      request: IncomingMessage,
      { workspaceId }: { workspaceId: string },
      start: AudioStart,
    ): Promise<void> => {
      const { actor } = await find(request, start.workspaceId);
      const [resource, resourceId] =
        start.intent === 'talk' ? ['agents', start.agentId] : ['calls', start.callId];
      await audit.note(
        { workspaceId, actor, action: actions[start.intent] },
        { resource: resource ?? '', resourceId: resourceId ?? null },
      );
    },
  };
};
