/**
 * The status of a trunk in native extension mode, in the product's words, as a pure function of what the switch says.
 *
 *              ┌──────────── retry, Re-register ────────────┐
 *   inactive ⇄ connecting ──▶ registered ──▶ failed ◀───────┘
 *
 * A failure stays on the screen while the next attempt runs: only `registered` takes it away.
 */
import { say } from '../contract/texts/sentence.ts';
import { failureAdvice, failureReason, trunkStatus } from '../contract/texts/trunk-status.ts';
import type { TrunkStatus } from '../contract/trunk.ts';
import type { RegistrationFailure, RegistrationState, Transport } from '../switch/port.ts';
import { explainTls } from './tls-words.ts';

/** What the status is about: the words name the PBX and the extension that the admin typed in. */
export type StatusSubject = { extension: string; domain: string; port: number; transport: Transport };

export const inactive = (at: Date): TrunkStatus => ({
  state: 'inactive',
  text: trunkStatus.inactive,
  check: '',
  since: at.toISOString(),
  nextAttemptAt: null,
});

export const connecting = (at: Date, check = ''): TrunkStatus => ({
  state: 'connecting',
  text: trunkStatus.connecting,
  check,
  since: at.toISOString(),
  nextAttemptAt: null,
});

/** The status after the switch reported `report`; the same object when nothing changes. */
export const nextStatus = (
  status: TrunkStatus,
  report: RegistrationState,
  subject: StatusSubject,
  at: Date,
): TrunkStatus => {
  if (status.state === 'inactive') return status;
  switch (report.phase) {
    case 'registered':
      return status.state === 'registered'
        ? status
        : {
            state: 'registered',
            text: say(trunkStatus.registered, { extension: subject.extension }),
            check: '',
            since: at.toISOString(),
            nextAttemptAt: null,
          };
    case 'failed': {
      const { reason, check } = explain(report.failure, subject);
      const text = say(trunkStatus.failed, { reason });
      return status.state === 'failed' && status.text === text
        ? status
        : { state: 'failed', text, check, since: at.toISOString(), nextAttemptAt: null };
    }
    case 'trying':
    case 'unregistered':
      return status.state === 'registered' && report.phase === 'unregistered' ? connecting(at) : status;
  }
};

const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);

/** The reason in the status line and what the PBX admin should look at. */
export const explain = (
  failure: RegistrationFailure,
  { extension, domain, port, transport }: StatusSubject,
): { reason: string; check: string } => {
  const place = `${domain}:${port}`;
  const wire = transport.toUpperCase();
  const said = plain(failure.detail);
  switch (failure.kind) {
    case 'authentication':
      return {
        reason: failureReason.authentication,
        check: say(failureAdvice.authentication, { extension }),
      };
    case 'forbidden':
      return { reason: failureReason.forbidden, check: say(failureAdvice.forbidden, { extension }) };
    case 'unknown-extension':
      return {
        reason: failureReason.unknownExtension,
        check: say(failureAdvice.unknownExtension, { extension, domain }),
      };
    case 'no-answer':
      return {
        reason: failureReason.noAnswer,
        check: say(failureAdvice.noAnswer, { place, transport: wire }),
      };
    case 'refused':
      return {
        reason: failureReason.refused,
        check: say(failureAdvice.refused, { domain, port, transport: wire }),
      };
    case 'name-not-found':
      return { reason: failureReason.nameNotFound, check: say(failureAdvice.nameNotFound, { domain }) };
    case 'tls':
      return explainTls(failure.tls ?? { problem: 'handshake', detail: failure.detail }, { domain, port });
    case 'configuration':
      return { reason: failureReason.configuration, check: say(failureAdvice.configuration, { said }) };
    case 'other':
      return {
        reason: failure.sipStatus
          ? say(failureReason.answered, { status: failure.sipStatus })
          : failureReason.other,
        check: say(failureAdvice.other, { said }),
      };
  }
};
