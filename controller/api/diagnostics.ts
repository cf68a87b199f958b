/** /trunks/:trunkId/diagnostics and /numbers/:numberId/diagnostics: how it is, what happened, and what to do about it. */
import type { Configuration } from '../configuration.ts';
import { DiagnosticsAnswer } from '../contract/answers.ts';
import type { PastCall } from '../contract/call.ts';
import type { PhoneNumberBinding } from '../contract/number.ts';
import type { TrunkStatus } from '../contract/trunk.ts';
import type { ConfiguredTrunk, UnreadableTrunk } from '../db/load-configuration.ts';
import { diagnose } from '../diagnostics/diagnose.ts';
import { AppError } from '../errors.ts';
import { normaliseNumber } from '../numbers/normalise.ts';
import type { StoresOf } from '../open-stores.ts';
import type { WorkspaceView } from '../workspace-view.ts';
import { viewer } from './caller.ts';
import { findTrunk } from './input.ts';
import { type Route, route } from './route.ts';

export type DiagnosticsRoutes = {
  configuration: Configuration;
  stores: StoresOf;
  registrations: {
    status(trunkId: string): TrunkStatus;
    registration(trunkId: string): unknown;
  };
};

const dayMs = 86_400_000;
/** of each question to the history: more than are shown, since some of them may be another number's */
const mostCalls = 200;
/** of a number that PBXes send in many forms, these are in all of them and in few others */
const sameDigits = 6;

export function diagnosticsRoutes({ configuration, stores, registrations }: DiagnosticsRoutes): Route[] {
  const reportOf = async (
    view: WorkspaceView,
    trunk: ConfiguredTrunk | UnreadableTrunk,
    number: PhoneNumberBinding | null,
  ) => {
    const since = new Date(Date.now() - dayMs);
    const ofNumber = number === null ? null : callsOfNumber(number, trunk, view);
    const { calls, trunkEvents } = stores(view.id);
    const find = async (query: { from?: string; faulty?: true }): Promise<PastCall[]> => {
      const called = ofNumber?.query;
      const { items } = await calls.list({ trunkId: trunk.id, limit: mostCalls, called, ...query });
      return items.filter((call) => ofNumber?.isOne(call) ?? true);
    };
    const from = since.toISOString();
    const [ever, ofToday, faulty] = await Promise.all([
      find({}),
      find({ from }),
      find({ from, faulty: true }),
    ]);
    return diagnose({
      trunk,
      number,
      status: registrations.status(trunk.id),
      isRegisteredHere: Boolean(registrations.registration(trunk.id)),
      agentName: (agentId) => view.agents.get(agentId)?.name ?? null,
      lastCall: ever[0] ?? null,
      calls: ofToday,
      faultyCalls: faulty,
      events: await trunkEvents.list(trunk.id, since, 20),
    });
  };
  return [
    route({
      method: 'get',
      path: '/trunks/:trunkId/diagnostics',
      id: 'diagnoseTrunk',
      tag: 'Trunks',
      summary: 'How a trunk is, what happened in 24 hours, and what to do about it',
      access: viewer('calls:read'),
      answer: DiagnosticsAnswer,
      handle: async ({ workspaceId, params }) => {
        const view = configuration.of(workspaceId);
        return { body: await reportOf(view, findTrunk(view, params.trunkId), null) };
      },
    }),
    route({
      method: 'get',
      path: '/numbers/:numberId/diagnostics',
      id: 'diagnoseNumber',
      tag: 'Numbers',
      summary: 'How a phone number is, what happened in 24 hours, and what to do about it',
      access: viewer('calls:read'),
      answer: DiagnosticsAnswer,
      handle: async ({ workspaceId, params }) => {
        const view = configuration.of(workspaceId);
        const number = view.numbers.get(params.numberId);
        const trunk =
          number && (view.trunks.get(number.trunkId) ?? view.unreadableTrunks.get(number.trunkId));
        if (!number || !trunk) throw new AppError('not-found', 'there is no such number');
        return { body: await reportOf(view, trunk, number) };
      },
    }),
  ];
}

/**
 * A PBX that rings our extension for a number does not say for which: when the trunk has no other number, such a call
 * is its.
 */
const callsOfNumber = (
  number: PhoneNumberBinding,
  trunk: ConfiguredTrunk | UnreadableTrunk,
  { numbers, settings }: WorkspaceView,
): { query: { digits: string; exactly: string | null }; isOne: (call: PastCall) => boolean } => {
  const country = settings.defaultCountry;
  const isOnly = [...numbers.values()].every(({ id, trunkId }) => trunkId !== trunk.id || id === number.id);
  const extension = trunk.connectionType === 'extension' ? trunk.extension : null;
  const isOne = ({ calledNumber }: PastCall): boolean => {
    const called = calledNumber.split(';')[0] ?? '';
    if (normaliseNumber(called, country) === number.number) return true;
    if (called.replace(/^(?:\+|00)/, '') === number.number) return true;
    return isOnly && called === extension;
  };
  return { query: { digits: number.number.slice(-sameDigits), exactly: isOnly ? extension : null }, isOne };
};
