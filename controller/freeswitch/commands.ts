/**
 * Builds every command line that goes to FreeSWITCH. Whatever comes from outside has to match a pattern in which
 * nothing means anything to FreeSWITCH's readers (spaces, braces, commas, quotes, backslashes, line breaks), or the
 * command is refused with `bad-argument`. It sends nothing.
 */
import {
  type Codec,
  type DialOrder,
  type RefusalStatus,
  SwitchError,
  type Transport,
} from '../switch/port.ts';

const checked = (name: string, value: string, pattern: RegExp): string => {
  if (!pattern.test(value))
    throw new SwitchError('bad-argument', `${name} ${JSON.stringify(value.slice(0, 60))} is not allowed`);
  return value;
};

/** FreeSWITCH's own channel ids are UUIDs. */
export const channelIdOf = (text: string): string =>
  checked('channel id', text, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);

/** As port.ts says; it is also a gateway's name and a file's. */
export const trunkIdOf = (text: string): string => checked('trunk id', text, /^[a-z0-9][a-z0-9-]{0,39}$/);

export const profileOf = (text: string): string => checked('profile', text, /^[a-z0-9_-]{1,40}$/);

const host = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/i;
export const hostOf = (text: string): string => checked('host', text, host);

export const portOf = (port: number): number => {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new SwitchError('bad-argument', `${port} is no port`);
  return port;
};

/** Ids are checked here, so that no caller can forget it. */
export const killCommand = (channelId: string, cause: string): string =>
  `uuid_kill ${channelIdOf(channelId)} ${checked('cause', cause, /^[A-Z_]{1,60}$/)}`;

/**
 * Answers and parks again in one command: `park_timeout` is read once, when a park begins (switch_ivr.c,
 * switch_ivr_park), so the new park has none; and a controller that dies in between leaves no answered call behind
 * with a time-out on it. The second park starts with the media up, which `unicast` needs.
 */
export const answerCommand = (channelId: string): string =>
  `uuid_transfer ${channelIdOf(channelId)} answer,park inline`;

export const existsCommand = (channelId: string): string => `uuid_exists ${channelIdOf(channelId)}`;

export const echoCommand = (channelId: string): string =>
  `uuid_transfer ${channelIdOf(channelId)} echo inline`;

/** The values are our own words and numbers. */
export const setVariablesCommand = (
  channelId: string,
  variables: Readonly<Record<string, string | number>>,
): string => {
  const assignments = Object.entries(variables).map(([name, value]) => {
    checked('variable', name, /^[A-Za-z_][A-Za-z0-9_-]{0,60}$/);
    return `${name}=${checked(name, String(value), /^[A-Za-z0-9_.:-]{0,100}$/)}`;
  });
  return `uuid_setvar_multi ${channelIdOf(channelId)} ${assignments.join(';')}`;
};

export const getVariableCommand = (channelId: string, name: string): string =>
  `uuid_getvar ${channelIdOf(channelId)} ${checked('variable', name, /^[A-Za-z_][A-Za-z0-9_-]{0,60}$/)}`;

export const dumpCommand = (channelId: string): string => `uuid_dump ${channelIdOf(channelId)} json`;

export const sendDtmfCommand = (channelId: string, digits: string): string =>
  `uuid_send_dtmf ${channelIdOf(channelId)} ${checked('digits', digits, /^[0-9*#A-D]{1,100}$/)}`;

/** A dialog, for a REFER that takes its place (RFC 3891 §6.1). Tags from the side of whoever gets the Replaces. */
export type ReplacedDialog = { callId: string; toTag: string; fromTag: string };

