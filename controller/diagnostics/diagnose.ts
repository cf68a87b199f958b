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
import { outcome } from '../contract/texts/call.ts';
import { credentialsWhy, diagnosed } from '../contract/texts/diagnostics.ts';
import { say } from '../contract/texts/sentence.ts';
import { failureReason, trunkStatus } from '../contract/texts/trunk-status.ts';
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
      text: diagnosed.inactive,
      check: diagnosed.activate,
    };
  if (name !== null) {
    const isOfTrunk = number !== null && number.agentId === null;
    const sentence = isOfTrunk ? diagnosed.answeredByTrunk : diagnosed.answeredBy;
    return { ok: true, text: say(sentence, { agent: name }), check: '' };
  }
  return {
    ok: false,
    text: number === null ? diagnosed.noAgentOfTrunk : diagnosed.noAgentOfNumber,
    check: diagnosed.linkAgent,
  };
};

/** Only what the PBX has said counts; a PBX that says nothing has said nothing about the password. */
export const credentialsOf = (
  status: TrunkStatus,
  isRegisteredHere: boolean,
): DiagnosticsHealth['credentialsValid'] => {
  switch (status.state) {
    case 'registered':
      return { value: 'yes', why: say(credentialsWhy.accepted, { since: status.since }) };
    case 'failed':
      return status.text === say(trunkStatus.failed, { reason: failureReason.authentication })
        ? { value: 'no', why: credentialsWhy.refused }
        : { value: 'unknown', why: say(credentialsWhy.notSoFar, { status: status.text }) };
    case 'active':
      if (isWrongPassword(status)) return { value: 'no', why: status.check };
      return isRegisteredHere
        ? { value: 'yes', why: credentialsWhy.registeredHere }
        : { value: 'unknown', why: credentialsWhy.onlyCalls };
    case 'waiting':
      return isWrongPassword(status)
        ? { value: 'no', why: status.check }
        : { value: 'unknown', why: credentialsWhy.notRegistered };
    case 'connecting':
      return { value: 'unknown', why: credentialsWhy.notAnswered };
    case 'inactive':
      return { value: 'unknown', why: credentialsWhy.inactive };
  }
};

/** The PBX has been refused since it registered: what stands was made with a password that no longer counts. */
const isWrongPassword = ({ check }: TrunkStatus): boolean => /with a wrong password/.test(check);

export const toDiagnosed = (call: PastCall): DiagnosedCall => ({
  callId: call.id,
  at: call.offeredAt,
  callerNumber: call.callerNumber,
  calledNumber: call.calledNumber,
  outcome: call.outcome ?? outcome.underWay,
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
