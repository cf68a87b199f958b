/**
 * The status of a SIP trunk, in the product's words, as a pure function of what the switch has told of its PBX.
 *
 *   inactive ⇄ waiting ⇄ active
 *
 * `Active` is a registration that stands. A PBX that never registers and only sends calls is active for an hour after
 * each of them, and for three minutes after each OPTIONS from an address that is its own alone.
 */
import { say } from '../contract/texts/sentence.ts';
import {
  elapsed,
  pbxRejected,
  rejectionAdvice,
  sipTrunkAdvice,
  trunkStatus,
} from '../contract/texts/trunk-status.ts';
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

const texts = {
  inactive: trunkStatus.inactive,
  waiting: trunkStatus.waiting,
  active: trunkStatus.active,
} as const;

const checkOf = (signs: PbxSigns, state: 'waiting' | 'active', isOverTls: boolean, now: Date): string => {
  const { fault, rejection, ended } = signs;
  if (fault !== null) return say(sipTrunkAdvice.notTaken, { said: fault });
  const sentences: string[] = [];
  if (rejection !== null && now.getTime() - rejection.at.getTime() < rejectionCountsMs)
    sentences.push(rejected(rejection, now), rejectionAdvice[rejection.reason]);
  if (state === 'waiting' && sentences.length === 0) {
    if (ended !== null)
      sentences.push(
        say(ended.reason === 'expired' ? sipTrunkAdvice.expired : sipTrunkAdvice.takenBack, {
          time: ago(ended.at, now),
        }),
      );
    else if (signs.lastCallAt !== null)
      sentences.push(say(sipTrunkAdvice.onlyCalls, { time: ago(signs.lastCallAt, now) }));
    else sentences.push(sipTrunkAdvice.nothingYet);
    // no switch tells of a connection that ended before its first message
    if (isOverTls && signs.lastCallAt === null) sentences.push(sipTrunkAdvice.untrusted);
  }
  return sentences.join(' ');
};

const rejected = ({ reason, sourceAddress, at }: Rejection, now: Date): string =>
  say(pbxRejected[reason], { time: ago(at, now), address: shownAddress(sourceAddress) });

/** It comes from the switch; only what an address consists of is shown. */
const shownAddress = (address: string): string => address.replace(/[^0-9a-f:.]/gi, '').slice(0, 45);

const ago = (then: Date, now: Date): string => {
  const seconds = Math.max(0, Math.round((now.getTime() - then.getTime()) / 1000));
  if (seconds < 120) return say(elapsed.seconds, { count: seconds });
  if (seconds < 7200) return say(elapsed.minutes, { count: Math.round(seconds / 60) });
  return say(elapsed.hours, { count: Math.round(seconds / 3600) });
};
