/**
 * What to do about what went wrong: one table for diagnostics, history and screens. A call is known by the words of its
 * outcome (calls/outcome.ts); those of registrations come with their status (trunks/status.ts).
 */
import type { Fault, TransferResult } from './call.ts';

/** `cause`: what happened, for somebody who runs a PBX; `check`: what he looks at first. */
export type Advice = { cause: string; check: string };

const table: readonly [begins: string, advice: Advice][] = [
  [
    'Refused: over the concurrent-call limit',
    {
      cause: 'As many calls as the trunk allows were already up, and the PBX was told 503.',
      check: "Raise the trunk's concurrent-call limit, or let the PBX queue or overflow such calls.",
    },
  ],
  [
    'Refused: the trunk is deactivated',
    {
      cause: 'The trunk is deactivated and takes no calls.',
      check: 'Activate the trunk, or take it out of the routes of the PBX.',
    },
  ],
  [
    'Refused: the trunk is not configured',
    {
      cause: 'The PBX called a trunk that Offhook does not have any more.',
      check: 'Take the extension or trunk out of the routes of the PBX, or set it up here again.',
    },
  ],
  [
    'Refused: the number is not assigned',
    {
      cause: 'The number is one of ours, but neither it nor its trunk has an agent.',
      check: 'Assign an agent to the number, or link one to the trunk on the Telephony tab of the agent.',
    },
  ],
  [
    'Refused: no agent is linked',
    {
      cause: 'No agent is linked to the trunk.',
      check: 'Link an agent to the trunk on its Telephony tab.',
    },
  ],
  [
    'Refused: the wallet is empty',
    {
      cause: 'The prepaid credit of the workspace is used up.',
      check: 'Top up the wallet, or switch prepaid credit off for the workspace.',
    },
  ],
  [
    'Refused:',
    {
      cause: 'The call was refused before it was answered; the outcome says why.',
      check: 'Change what the outcome names, on the trunk or on the PBX.',
    },
  ],
  [
    'Ended after a restart',
    {
      cause: 'Offhook was restarted in the call and no longer had the trunk or an agent for it.',
      check: 'Check that the trunk still exists and that an agent is linked to it.',
    },
  ],
  [
    'Reached us, agent never',
    {
      cause: 'The call reached Offhook, but its agent did not come up.',
      check: "Check the agent's address and credentials, that its server runs, and /readyz for speech.",
    },
  ],
  [
    'Agent failed',
    {
      cause: 'The agent failed in the middle of the call.',
      check:
        "Look at the agent's own log at that time; set a fallback extension so that callers reach somebody.",
    },
  ],
  [
    'Lost with the switch',
    {
      cause: 'The switch was restarted or died in the call.',
      check: "Look at the switch's log and at the machine: memory, restarts, upgrades at that time.",
    },
  ],
  [
    'Ended at the maximum duration',
    {
      cause: 'The call reached the longest duration that its agent allows.',
      check: "Raise the agent's maximum duration if such calls are meant to go on.",
    },
  ],
  [
    'Connection to the PBX lost',
    {
      cause: 'Signalling or audio with the PBX broke off.',
      check:
        "Check the network and firewall between the PBX and this machine, both for SIP and for RTP's ports.",
    },
  ],
  [
    'Ended before it was answered',
    {
      cause: 'The call ended on our side before it could be answered.',
      check: "Look at the call's SIP messages, and at /readyz and the log at that time.",
    },
  ],
  [
    'Ended by a restart',
    {
      cause: 'Offhook was restarted in a conversation from the browser, which lives in Offhook itself.',
      check:
        'Talk to the agent again. Calls on trunks go on over a restart. If nobody restarted Offhook, look at the log at that time.',
    },
  ],
  [
    'Ended by',
    {
      cause: 'The call was ended on our side without anybody asking for it.',
      check: "Look at the call's timeline and SIP messages, and at the log at that time.",
    },
  ],
];

const transfers: readonly [ends: string, advice: Advice][] = [
  [
    'busy',
    {
      cause: 'The target was busy, and the PBX had taken the caller already.',
      check: 'Use the transfer mode attended for this trunk: then a busy target gives the caller back.',
    },
  ],
  [
    'no answer',
    {
      cause: 'Nobody answered at the target, and the PBX had taken the caller already.',
      check: "Set a forward or voice mail on the target's extension, or use the transfer mode attended.",
    },
  ],
  [
    'not permitted',
    {
      cause: 'The PBX does not let this extension transfer.',
      check:
        'Allow transfers (REFER, blind transfer) for the extension on the PBX, or use the transfer mode bridge.',
    },
  ],
  [
    'no such extension',
    {
      cause: 'The PBX does not know the extension.',
      check: 'Correct the extension in the directory, or create it on the PBX.',
    },
  ],
  [
    'declined',
    {
      cause: 'The PBX, or the target, declined the call.',
      check: "Check the PBX's transfer permissions and the target's do-not-disturb.",
    },
  ],
  [
    'PBX silent',
    {
      cause: 'The PBX did not say what became of the transfer.',
      check: "Look at the call's SIP messages; a PBX that ignores REFER needs the transfer mode bridge.",
    },
  ],
];

/** What to do about a transfer that did not work. */
export const transferAdviceOf = (result: TransferResult): Advice =>
  transfers.find(([ends]) => ends === result)?.[1] ?? unknownFault;

const unknownFault: Advice = {
  cause: 'The call did not go as it should.',
  check: "Look at the call's timeline and SIP messages.",
};

/** null: nothing went wrong that anybody here could mend. */
export const adviceOf = (outcome: string | null, fault: Fault | null): Advice | null => {
  if (outcome === null || fault === null || fault === 'none' || fault === 'caller') return null;
  if (outcome.startsWith('Transfer to'))
    return transfers.find(([ends]) => outcome.endsWith(`failed: ${ends}`))?.[1] ?? unknownFault;
  return table.find(([begins]) => outcome.startsWith(begins))?.[1] ?? unknownFault;
};

export const switchAdvice: Advice = {
  cause: 'Offhook had no connection to its switch: no call could be taken.',
  check: 'Look at /readyz and the log at that time; the switch is started again by itself when it is ours.',
};
