/**
 * How a call to the PBX of a SIP trunk is placed: to the contact that it registered, or to its address. Pure. A contact is
 * the PBX's own text: only what is understood of it goes into the command.
 */
import {
  type DialOrder,
  registrarRealm,
  SwitchError,
  type Transport,
  type TrunkAccount,
} from '../switch/port.ts';
import {
  canBeDialledWith,
  type DialWay,
  dialledNumberOf,
  hostOf,
  passwordVariable,
  portOf,
  shownCaller,
} from './commands.ts';

/** Where a PBX wants its calls. */
export type PbxAddress = {
  host: string;
  /** null: as DNS and the transport say */
  port: number | null;
  transport: Transport;
  /** of its URI, by which a PBX knows its own registration again: `;line=…` (Asterisk), `;rinstance=…` (3CX) */
  parameters: string;
  /** the next hop, where that is another: a PBX behind NAT */
  route: { host: string; port: number | null; transport: Transport } | null;
};

const uriPattern = /^sips?:(?:[^@]*@)?(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?((?:;[^;]*)*)$/i;
const parameterPattern = /^[a-z0-9_.~-]{1,60}(?:=[a-z0-9_.~%+-]{1,120})?$/i;
const notHandedOn = /^(?:fs_|transport=|received=|maddr=|method=|ttl=|user=|lr$|ob$)/i;

const parseUri = (uri: string) => {
  const match = uriPattern.exec(uri);
  if (!match) return null;
  const [, host = '', port, rest = ''] = match;
  const parameters = rest.split(';').filter((parameter) => parameter !== '');
  const named = parameters
    .find((parameter) => /^transport=/i.test(parameter))
    ?.slice(10)
    .toLowerCase();
  const transport: Transport = named === 'tcp' || named === 'tls' ? named : 'udp';
  return {
    host: hostOf(host),
    port: port === undefined ? null : portOf(Number(port)),
    transport: /^sips:/i.test(uri) ? ('tls' as const) : transport,
    parameters,
  };
};

/**
 * The answer to `sofia_contact`: `sofia/<profile>/sip:…;fs_path=…`, where fs_path is where the REGISTER came from
 * (sofia_reg.c, sofia_reg_handle_register_token). null: it is not registered.
 */
export const parseContact = (answer: string): PbxAddress | null => {
  const found = /^sofia\/[a-z0-9_-]+\/(sips?:.+)$/i.exec(answer.trim())?.[1];
  const uri = found === undefined ? null : parseUri(found);
  if (!uri) return null;
  const path = uri.parameters.find((parameter) => /^fs_path=/i.test(parameter))?.slice(8);
  const hop = path === undefined ? null : parseUri(decodedOf(path));
  const kept = uri.parameters.filter(
    (parameter) => parameterPattern.test(parameter) && !notHandedOn.test(parameter),
  );
  return {
    host: uri.host,
    port: uri.port,
    transport: uri.transport,
    parameters: kept
      .slice(0, 8)
      .map((parameter) => `;${parameter}`)
      .join(''),
    route: hop && { host: hop.host, port: hop.port, transport: hop.transport },
  };
};

const decodedOf = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
};

const at = ({ host, port, transport }: NonNullable<PbxAddress['route']>): string =>
  `${host}${port === null ? '' : `:${port}`}${transport === 'udp' ? '' : `;transport=${transport}`}`;

/** Extensions have 2 to 6 digits (contract/trunk.ts): such a number is one of the PBX's own. */
const isPublicNumber = (number: string): boolean => number.replace(/\D/g, '').length > 6;

/**
 * The caller is in From, as a carrier has it; but one of the PBX's own extensions there would be taken for that phone, and
 * asked for its password, so then From has the trunk's name. P-Asserted-Identity has him in any case.
 */
export const trunkWay = (
  order: DialOrder,
  account: TrunkAccount,
  contact: PbxAddress | null,
  profile: string,
): DialWay => {
  const { pbx, username, transport = 'udp' } = account;
  const address: PbxAddress | null =
    contact ??
    // over TLS only where it registered: whether somebody else there is the PBX, nobody could tell
    (pbx === undefined || transport === 'tls'
      ? null
      : { host: hostOf(pbx.domain), port: portOf(pbx.port), transport, parameters: '', route: null });
  if (!address)
    throw new SwitchError('rejected', 'the PBX is not registered, and where it is nobody has said');
  const path = address.route === null ? '' : `;fs_path=${encodeURIComponent(`sip:${at(address.route)}`)}`;
  const { number, name } = shownCaller(order);
  const host = pbx === undefined || pbx.domain.startsWith('[') ? registrarRealm : hostOf(pbx.domain);
  return {
    destination: `sofia/${profile}/sip:${dialledNumberOf(order)}@${at(address)}${address.parameters}${path}`,
    variables: {
      sip_cid_type: 'none',
      origination_caller_id_number: isPublicNumber(number) ? number : username,
      origination_caller_id_name: name === '' ? username : name,
      ...(number === ''
        ? {}
        : { 'sip_h_P-Asserted-Identity': `${name === '' ? '' : `${name} `}<sip:${number}@${host}>` }),
      ...credentialsOf(account),
    },
  };
};

/**
 * For a PBX that asks who calls it. Always something, or sofia would look for a gateway that fits what the PBX says
 * (sofia_reg.c, sofia_reg_handle_sip_r_challenge). A password that no command can carry is left out; contract/trunk.ts takes no
 * such one any more.
 */
const credentialsOf = ({ username, authentication, passwords }: TrunkAccount): Record<string, string> => ({
  sip_auth_username: username,
  [passwordVariable]:
    authentication !== 'ip-allowlist' && canBeDialledWith(passwords[0]) ? passwords[0] : 'none',
});

export const contactCommand = (profile: string, trunkId: string, domain: string): string =>
  `sofia_contact ${profile}/${trunkId}@${domain}`;
