/** How a call ended, and what to do about it. */
export const outcome = {
  refused: 'Refused: {reason:refusal}',
  cannotResume: 'Ended after a restart: {reason:refusal}',
  restart: 'Ended by a restart of Offhook',
  agentFailed: '{failure:agentFailure}',
  agentFailedTransferred: '{failure:agentFailure}; transferred to {target}',
  transferred: 'Transferred to {target}',
  transferFailed: 'Transfer to {target} failed: {result:transferResult}',
  callerGone: 'Caller hung up during the transfer to {target}',
  lost: 'Lost with the switch',
  agent: 'Agent hung up',
  operator: 'Hung up from the monitor',
  silence: 'Ended after silence',
  'time limit': 'Ended at the maximum duration',
  noAnswer: 'No answer',
  neverAnswered: 'Ended before it was answered ({cause})',
  caller: 'Caller hung up',
  pbxLost: 'Connection to the PBX lost ({cause})',
  us: 'Ended by Offhook ({cause})',
  switch: 'Ended by the switch ({cause})',
  underWay: 'Under way',
} as const;

/** Why a call is refused before it is answered. */
export const refusal = {
  'over-limit': 'over the concurrent-call limit',
  'trunk-inactive': 'the trunk is deactivated',
  'unknown-trunk': 'the trunk is not configured',
  'number-not-assigned': 'the number is not assigned to an agent',
  'wallet-empty': 'the wallet is empty',
  'not-encrypted': 'the PBX offered no encrypted audio (SRTP), which the trunk requires',
  'only-encrypted': 'the PBX takes encrypted audio (SRTP) only, which is off for the trunk',
  'no-agent': 'no agent is linked to the trunk',
} as const;

export const agentFailure = {
  neverSpoke: 'Reached us, agent never spoke',
  'never started': 'Reached us, agent never started',
  'never started because': 'Reached us, agent never started: {why:botFailure}',
  died: 'Agent failed',
  'died because': 'Agent failed: {why:botFailure}',
} as const;

/** Said of a bot that failed: `Agent failed: …`. */
export const botFailure = {
  refused: 'its bot refused the connection',
  unreachable: 'its bot could not be reached',
  slow: 'its bot was not ready in time',
  silent: 'its bot never spoke',
  mute: 'its bot stopped answering',
  speechless: 'speech stopped working',
  lost: 'the connection to its bot was lost',
  malformed: 'its bot sent what cannot be understood',
  flooding: 'its bot sent more than can be taken',
  'gave up': 'its bot gave up',
} as const;

export const transferResult = {
  transferred: 'transferred',
  busy: 'busy',
  'no answer': 'no answer',
  declined: 'declined',
  'not permitted': 'not permitted',
  'no such extension': 'no such extension',
  'PBX silent': 'PBX silent',
  'caller gone': 'caller gone',
} as const;
