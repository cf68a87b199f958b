/** One call as we keep it, and what Asterisk's own description of its channel says. Pure. */
import type { LiveChannel, MediaEncryption, MediaLeg } from '../switch/port.ts';
import type { AriChannel } from './ari-events.ts';
import type { ReferTrace } from './refer-trace.ts';
import { trunkVariable } from './trunk-objects.ts';

/** How a channel that was sent into the dialplan for a transfer came back, or did not. */
export type Return = { status: string; protocol: string } | 'back' | 'ended';

export type Call = {
  channel: LiveChannel;
  /** Asterisk's name of the channel */
  name: string;
  /** what its trunk wants */
  srtp: MediaEncryption;
  /** tells the call; null when it has been told */
  announce: (() => void) | null;
  endedBy: 'us' | 'caller' | null;
  isEndExpected: boolean;
  /** while it is being transferred */
  onReturn: ((what: Return) => void) | null;
  trace: ReferTrace | null;
  /** it came to this controller first */
  isNew: boolean;
  /** one opening of its audio at a time */
  opening: Promise<MediaLeg> | null;
  /** we placed it */
  dialled: boolean;
  /** the other leg of a pair that we bridged */
  partnerId: string | null;
};

/** `PJSIP/<endpoint>-<8 hex digits>` (chan_pjsip.c, chan_pjsip_new): nothing that a caller sends can change it. */
export const trunkOfChannelName = (name: string): string | null =>
  /^PJSIP\/([a-z0-9-]{1,40})-[0-9a-f]{8}$/.exec(name)?.[1] ?? null;

/** `PJSIP/<endpoint>-…` */
export const endpointOf = (name: string): string | null =>
  /^PJSIP\/(.+)-[0-9a-f]{8}$/.exec(name)?.[1] ?? null;

/** A SIP trunk's endpoint has its trunk in a variable (trunk-objects.ts); no other channel has that. */
const trunkOfSipTrunk = (channel: AriChannel): string | null => {
  const trunkId = channel.channelvars?.[trunkVariable] ?? '';
  return /^[a-z0-9][a-z0-9-]{0,39}$/.test(trunkId) ? trunkId : null;
};

/** The trunk that a channel belongs to; null when it is none of ours. */
export const trunkOf = (channel: AriChannel): string | null =>
  trunkOfSipTrunk(channel) ?? trunkOfChannelName(channel.name);

/** '' for a call that came to us. */
export const dialledNumberOf = (channel: AriChannel): string =>
  channel.channelvars?.['OFFHOOK_DIALLED'] ?? '';

/** A PBX that calls the name that it knows of us instead of the number, or none, has the number in To. */
const calledNumberOf = ({ channelvars, dialplan }: AriChannel, own: string | null): string => {
  // `exten` is what was dialled, also for a channel that an older dialplan of ours has let in
  const called = channelvars?.['OFFHOOK_CALLED'] || (dialplan.exten === 's' ? '' : dialplan.exten);
  if (own === null || (called !== '' && called !== own)) return called;
  return /sips?:([^@>;]*)@/i.exec(channelvars?.['OFFHOOK_TO'] ?? '')?.[1] ?? '';
};

/** A new call; null for a channel that is none of our trunks. */
export const callOf = (channel: AriChannel): Call | null => {
  const trunkId = trunkOf(channel);
  if (trunkId === null) return null;
  const { number, name } = channel.caller;
  const own = trunkOfSipTrunk(channel) === null ? null : endpointOf(channel.name);
  return {
    channel: {
      channelId: channel.id,
      trunkId,
      // a PBX that registers on us may put its own user name into From: that is nobody
      callerNumber: number === own ? '' : number,
      callerName: name === own ? '' : name,
      calledNumber: dialledNumberOf(channel) || calledNumberOf(channel, own),
      sipCallId: channel.protocol_id,
      answered: channel.state === 'Up',
    },
    name: channel.name,
    srtp: srtpOf(channel.channelvars?.['OFFHOOK_SRTP']),
    announce: null,
    endedBy: null,
    isEndExpected: false,
    onReturn: null,
    trace: null,
    isNew: false,
    opening: null,
    dialled: dialledNumberOf(channel) !== '',
    partnerId: null,
  };
};

/**
 * Whether a listed channel is a call that we know how to go on with: it has reached our application, or is where we sent
 * it. One that is still on its way will come by itself.
 */
export const isCall = (channel: AriChannel, appName: string): boolean => {
  if (trunkOf(channel) === null) return false;
  const { context, app_name: application, app_data: argument } = channel.dialplan;
  return (
    (application === 'Stasis' && argument.split(',')[0] === appName) ||
    ['offhook-refer', 'offhook-back', 'offhook-echo'].includes(context)
  );
};

/** `set_var` of the endpoint, accounts.ts */
const srtpOf = (value: string | undefined): Call['srtp'] =>
  value === 'required' || value === 'offered' ? value : 'off';
