/**
 * The status of a SIP trunk, in the product's words, as a pure function of what the switch has told of its PBX.
 *
 *   inactive ⇄ waiting ⇄ active
 *
 * `Active` is a registration that stands. A PBX that never registers and only sends calls is active for an hour after
 * each of them, and for three minutes after each OPTIONS from an address that is its own alone.
 */
import type { TrunkStatus } from '../contract/trunk.ts';
import type { PbxRejection } from '../switch/pbx-rejection.ts';
import type { PbxRegistration } from '../switch/port.ts';

export type Rejection = { reason: PbxRejection; sourceAddress: string; at: Date };

/** What is known of one PBX. */
export type PbxSigns = {
  registration: PbxRegistration | null;
  /** how the last registration went, if there was one */
  ended: { reason: 'taken back' | 'expired'; at: Date } | null;
  lastCallAt: Date | null;
  lastOptionsAt: Date | null;
  rejection: Rejection | null;
  /** why the switch does not have this trunk; null when it has */
  fault: string | null;
};

export const noSigns: PbxSigns = {
  registration: null,
  ended: null,
  lastCallAt: null,
  lastOptionsAt: null,
  rejection: null,
  fault: null,
};

const callCountsMs = 3_600_000;
const optionsCountMs = 180_000;
/** an attempt that was refused longer ago than this says nothing about now */
const rejectionCountsMs = 900_000;

/** Until when the signs make a trunk active; null when they do not. */
export const activeUntil = (signs: PbxSigns): Date | null => {
  const ends = [
    signs.registration?.expiresAt.getTime() ?? 0,
    (signs.lastCallAt?.getTime() ?? Number.NEGATIVE_INFINITY) + callCountsMs,
    (signs.lastOptionsAt?.getTime() ?? Number.NEGATIVE_INFINITY) + optionsCountMs,
  ];
  const last = Math.max(...ends);
  return Number.isFinite(last) && last > 0 ? new Date(last) : null;
};

/** The status now. `before` keeps its `since` while the words stay. */
export const sipTrunkStatus = (options: {
  isActive: boolean;
  /** its PBX may come over TLS only */
  isOverTls?: boolean;
  signs: PbxSigns;
  before: TrunkStatus | null;
  now: Date;
}): TrunkStatus => {
  const { isActive, isOverTls = false, signs, before, now } = options;
  const until = activeUntil(signs);
  const state = !isActive ? 'inactive' : until !== null && until > now ? 'active' : 'waiting';
  const text = texts[state];
  const check = state === 'inactive' ? '' : checkOf(signs, state, isOverTls, now);
  const since = before?.state === state ? before.since : now.toISOString();
  return { state, text, check, since, nextAttemptAt: null };
};

const texts = { inactive: 'Inactive', waiting: 'Waiting for PBX', active: 'Active' } as const;

const checkOf = (signs: PbxSigns, state: 'waiting' | 'active', isOverTls: boolean, now: Date): string => {
  const { fault, rejection, ended } = signs;
  if (fault !== null) return `The switch did not take this trunk: ${fault}`;
  const sentences: string[] = [];
  if (rejection !== null && now.getTime() - rejection.at.getTime() < rejectionCountsMs)
    sentences.push(`${rejected(rejection, now)} ${rejectionAdvice[rejection.reason]}`);
  if (state === 'waiting' && sentences.length === 0) {
    if (ended !== null)
      sentences.push(
        ended.reason === 'expired'
          ? `The PBX did not refresh its registration, which ended ${ago(ended.at, now)} ago. Check that the PBX runs, and that its firewall keeps the port open between two registrations.`
          : `The PBX took its registration back ${ago(ended.at, now)} ago. Check that the trunk is enabled on the PBX.`,
      );
    else if (signs.lastCallAt !== null)
      sentences.push(
        `The PBX is not registered, and its last call was ${ago(signs.lastCallAt, now)} ago. One that only sends calls is shown as Active for an hour after each.`,
      );
    else
      sentences.push(
        'Nothing has come from the PBX yet. Enter the values of the guide there; it must reach this machine on the port that the guide names.',
      );
    // no switch tells of a connection that ended before its first message
    if (isOverTls && signs.lastCallAt === null)
      sentences.push(
        'A PBX that does not trust Offhook’s certificate breaks the TLS connection off before it says who it is: its own log names the certificate then; download it under Connection details.',
      );
  }
  return sentences.join(' ');
};

const rejected = ({ reason, sourceAddress, at }: Rejection, now: Date): string => {
  const when = `${ago(at, now)} ago from ${shownAddress(sourceAddress)}`;
  switch (reason) {
    case 'wrong-password':
      return `The PBX tried with a wrong password ${when}.`;
    case 'address-not-allowed':
      return `Somebody used this trunk's username ${when}, an address that is not allowed.`;
    case 'address-of-another':
      return `The PBX called ${when}, an address on another trunk's IP allowlist.`;
    case 'unknown-user':
      return `Somebody tried with an unknown username ${when}.`;
    case 'without-tls':
      return `The PBX came without TLS ${when}, and this trunk takes TLS only.`;
    case 'over-tls':
      return `The PBX came over TLS ${when}, and this trunk is set to another transport.`;
    case 'trunk-inactive':
      return `The PBX tried ${when}, while this trunk was deactivated.`;
  }
};

export const rejectionAdvice: Readonly<Record<PbxRejection, string>> = {
  'wrong-password':
    'Copy the password into the PBX again; when nobody has it any more, rotate it and enter the new one.',
  'address-not-allowed': 'If that is the PBX, add the address to the allowed addresses.',
  'address-of-another':
    'Such an address is asked for no password, so its calls can only be that trunk’s: take it off that list, or set both trunks to credentials and allowlist.',
  'unknown-user': 'If that is the PBX, copy the username into its Authentication ID again.',
  'without-tls': 'Set the transport of the trunk on the PBX to TLS, with the TLS port that the guide names.',
  'over-tls':
    'Set this trunk’s transport to TLS here, or the PBX’s to UDP or TCP with the port that the guide names.',
  'trunk-inactive': 'Activate the trunk, or take it out of the routes of the PBX.',
};

/** It comes from the switch; only what an address consists of is shown. */
const shownAddress = (address: string): string => address.replace(/[^0-9a-f:.]/gi, '').slice(0, 45);

const ago = (then: Date, now: Date): string => {
  const seconds = Math.max(0, Math.round((now.getTime() - then.getTime()) / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
};
