/** How far the way to the first answered call has been gone. Pure. */
import type { CallRecord } from '../../../../controller/contract/call.ts';
import type { Trunk, TrunkStatus } from '../../../../controller/contract/trunk.ts';

export const stepNames = ['connect', 'registered', 'agent', 'directory', 'call', 'transfer'] as const;
export type StepName = (typeof stepNames)[number];

export type Seen = {
  /** with their live status */
  trunks: readonly (Pick<Trunk, 'id' | 'agentId'> & { status: TrunkStatus })[];
  hasNumberWithAgent: boolean;
  hasDirectory: boolean;
  calls: readonly Pick<CallRecord, 'answeredAt' | 'transferredTo' | 'isTest'>[];
};

export const doneSteps = ({ trunks, hasNumberWithAgent, hasDirectory, calls }: Seen): Set<StepName> => {
  const done = new Set<StepName>();
  if (trunks.length > 0) done.add('connect');
  if (trunks.some(({ status }) => status.state === 'registered' || status.state === 'active'))
    done.add('registered');
  if (trunks.length > 0 && (hasNumberWithAgent || trunks.some(({ agentId }) => agentId !== null)))
    done.add('agent');
  if (hasDirectory) done.add('directory');
  const own = calls.filter(({ isTest }) => !isTest);
  if (own.some(({ answeredAt }) => answeredAt !== null)) done.add('call');
  if (own.some(({ transferredTo }) => transferredTo !== null)) done.add('transfer');
  return done;
};
