/** /trunks/:trunkId/diagnostics and /numbers/:numberId/diagnostics: how it is, what happened, and what to do about it. */
import { Router } from 'express';
import type { Configuration } from '../configuration.ts';
import type { PastCall } from '../contract/call.ts';
import type { PhoneNumberBinding } from '../contract/number.ts';
import type { TrunkStatus } from '../contract/trunk.ts';
import type { CallStore } from '../db/call-store.ts';
import type { ConfiguredTrunk, UnreadableTrunk } from '../db/load-configuration.ts';
import type { TrunkEventStore } from '../db/trunk-event-store.ts';
import { diagnose } from '../diagnostics/diagnose.ts';
import { AppError } from '../errors.ts';
import { normaliseNumber } from '../numbers/normalise.ts';
import { findTrunk, pathPart } from './input.ts';

export type DiagnosticsRoutes = {
  configuration: Configuration;
  calls: CallStore;
  trunkEvents: TrunkEventStore;
  registrations: {
    status(trunkId: string): TrunkStatus;
    registration(trunkId: string): unknown;
  };
};

const dayMs = 86_400_000;
/** so many of a day's calls are looked through for errors */
const mostCalls = 500;

export function diagnosticsRouter({
  configuration,
  calls,
  trunkEvents,
  registrations,
}: DiagnosticsRoutes): Router {
  const reportOf = async (trunk: ConfiguredTrunk | UnreadableTrunk, number: PhoneNumberBinding | null) => {
    const since = new Date(Date.now() - dayMs);
    const isOfNumber = number === null ? () => true : ofNumber(number, trunk, configuration);
    const { items } = await calls.list({ trunkId: trunk.id, limit: mostCalls });
    const own = items.filter(isOfNumber);
    const { agents } = configuration.current;
    return diagnose({
      trunk,
      number,
      status: registrations.status(trunk.id),
      isRegisteredHere: Boolean(registrations.registration(trunk.id)),
      agentName: (agentId) => agents.get(agentId)?.name ?? null,
      lastCall: own[0] ?? null,
      calls: own.filter(({ offeredAt }) => new Date(offeredAt) >= since),
      events: await trunkEvents.list(trunk.id, since, 20),
    });
  };
  const router = Router();
  router.get('/trunks/:trunkId/diagnostics', async (request, response) => {
    response.json(await reportOf(findTrunk(configuration, request), null));
  });
  router.get('/numbers/:numberId/diagnostics', async (request, response) => {
    const { numbers, trunks, unreadableTrunks } = configuration.current;
    const number = numbers.get(pathPart(request, 'numberId'));
    const trunk = number && (trunks.get(number.trunkId) ?? unreadableTrunks.get(number.trunkId));
    if (!number || !trunk) throw new AppError('not-found', 'there is no such number');
    response.json(await reportOf(trunk, number));
  });
  return router;
}

/**
 * A PBX that rings our extension for a number does not say for which: when the trunk has no other number, such a call
 * is its.
 */
const ofNumber = (
  number: PhoneNumberBinding,
  trunk: ConfiguredTrunk | UnreadableTrunk,
  configuration: Configuration,
): ((call: PastCall) => boolean) => {
  const { numbers, workspaces } = configuration.current;
  const country = workspaces.get(trunk.workspaceId)?.settings.defaultCountry ?? null;
  const isOnly = [...numbers.values()].every(({ id, trunkId }) => trunkId !== trunk.id || id === number.id);
  const extension = trunk.connectionType === 'extension' ? trunk.extension : null;
  return ({ calledNumber }) => {
    const called = calledNumber.split(';')[0] ?? '';
    if (normaliseNumber(called, country) === number.number) return true;
    if (called.replace(/^(?:\+|00)/, '') === number.number) return true;
    return isOnly && called === extension;
  };
};
