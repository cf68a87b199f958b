/** How a call ended, in words, and whose fault it was: one table over what happened. Knows no switch and no database. */
import type { BotFailureKind } from '../bots/failure.ts';
import type { Fault, TransferResult } from '../contract/call.ts';
import { agentFailure, botFailure, outcome, refusal } from '../contract/texts/call.ts';
import { say } from '../contract/texts/sentence.ts';
import type { LegEnd, RefusalStatus } from '../switch/port.ts';

/** Every reason for which a call is refused before it is answered, with what the caller's PBX is told. */
export const refusals = {
  'over-limit': { sipStatus: 503, words: refusal['over-limit'], fault: 'configuration' },
  'trunk-inactive': { sipStatus: 480, words: refusal['trunk-inactive'], fault: 'configuration' },
  'unknown-trunk': { sipStatus: 404, words: refusal['unknown-trunk'], fault: 'configuration' },
  'number-not-assigned': {
    sipStatus: 404,
    words: refusal['number-not-assigned'],
    fault: 'configuration',
  },
  // 503, so that the PBX goes on to somebody else, as for a trunk that is full
  'wallet-empty': { sipStatus: 503, words: refusal['wallet-empty'], fault: 'configuration' },
  'not-encrypted': {
    sipStatus: 488,
    words: refusal['not-encrypted'],
    fault: 'configuration',
  },
  'only-encrypted': {
    sipStatus: 488,
    words: refusal['only-encrypted'],
    fault: 'configuration',
  },
  'no-agent': { sipStatus: 480, words: refusal['no-agent'], fault: 'configuration' },
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
    const { words: reason, fault } = refusals[facts.refusal];
    return is(say(outcome.refused, { reason }), fault);
  }
  if (facts.cannotResume) {
    const { words: reason, fault } = refusals[facts.cannotResume];
    return is(say(outcome.cannotResume, { reason }), fault);
  }
  if (facts.cutByRestart) return is(outcome.restart, 'offhook');
  if (facts.agent === 'never started' || facts.agent === 'died') {
    const failure = agentFailed({ agent: facts.agent, agentFailure: facts.agentFailure });
    return is(transferredTo ? say(outcome.agentFailedTransferred, { failure, target }) : failure, 'agent');
  }
  if (transferredTo) return is(say(outcome.transferred, { target }), 'none');
  if (
    transfer &&
    transfer.result !== null &&
    transfer.result !== 'caller gone' &&
    !transfer.callerStillHere
  ) {
    return is(say(outcome.transferFailed, { target, result: transfer.result }), 'pbx');
  }
  if (transfer?.result === 'caller gone') return is(say(outcome.callerGone, { target }), 'caller');
  if (!end || end.by === 'unseen') return is(outcome.lost, 'offhook');
  if (facts.hungUpBy !== null)
    return is(outcome[facts.hungUpBy], facts.hungUpBy === 'time limit' ? 'configuration' : 'none');
  const cause = end.causeText;
  if (!facts.answered) {
    if (end.by === 'caller') return is(outcome.noAnswer, 'caller');
    return is(say(outcome.neverAnswered, { cause }), 'offhook');
  }
  if (end.by === 'caller') return is(outcome.caller, 'none');
  if (failureCauses.has(end.cause)) return is(say(outcome.pbxLost, { cause }), 'pbx');
  return is(say(end.by === 'us' ? outcome.us : outcome.switch, { cause }), 'offhook');
};

const agentFailed = (facts: {
  agent: 'never started' | 'died';
  agentFailure: BotFailureKind | null;
}): string => {
  if (facts.agentFailure === 'silent') return agentFailure.neverSpoke;
  return facts.agentFailure === null
    ? agentFailure[facts.agent]
    : say(agentFailure[`${facts.agent} because`], { why: botFailure[facts.agentFailure] });
};
