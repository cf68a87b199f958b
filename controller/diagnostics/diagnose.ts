/** Puts the diagnostics of a trunk or a number together, from what is stored and how the trunk is. Asks no switch. */
import type { PastCall } from '../contract/call.ts';
import type {
  DiagnosedCall,
  DiagnosedError,
  Diagnostics,
  DiagnosticsHealth,
} from '../contract/diagnostics.ts';
import type { PhoneNumberBinding } from '../contract/number.ts';
import { adviceOf, switchAdvice } from '../contract/problems.ts';
import type { TransferSupport, TrunkStatus } from '../contract/trunk.ts';
import type { TrunkEvent } from '../db/trunk-event-store.ts';

/** A trunk as far as this goes. */
export type DiagnosedTrunk = {
  id: string;
  agentId: string | null;
  active: boolean;
  transferSupport: TransferSupport;
};

export type Findings = {
  trunk: DiagnosedTrunk;
  number: PhoneNumberBinding | null;
  status: TrunkStatus;
  /** a SIP trunk whose PBX is registered here with its password */
  isRegisteredHere: boolean;
  agentName: (agentId: string) => string | null;
  /** of the trunk or the number, latest first: the last one ever, those of 24 hours, and of these the faulty ones */
  lastCall: PastCall | null;
  calls: readonly PastCall[];
  faultyCalls: readonly PastCall[];
  events: readonly TrunkEvent[];
};

const shownCalls = 10;
const shownErrors = 5;

export const diagnose = (findings: Findings): Diagnostics => {
  const { trunk, number, status, calls, lastCall } = findings;
  return {
    trunkId: trunk.id,
    numberId: number?.id ?? null,
    health: {
      assignment: assignmentOf(findings),
      registration: status,
      credentialsValid: credentialsOf(status, findings.isRegisteredHere),
      lastCall: lastCall === null ? null : toDiagnosed(lastCall),
      transfers: trunk.transferSupport,
    },
    calls: calls.slice(0, shownCalls).map(toDiagnosed),
    errors: [...findings.faultyCalls.flatMap(errorOfCall), ...findings.events.map(errorOfEvent)]
      .sort((one, other) => other.at.localeCompare(one.at))
      .slice(0, shownErrors),
  };
};

const assignmentOf = ({ trunk, number, agentName }: Findings): DiagnosticsHealth['assignment'] => {
  const agentId = number?.agentId ?? trunk.agentId;
  const name = agentId === null ? null : agentName(agentId);
  if (!trunk.active)
    return {
      ok: false,
      text: 'The trunk is deactivated',
      check: 'Activate the trunk: until then it takes no calls.',
    };
  if (name !== null) {
    const by = number !== null && number.agentId === null ? "the trunk's agent " : '';
    return { ok: true, text: `Answered by ${by}${name}`, check: '' };
  }
  return {
    ok: false,
    text:
      number === null ? 'No agent is linked to the trunk' : 'Neither the number nor its trunk has an agent',
    check: 'Link an agent on the Telephony tab; calls are refused until then.',
  };
};

/** Only what the PBX has said counts; a PBX that says nothing has said nothing about the password. */
export const credentialsOf = (
  status: TrunkStatus,
  isRegisteredHere: boolean,
): DiagnosticsHealth['credentialsValid'] => {
  switch (status.state) {
    case 'registered':
      return { value: 'yes', why: `The PBX accepted the registration (since ${status.since}).` };
    case 'failed':
      return status.text === 'Failed — Authentication required'
        ? { value: 'no', why: 'The PBX refused the username or password.' }
        : { value: 'unknown', why: `The registration did not come as far as the password: ${status.text}.` };
    case 'active':
      if (isWrongPassword(status)) return { value: 'no', why: status.check };
      return isRegisteredHere
        ? { value: 'yes', why: 'The PBX registered here with its password.' }
        : { value: 'unknown', why: 'The PBX sends calls without registering: no password is used.' };
    case 'waiting':
      return isWrongPassword(status)
        ? { value: 'no', why: status.check }
        : { value: 'unknown', why: 'The PBX is not registered here.' };
    case 'connecting':
      return { value: 'unknown', why: 'The PBX has not answered the registration yet.' };
    case 'inactive':
      return { value: 'unknown', why: 'The trunk is deactivated and does not register.' };
  }
};

/** The PBX has been refused since it registered: what stands was made with a password that no longer counts. */
const isWrongPassword = ({ check }: TrunkStatus): boolean => /with a wrong password/.test(check);

export const toDiagnosed = (call: PastCall): DiagnosedCall => ({
  callId: call.id,
  at: call.offeredAt,
  callerNumber: call.callerNumber,
  calledNumber: call.calledNumber,
  outcome: call.outcome ?? 'Under way',
  fault: call.fault,
  isTest: call.isTest,
  advice: adviceOf(call.outcome, call.fault),
});

const errorOfCall = (call: PastCall): DiagnosedError[] => {
  const advice = adviceOf(call.outcome, call.fault);
  if (advice === null || call.outcome === null) return [];
  return [
    {
      at: call.endedAt ?? call.offeredAt,
      source: call.fault === 'agent' ? 'agent' : 'call',
      text: call.outcome,
      ...advice,
      callId: call.id,
    },
  ];
};

const errorOfEvent = ({ at, kind, text, check }: TrunkEvent): DiagnosedError => ({
  at: at.toISOString(),
  source: kind,
  text,
  cause: kind === 'switch' ? switchAdvice.cause : text,
  check,
  callId: null,
});
