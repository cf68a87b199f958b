/** How a call ended, in words, and whose fault it was: one table over what happened. Knows no switch and no database. */
import { type BotFailureKind, failureWords } from '../bots/failure.ts';
import type { Fault, TransferResult } from '../contract/call.ts';
import type { LegEnd, RefusalStatus } from '../switch/port.ts';

/** Every reason for which a call is refused before it is answered, with what the caller's PBX is told. */
export const refusals = {
  'over-limit': { sipStatus: 503, words: 'over the concurrent-call limit', fault: 'configuration' },
  'trunk-inactive': { sipStatus: 480, words: 'the trunk is deactivated', fault: 'configuration' },
  'unknown-trunk': { sipStatus: 404, words: 'the trunk is not configured', fault: 'configuration' },
  'number-not-assigned': {
    sipStatus: 404,
    words: 'the number is not assigned to an agent',
    fault: 'configuration',
  },
  // 503, so that the PBX goes on to somebody else, as for a trunk that is full
  'wallet-empty': { sipStatus: 503, words: 'the wallet is empty', fault: 'configuration' },
  'not-encrypted': {
    sipStatus: 488,
    words: 'the PBX offered no encrypted audio (SRTP), which the trunk requires',
    fault: 'configuration',
  },
  'only-encrypted': {
    sipStatus: 488,
    words: 'the PBX takes encrypted audio (SRTP) only, which is off for the trunk',
    fault: 'configuration',
  },
  'no-agent': { sipStatus: 480, words: 'no agent is linked to the trunk', fault: 'configuration' },
} as const satisfies Record<string, { sipStatus: RefusalStatus; words: string; fault: Fault }>;
export type RefusalReason = keyof typeof refusals;

/** What happened in the call, as far as its ending depends on it. The call fills it in as it goes. */
export type CallFacts = {
  refusal: RefusalReason | null;
  /** an answered call that no agent could take up again after a restart */
  cannotResume: RefusalReason | null;
  /** the caller's line was this process, or an earlier one, and ended with it */
  cutByRestart: boolean;
  answered: boolean;
  /** the last transfer that was tried, and what became of it; `result` is null while it runs */
  transfer: { ext: string; name: string; result: TransferResult | null; callerStillHere: boolean } | null;
  agent: 'starting' | 'running' | 'never started' | 'died';
  /** why the agent failed, where its bot told; only with the last two of `agent` */
  agentFailure: BotFailureKind | null;
  /** who on our side asked for the hang-up, if anybody did */
  hungUpBy: 'agent' | 'operator' | 'time limit' | 'silence' | null;
};

export const newFacts = (): CallFacts => ({
  refusal: null,
  cannotResume: null,
  cutByRestart: false,
  answered: false,
  transfer: null,
  agent: 'starting',
  agentFailure: null,
  hungUpBy: null,
});

export type Outcome = { words: string; fault: Fault; transferredTo: string | null };

/** Q.850 causes that say that the network or the switch, not a person, ended the leg. */
const failureCauses: ReadonlySet<number> = new Set([27, 34, 38, 41, 42, 44, 47, 58, 102, 111]);

/**
 * The outcome of a call that is over. `end` is null when nobody saw the end: the switch was restarted, or went away
 * together with the controller.
 */
export const classify = (facts: CallFacts, end: LegEnd | null): Outcome => {
  const { transfer } = facts;
  const target = transfer ? `${transfer.ext} ${transfer.name}`.trim() : '';
  const transferredTo = transfer?.result === 'transferred' ? transfer.ext : null;
  const is = (words: string, fault: Fault): Outcome => ({ words, fault, transferredTo });

  if (facts.refusal) {
    const { words, fault } = refusals[facts.refusal];
    return is(`Refused: ${words}`, fault);
  }
  if (facts.cannotResume) {
    const { words, fault } = refusals[facts.cannotResume];
    return is(`Ended after a restart: ${words}`, fault);
  }
  if (facts.cutByRestart) return is('Ended by a restart of Offhook', 'offhook');
  if (facts.agent === 'never started' || facts.agent === 'died') {
    return is(`${agentFailed(facts)}${transferredTo ? `; transferred to ${target}` : ''}`, 'agent');
  }
  if (transferredTo) return is(`Transferred to ${target}`, 'none');
  if (
    transfer &&
    transfer.result !== null &&
    transfer.result !== 'caller gone' &&
    !transfer.callerStillHere
  ) {
    return is(`Transfer to ${target} failed: ${transfer.result}`, 'pbx');
  }
  if (transfer?.result === 'caller gone')
    return is(`Caller hung up during the transfer to ${target}`, 'caller');
  if (!end || end.by === 'unseen') return is('Lost with the switch', 'offhook');
  if (facts.hungUpBy === 'agent') return is('Agent hung up', 'none');
  if (facts.hungUpBy === 'operator') return is('Hung up from the monitor', 'none');
  if (facts.hungUpBy === 'silence') return is('Ended after silence', 'none');
  if (facts.hungUpBy === 'time limit') return is('Ended at the maximum duration', 'configuration');
  if (!facts.answered) {
    if (end.by === 'caller') return is('No answer', 'caller');
    return is(`Ended before it was answered (${end.causeText})`, 'offhook');
  }
  if (end.by === 'caller') return is('Caller hung up', 'none');
  if (failureCauses.has(end.cause)) return is(`Connection to the PBX lost (${end.causeText})`, 'pbx');
  return is(`Ended by ${end.by === 'us' ? 'Offhook' : 'the switch'} (${end.causeText})`, 'offhook');
};

const agentFailed = ({ agent, agentFailure }: CallFacts): string => {
  if (agentFailure === 'silent') return 'Reached us, agent never spoke';
  const words = agent === 'never started' ? 'Reached us, agent never started' : 'Agent failed';
  return agentFailure === null ? words : `${words}: ${failureWords[agentFailure]}`;
};
