/**
 * FreeSWITCH's events, from JSON to types: only what we use, everything checked. Texts from the far side stay as
 * they are; whoever shows them escapes them. It keeps no state.
 */
import { z } from 'zod';
import { type Codec, type LegEnd, type LiveChannel, SwitchError } from '../switch/port.ts';
import { srtpOfferIn } from '../switch/srtp-offer.ts';

/** The names to subscribe to; subclasses of CUSTOM stand last. */
export const subscribedEvents = [
  'HEARTBEAT',
  'CHANNEL_PARK',
  'CHANNEL_PROGRESS',
  'CHANNEL_PROGRESS_MEDIA',
  'CHANNEL_HANGUP_COMPLETE',
  'DTMF',
  'CUSTOM',
  'sofia::gateway_state',
  'sofia::gateway_delete',
  'sofia::notify_refer',
] as const;

/** A variable that was set several times is an array (switch_event.c, switch_event_serialize_json_obj). */
const Text = z
  .union([z.string(), z.array(z.string()).transform((values) => values[0] ?? '')])
  .transform((text) => text.slice(0, 8192));
const OptionalText = Text.optional().transform((text) => text ?? '');
const Uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const Count = z.coerce.number().int().min(0).max(1_000_000);
const OptionalCount = Text.optional().transform((text) =>
  text && /^\d{1,6}$/.test(text) ? Number(text) : null,
);

export const trunkIdVariable = 'offhook_trunk_id';
export const extensionVariable = 'offhook_extension';
/** set before we end a channel, so that its end says who did it, also to a controller that started since */
export const endedByUsVariable = 'offhook_ended_by_us';
/** on legs that we placed: the number that was dialled */
export const dialledVariable = 'offhook_dialled';
/** on both legs of a pair that we bridged: the number of the dialled one */
export const bridgedVariable = 'offhook_bridged';
export const mediaPortVariable = 'offhook_media_port';

const ChannelFields = z.object({
  'Unique-ID': Uuid,
  'Answer-State': OptionalText,
  'Channel-State': OptionalText,
  'Caller-Caller-ID-Number': OptionalText,
  'Caller-Caller-ID-Name': OptionalText,
  'variable_sip_P-Asserted-Identity': OptionalText,
  'variable_sip_Remote-Party-ID': OptionalText,
  variable_sip_from_user: OptionalText,
  variable_sip_req_user: OptionalText,
  variable_sip_to_user: OptionalText,
  variable_sip_acl_token: OptionalText,
  variable_sip_network_ip: OptionalText,
  variable_offhook_sip_trunk_user: OptionalText,
  variable_sip_call_id: OptionalText,
  variable_offhook_trunk_id: OptionalText,
  variable_offhook_extension: OptionalText,
  variable_offhook_media_port: OptionalCount,
  variable_offhook_dialled: OptionalText,
  variable_offhook_bridged: OptionalText,
  variable_bridge_uuid: OptionalText,
  variable_read_codec: OptionalText,
  variable_switch_r_sdp: OptionalText,
  variable_sip_refer_target_status_code: OptionalCount,
});

/** What FreeSWITCH says about a channel: in CHANNEL_PARK and in the answer to `uuid_dump`. */
export type ChannelReport = {
  channel: LiveChannel;
  /** the unicast port that an earlier openMedia chose */
  mediaPort: number | null;
  readCodec: string;
  /** the far side's SDP names telephone-events (RFC 4733); true also where there is no SDP yet */
  offersTelephoneEvents: boolean;
  /** a REFER was answered for good: FreeSWITCH has ended the dialog (sofia.c, sofia_handle_sip_i_notify) */
  referEnded: boolean;
  hungUp: boolean;
  /** we placed it; a caller's call is none */
  dialled: boolean;
  /** a SIP trunk that was let in by its address alone; `fromUser` is whom From names */
  byAddress: { fromUser: string; sourceAddress: string } | null;
};

const trunkIdPattern = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** null: not a channel of ours. Throws a ZodError when it is none at all. */
export const parseChannel = (event: unknown): ChannelReport | null => {
  const fields = ChannelFields.parse(event);
  const trunkId = fields.variable_offhook_trunk_id;
  if (!trunkIdPattern.test(trunkId)) return null;
  const dialled = fields.variable_offhook_dialled;
  // without the second one a controller died before it could join them
  const bridgedTo = fields.variable_bridge_uuid === '' ? '' : fields.variable_offhook_bridged;
  return {
    dialled: dialled !== '',
    channel: {
      channelId: fields['Unique-ID'],
      trunkId,
      ...callerOf(fields),
      calledNumber: dialled || calledOf(fields),
      sipCallId: fields.variable_sip_call_id,
      answered: fields['Answer-State'] === 'answered',
      ...(bridgedTo === '' ? {} : { bridgedTo }),
      ...srtpOfferOf(fields.variable_switch_r_sdp),
    },
    mediaPort: fields.variable_offhook_media_port,
    readCodec: fields.variable_read_codec,
    offersTelephoneEvents:
      fields.variable_switch_r_sdp === '' || /telephone-event/i.test(fields.variable_switch_r_sdp),
    referEnded: fields.variable_sip_refer_target_status_code !== null,
    byAddress:
      fields.variable_sip_acl_token === ''
        ? null
        : { fromUser: fields.variable_sip_from_user, sourceAddress: fields.variable_sip_network_ip },
    hungUp: fields['Answer-State'] === 'hangup' || /HANGUP|REPORTING|DESTROY/.test(fields['Channel-State']),
  };
};