/** RFC 3515 §2.1: angle brackets, since what follows a bare URI would belong to the header. */
export const referCommand = (
  channelId: string,
  target: { extension: string; domain: string; port: number; transport: Transport },
  replaced: ReplacedDialog | null = null,
): string => {
  const extension = checked('extension', target.extension, /^[0-9A-Za-z*#+._-]{1,40}$/);
  const port = portOf(target.port) === (target.transport === 'tls' ? 5061 : 5060) ? '' : `:${target.port}`;
  const transport = target.transport === 'udp' ? '' : `;transport=${target.transport}`;
  // `#` starts a fragment in a URI: escaped in the user part (RFC 3261 §25.1, `user`)
  const user = extension.replaceAll('#', '%23');
  const replaces = replaced === null ? '' : `?Replaces=${replacesOf(replaced)}`;
  return `uuid_deflect ${channelIdOf(channelId)} <sip:${user}@${hostOf(target.domain)}${port}${transport}${replaces}>`;
};

/** Percent-encoded as a header inside of a URI has to be (RFC 3261 §19.1.1); that leaves nothing that a reader minds. */
const replacesOf = ({ callId, toTag, fromTag }: ReplacedDialog): string => {
  for (const part of [callId, toTag, fromTag]) checked('dialog', part, /^[\x21-\x7e]{1,256}$/);
  return encodeURIComponent(`${callId};to-tag=${toTag};from-tag=${fromTag}`).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
};

/** What a caller's name may be in a command line: letters of any script would do in SIP, not in FreeSWITCH's quoting. */
const shownName = (name: string): string =>
  name
    .replace(/[^A-Za-z0-9 ._-]/g, '')
    .slice(0, 60)
    .trim();
const shownNumber = (number: string): string => (/^\+?[0-9*#]{1,32}$/.test(number) ? number : '');

/** Where a call goes, and as whom: checked by whoever makes it. */
export type DialWay = { destination: string; variables: Readonly<Record<string, string>> };

export const passwordVariable = 'sip_auth_password';
/**
 * Curly brackets are counted before anything else is read (switch_ivr_originate.c), and sofia ends a password at its first colon
 * (auth_client.c, auc_credentials).
 */
const dialledPassword = /^[\x21-\x39\x3b-\x7a|~]{0,128}$/;
export const canBeDialledWith = (password: string): boolean => dialledPassword.test(password);

/**
 * For a variable of `originate`: the text is cut at spaces, then at commas, then at `=`, and each time loses its quotes and one level
 * of backslashes (switch_utils.c, cleanup_separated_string). So the quotes around it keep spaces together and nothing else.
 */
const quoted = (value: string): string =>
  value.replace(/[\\',]/g, (sign) => (sign === ',' ? '\\,' : `${'\\'.repeat(2 ** 3 - 1)}${sign}`));

/** With the account of an extension. */
export const gatewayWay = (order: DialOrder): DialWay => {
  const trunkId = trunkIdOf(order.trunkId);
  const { number, name } = shownCaller(order);
  return {
    destination: `sofia/gateway/${trunkId}/${dialledNumberOf(order)}`,
    variables: {
      sip_use_gateway: trunkId,
      // without a number FreeSWITCH would name 0000000000 in a Remote-Party-ID, which PBXes believe
      ...(number === ''
        ? { sip_cid_type: 'none' }
        : { sip_cid_type: 'pid', origination_caller_id_number: number }),
      ...(number === '' || name === '' ? {} : { origination_caller_id_name: name }),
    },
  };
};

/** Whom the target is to see, of what a command line may hold. */
export const shownCaller = ({
  callerNumber,
  callerName,
}: Pick<DialOrder, 'callerNumber' | 'callerName'>): { number: string; name: string } => ({
  number: shownNumber(callerNumber),
  name: shownName(callerName),
});

export const dialledNumberOf = (order: DialOrder): string =>
  checked('number', order.number, /^\+?[0-9*]{1,20}$/);

/**
 * `originate` in brackets of its own variables. Parks when it is answered; early media does not count as that
 * (switch_ivr_originate.c). `sip_use_gateway`: whose credentials answer a challenge (sofia_reg.c,
 * sofia_reg_handle_sip_r_challenge).
 */
export const originateCommand = (
  order: DialOrder,
  codecs: readonly Codec[],
  variables: Readonly<Record<string, string>>,
  way: DialWay = gatewayWay(order),
): string => {
  const seconds = Math.min(Math.max(Math.ceil(order.ringSeconds), 1), 600);
  const assignments: Record<string, string> = {
    ...variables,
    origination_uuid: channelIdOf(order.channelId),
    originate_timeout: String(seconds),
    ignore_early_media: 'true',
    absolute_codec_string: codecs.join(','),
    sip_refer_continue_after_reply: 'true',
    hangup_after_bridge: 'true',
    media_timeout: '300000',
    media_hold_timeout: '1800000',
    ...way.variables,
  };
  const list = Object.entries(assignments).map(([name, value]) => {
    const pattern = name === passwordVariable ? dialledPassword : /^[A-Za-z0-9 ,.+*#_:<>@=~-]{0,200}$/;
    return `${name}='${quoted(checked(name, value, pattern))}'`;
  });
  const destination = checked('destination', way.destination, /^sofia\/[A-Za-z0-9/:;@=%.+*_~[\]-]{1,400}$/);
  return `originate {${list.join(',')}}${destination} &park()`;
};

/** Both are answered; the caller's leg comes first. */
export const bridgeCommand = (channelId: string, otherId: string): string =>
  `uuid_bridge ${channelIdOf(channelId)} ${channelIdOf(otherId)}`;

export const gatewayCommand = (
  profile: string,
  action: 'killgw' | 'startgw' | 'register',
  trunkId: string,
): string => `sofia profile ${profileOf(profile)} ${action} ${trunkIdOf(trunkId)}`;

export const rescanCommand = (profile: string): string => `sofia profile ${profileOf(profile)} rescan`;

export const gatewayStatusCommand = (trunkId: string): string =>
  `sofia xmlstatus gateway ${trunkIdOf(trunkId)}`;

export const gatewayVariableCommand = (trunkId: string, name: string): string =>
  `sofia_gateway_data ${trunkIdOf(trunkId)} ivar ${checked('variable', name, /^[a-z_]{1,40}$/)}`;

/** `sendmsg` of one call's audio; see media.ts. */
export const unicastHeaders = (stream: {
  switchAddress: string;
  switchPort: number;
  ourAddress: string;
  ourPort: number;
  isNative: boolean;
}): Record<string, string> => ({
  'call-command': 'unicast',
  'local-ip': hostOf(stream.switchAddress),
  'local-port': String(portOf(stream.switchPort)),
  'remote-ip': hostOf(stream.ourAddress),
  'remote-port': String(portOf(stream.ourPort)),
  transport: 'udp',
  ...(stream.isNative ? { flags: 'native' } : {}),
});

/** `sendmsg` that says, once it is carried out, that everything before it is too: one message after another (FIFO). */
export const fenceHeaders = (mark: number): Record<string, string> => ({
  'call-command': 'execute',
  'execute-app-name': 'set',
  'execute-app-arg': `${fenceVariable}=${portOf(mark)}`,
});
export const fenceVariable = 'offhook_asked';

/**
 * `sendmsg` out of the park and into the next one: what belonged to the first one, such as its `unicast`, ends with it. As
 * an API command, `uuid_transfer` would end the stream in the event socket's thread while the channel's own one ends it too
 * (switch_core_session_reset): both wait for a thread of which the number may be another one's by then, for ever.
 */
export const parkAgainHeaders: Readonly<Record<string, string>> = {
  'call-command': 'execute',
  'execute-app-name': 'transfer',
  'execute-app-arg': 'park inline',
};

/** `sendmsg` that lets mod_spandsp look for digits in the caller's voice: an application that returns at once, so that the park goes on. */
export const hearTonesHeaders: Readonly<Record<string, string>> = {
  'call-command': 'execute',
  'execute-app-name': 'spandsp_start_dtmf',
};

/** The hang-up cause that mod_sofia turns into the SIP status (mod_sofia.c, hangup_cause_to_sip). */
export const refusalCauses: Readonly<Record<RefusalStatus, string>> = {
  403: 'INCOMING_CALL_BARRED',
  404: 'UNALLOCATED_NUMBER',
  480: 'NO_ANSWER',
  486: 'USER_BUSY',
  488: 'INCOMPATIBLE_DESTINATION',
  503: 'NORMAL_TEMPORARY_FAILURE',
  603: 'CALL_REJECTED',
};

/** Ends a registration; the PBX is not told (sofia_reg.c, sofia_reg_expire_call_id). */
export const flushRegistrationCommand = (profile: string, trunkId: string, realm: string): string =>
  `sofia profile ${profileOf(profile)} flush_inbound_reg ${trunkIdOf(trunkId)}@${hostOf(realm)}`;
