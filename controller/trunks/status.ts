/**
 * The status of a trunk in native extension mode, in the product's words, as a pure function of what the switch says.
 *
 *              ┌──────────── retry, Re-register ────────────┐
 *   inactive ⇄ connecting ──▶ registered ──▶ failed ◀───────┘
 *
 * A failure stays on the screen while the next attempt runs: only `registered` takes it away.
 */
import type { TrunkStatus } from '../contract/trunk.ts';
import type { RegistrationFailure, RegistrationState, Transport } from '../switch/port.ts';
import { explainTls } from './tls-words.ts';

/** What the status is about: the words name the PBX and the extension that the admin typed in. */
export type StatusSubject = { extension: string; domain: string; port: number; transport: Transport };

export const inactive = (at: Date): TrunkStatus => ({
  state: 'inactive',
  text: 'Inactive',
  check: '',
  since: at.toISOString(),
  nextAttemptAt: null,
});

export const connecting = (at: Date, check = ''): TrunkStatus => ({
  state: 'connecting',
  text: 'Connecting',
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
            text: `Registered as ext ${subject.extension}`,
            check: '',
            since: at.toISOString(),
            nextAttemptAt: null,
          };
    case 'failed': {
      const { reason, check } = explain(report.failure, subject);
      const text = `Failed — ${reason}`;
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
  switch (failure.kind) {
    case 'authentication':
      return {
        reason: 'Authentication required',
        check: `The PBX did not accept the username or password of extension ${extension}. Enter them again as the PBX shows them (some PBXes use an authentication ID of their own), then press Re-register.`,
      };
    case 'forbidden':
      return {
        reason: 'Forbidden (403)',
        check: `The PBX knows who we are and does not let us register. Check on the PBX that extension ${extension} is enabled, may register from this network, and that our address is not blocked.`,
      };
    case 'unknown-extension':
      return {
        reason: 'Unknown extension (404)',
        check: `The PBX has no extension ${extension}, or serves another SIP domain than ${domain}. Check the extension number and the PBX SIP Domain.`,
      };
    case 'no-answer':
      return {
        reason: 'No answer from the PBX',
        check: `Nothing came back from ${place} over ${wire}. Check the PBX SIP Domain, port and transport, and that the PBX's firewall lets this machine in.`,
      };
    case 'refused':
      return {
        reason: 'Connection refused',
        check: `${domain} is there, but nothing listens on port ${port} over ${wire}. Check port and transport, and that the PBX's SIP service runs.`,
      };
    case 'name-not-found':
      return {
        reason: 'Name not found',
        check: `DNS has no address for ${domain}. Check the spelling of the PBX SIP Domain, and that this machine's DNS can resolve it.`,
      };
    case 'tls':
      return explainTls(failure.tls ?? { problem: 'handshake', detail: failure.detail }, { domain, port });
    case 'configuration':
      return {
        reason: 'The switch did not take the change',
        check: `What was there before is live still. The switch said: ${plain(failure.detail)}`,
      };
    case 'other':
      return {
        reason: failure.sipStatus ? `The PBX answered ${failure.sipStatus}` : 'The registration did not work',
        check: `The PBX or the switch said: ${plain(failure.detail)}`,
      };
  }
};