/** FreeSWITCH's name of a codec is that of SDP, in capitals for some and small letters for others. */
export const knownCodec = (name: string): Codec | null => {
  const upper = name.toUpperCase();
  return upper === 'PCMU' || upper === 'PCMA' || upper === 'G722' || upper === 'OPUS' ? upper : null;
};

const DialogFields = z.object({
  variable_sip_call_id: Text,
  variable_sip_to_tag: Text,
  variable_sip_from_tag: Text,
});

/** The dialog of a leg that we placed, from the answer to `uuid_dump`: our tag is the one of its From. */
export const parseDialog = (dump: string): { callId: string; toTag: string; fromTag: string } => {
  if (dump.startsWith('-')) throw new SwitchError('no-such-channel', dump.trim());
  const fields = DialogFields.parse(JSON.parse(dump));
  return {
    callId: fields.variable_sip_call_id,
    toTag: fields.variable_sip_to_tag,
    fromTag: fields.variable_sip_from_tag,
  };
};

/** Keys in a plain offer are of no use here: freeswitch-conf/dialplan/offhook.xml says why. */
const srtpOfferOf = (sdp: string) => {
  const srtpOffer = srtpOfferIn(sdp, false);
  return srtpOffer === null ? {} : { srtpOffer };
};

const userOf = (identity: string): string => identity.split('@', 1)[0] ?? '';
/** The user part of the URI in a header, with or without a display name. */
const uriUserOf = (header: string): string => /sips?:([^@>;]*)@/i.exec(header)?.[1] ?? '';

type Fields = z.infer<typeof ChannelFields>;

/**
 * P-Asserted-Identity, Remote-Party-ID, From. FreeSWITCH's own choice would be P-Preferred-Identity first (sofia.c,
 * sofia_handle_sip_i_invite), which only a phone sends to its proxy (RFC 3325 §9.2). A PBX that registers on us may put
 * its own user name into From: that is nobody.
 */
const callerOf = (fields: Fields): { callerNumber: string; callerName: string } => {
  const own = fields.variable_offhook_sip_trunk_user;
  const asserted = userOf(fields['variable_sip_P-Asserted-Identity']);
  const callerName = fields['Caller-Caller-ID-Name'];
  if (own === '') return { callerNumber: asserted || fields['Caller-Caller-ID-Number'], callerName };
  const from = fields.variable_sip_from_user;
  const callerNumber =
    asserted || uriUserOf(fields['variable_sip_Remote-Party-ID']) || (from === own ? '' : from);
  return { callerNumber, callerName: callerName === own ? '' : callerName };
};

/** A PBX that calls the contact it knows of us instead of the number has the number in To. */
const calledOf = (fields: Fields): string => {
  const own = fields.variable_offhook_sip_trunk_user;
  if (own === '') return fields.variable_offhook_extension;
  const requested = fields.variable_sip_req_user;
  // `nobody`: the Request-URI has no user (sofia.c, _url_set_chanvars)
  return ['', 'nobody', own].includes(requested) ? fields.variable_sip_to_user : requested;
};

const HangupFields = z.object({
  'Unique-ID': Uuid,
  'Hangup-Cause': OptionalText,
  variable_hangup_cause: OptionalText,
  variable_hangup_cause_q850: OptionalCount,
  variable_sip_hangup_disposition: OptionalText,
  variable_offhook_ended_by_us: OptionalText,
  variable_sip_invite_failure_status: OptionalCount,
  variable_sip_term_status: OptionalCount,
  variable_sip_refer_status_code: OptionalCount,
});

/**
 * FreeSWITCH's own causes above 127 all become 16, normal clearing (switch_channel.c, switch_channel_cause_q850). That
 * is right for a CANCEL and wrong for these, which are failures of the network: 38, out of order.
 */
const networkFailures = new Set(['MEDIA_TIMEOUT', 'GATEWAY_DOWN', 'INVALID_PROFILE', 'CRASH']);

const endOf = (fields: z.infer<typeof HangupFields>): LegEnd => {
  const causeText = fields['Hangup-Cause'] || fields.variable_hangup_cause || 'UNKNOWN';
  return {
    cause: networkFailures.has(causeText) ? 38 : (fields.variable_hangup_cause_q850 ?? 31),
    causeText,
    by: endedBy(fields.variable_sip_hangup_disposition, fields.variable_offhook_ended_by_us !== ''),
  };
};

const endedBy = (disposition: string, byUs: boolean): LegEnd['by'] => {
  // recv_bye, recv_cancel, recv_refuse: the far side was first, even when our own command was on its way
  if (disposition.startsWith('recv_')) return 'caller';
  return byUs ? 'us' : 'switch';
};

const GatewayFields = z.object({
  Gateway: z.string().regex(trunkIdPattern),
  State: Text,
  Status: Text.optional().transform((text) => (text && /^\d{1,6}$/.test(text) ? Number(text) : null)),
  Phrase: OptionalText,
});

const DtmfFields = z.object({
  'Unique-ID': Uuid,
  'DTMF-Digit': z.string().regex(/^[0-9*#A-D]$/i),
  /** INBAND_AUDIO, RTP, ENDPOINT (INFO), APP (switch_channel.c, switch_channel_dequeue_dtmf) */
  'DTMF-Source': OptionalText,
});

const NotifyFields = z.object({
  UniqueID: Uuid,
  'subscription-substate': OptionalText,
  _body: OptionalText,
});

export type GatewayReport = { trunkId: string; state: string; status: number | null; phrase: string };

export type FreeswitchEvent =
  | { type: 'parked'; report: ChannelReport }
  /** the target of a leg that we placed rings, or sends early media */
  | { type: 'progress'; channelId: string }
  /**
   * `sipStatus`: the final answer to our INVITE, of a leg that we placed and that was not answered; `referStatus`: to our
   * last REFER
   */
  | {
      type: 'hung-up';
      channelId: string;
      end: LegEnd;
      sipStatus: number | null;
      referStatus: number | null;
    }
  | { type: 'dtmf'; channelId: string; digit: string; isTone: boolean }
  | { type: 'gateway'; gateway: GatewayReport }
  | { type: 'gateway-deleted'; trunkId: string }
  | { type: 'refer-progress'; channelId: string; sipStatus: number | null; terminated: boolean };

/** The status line of a sipfrag (RFC 3420); null when it is none. */
export const sipfragStatus = (body: string): number | null => {
  const match = /^SIP\/2\.0 ([1-6]\d\d)(?:\s|$)/.exec(body.trimStart());
  return match ? Number(match[1]) : null;
};

/** null: an event that means nothing to us. Throws a ZodError for one that ought to and is malformed. */
export const parseEvent = (event: unknown): FreeswitchEvent | null => {
  const { 'Event-Name': name, 'Event-Subclass': subclass = '' } = EventName.parse(event);
  switch (name === 'CUSTOM' ? subclass : name) {
    case 'CHANNEL_PARK': {
      const report = parseChannel(event);
      return report && { type: 'parked', report };
    }
    case 'CHANNEL_PROGRESS':
    case 'CHANNEL_PROGRESS_MEDIA':
      return {
        type: 'progress',
        channelId: ChannelFields.shape['Unique-ID'].parse(ChannelName.parse(event)['Unique-ID']),
      };
    case 'CHANNEL_HANGUP_COMPLETE': {
      const fields = HangupFields.parse(event);
      const sipStatus = fields.variable_sip_invite_failure_status ?? fields.variable_sip_term_status;
      const referStatus = fields.variable_sip_refer_status_code;
      return { type: 'hung-up', channelId: fields['Unique-ID'], end: endOf(fields), sipStatus, referStatus };
    }
    case 'DTMF': {
      const fields = DtmfFields.parse(event);
      return {
        type: 'dtmf',
        channelId: fields['Unique-ID'],
        digit: fields['DTMF-Digit'].toUpperCase(),
        isTone: fields['DTMF-Source'] === 'INBAND_AUDIO',
      };
    }
    case 'sofia::gateway_state': {
      const fields = GatewayFields.parse(event);
      return {
        type: 'gateway',
        gateway: {
          trunkId: fields.Gateway,
          state: fields.State,
          status: fields.Status,
          phrase: fields.Phrase,
        },
      };
    }
    case 'sofia::gateway_delete':
      return {
        type: 'gateway-deleted',
        trunkId: GatewayFields.shape.Gateway.parse(GatewayName.parse(event).Gateway),
      };
    case 'sofia::notify_refer': {
      const fields = NotifyFields.parse(event);
      return {
        type: 'refer-progress',
        channelId: fields.UniqueID,
        sipStatus: sipfragStatus(fields._body),
        terminated: fields['subscription-substate'].toLowerCase().startsWith('terminated'),
      };
    }
    default:
      return null;
  }
};

const EventName = z.object({ 'Event-Name': z.string(), 'Event-Subclass': z.string().optional() });
const ChannelName = z.object({ 'Unique-ID': z.unknown() });
const GatewayName = z.object({ Gateway: z.string() });

const ChannelRows = z.object({
  row_count: Count,
  rows: z.array(z.object({ uuid: Uuid, direction: OptionalText })).optional(),
});

/** The ids in the answer to `show channels as json`; whose they are, `parseChannel` tells. */
export const parseChannelIds = (json: string): string[] =>
  (ChannelRows.parse(JSON.parse(json)).rows ?? []).map((row) => row.uuid);
