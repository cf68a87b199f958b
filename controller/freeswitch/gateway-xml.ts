/**
 * One account as the XML of a sofia gateway. Pure: it writes no file and knows no FreeSWITCH process.
 *
 * Four choices of the template come from mod_sofia's source:
 * - `realm` is the trunk's id, which no PBX sends: sofia_reg.c (sofia_reg_handle_sip_r_challenge) looks for a gateway
 *   by the realm of a challenge, and two extensions of one PBX have the same one;
 * - `sip_use_gateway` on every call of the trunk: the same function then takes this gateway's credentials when the
 *   PBX challenges a REFER or BYE of that call;
 * - `caller-id-in-from` is false: see docs/switches.md;
 * - `srtp_allow_idle_gaps`: else FreeSWITCH puts a frame of silence beside each one of ours (switch_rtp.c,
 *   switch_rtp_add_crypto_key), which is every second one that the caller hears.
 */
import { createHash } from 'node:crypto';
import { XMLValidator } from 'fast-xml-parser';
import { repositoryPath } from '../paths.ts';
import { loadTemplate, RenderError } from '../render.ts';
import { type ExtensionAccount, SwitchError } from '../switch/port.ts';
import { hostOf, portOf, trunkIdOf } from './commands.ts';

type GatewayModel = {
  trunkId: string;
  proxy: string;
  fromDomain: string;
  uriUser: string;
  authId: string;
  password: string;
  transport: string;
  extension: string;
  expirySeconds: number;
  retrySeconds: number;
  fingerprint: string;
  codecs: string;
  secureMedia: string;
};

export type GatewayXml = {
  xml: string;
  /** changes with anything in the account; the gateway in the switch carries it as a variable */
  fingerprint: string;
};

/** switch_core_media.c, switch_core_session_parse_crypto_prefs */
export const secureMedia = { off: 'forbidden', offered: 'optional', required: 'mandatory' } as const;

const template = loadTemplate<GatewayModel>(
  repositoryPath('dialplan-templates', 'freeswitch', 'gateway.xml.hbs'),
  'xml',
);

/**
 * For a user part, which sofia puts between `sip:` and `@` as it is. Only RFC 3261's `unreserved` stays: the grammar
 * (§25.1) would allow more, but with a `;` sofia sends no REGISTER at all and reports nothing (measured).
 */
const escapeUser = (text: string): string =>
  text.replace(/[^A-Za-z0-9\-_.!~*'()+]/g, (sign) =>
    [...Buffer.from(sign, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );

/**
 * Between 60 and 90 s, always the same for a trunk: a PBX that comes back is not met by all of them in one second.
 * sofia multiplies it by the number of failures (sofia_reg.c, REG_STATE_FAILED); growing retries are the controller's.
 */
export const retrySecondsOf = (trunkId: string): number =>
  60 + (createHash('sha256').update(trunkId).digest().readUInt16BE(0) % 31);

const printable = /^[\x20-\x7e]{1,128}$/;

const checkedText = (name: string, value: string): string => {
  if (!printable.test(value))
    throw new SwitchError('bad-argument', `the ${name} holds signs that SIP does not allow, or is too long`);
  return value;
};

/** Throws a `SwitchError` with `bad-argument` for an account that FreeSWITCH cannot carry. */
export const renderGateway = (account: ExtensionAccount, profile = 'offhook'): GatewayXml => {
  const domain = hostOf(account.domain);
  const port = portOf(account.port);
  const authId = checkedText('authentication ID', account.authId);
  // sofia hands both to the digest code as one text, cut at colons
  if (authId.includes(':')) throw new SwitchError('bad-argument', 'the authentication ID holds a colon');
  if (account.password.includes(':'))
    throw new SwitchError('bad-argument', 'the password holds a colon, at which FreeSWITCH would cut it off');
  if (!/^[0-9A-Za-z]{1,20}$/.test(account.extension))
    throw new SwitchError('bad-argument', 'an extension is digits and letters');
  if (!Number.isInteger(account.expirySeconds) || account.expirySeconds < 5)
    throw new SwitchError('bad-argument', 'a registration lasts at least 5 seconds');
  if (account.codecs.length === 0) throw new SwitchError('bad-argument', 'a trunk has at least one codec');
  const model: GatewayModel = {
    trunkId: trunkIdOf(account.trunkId),
    // the port is always there: with one, a name is looked up as an address and not as SRV (RFC 3263 §4.2)
    proxy: `${domain}:${port}`,
    fromDomain: domain,
    uriUser: escapeUser(checkedText('username', account.username)),
    authId,
    password: checkedText('password', account.password),
    transport: account.transport,
    extension: account.extension,
    expirySeconds: account.expirySeconds,
    retrySeconds: retrySecondsOf(account.trunkId),
    fingerprint: '',
    codecs: account.codecs.join(','),
    secureMedia: secureMedia[account.mediaEncryption ?? 'off'],
  };
  const fingerprint = createHash('sha256')
    .update(JSON.stringify({ ...model, profile }))
    .digest('hex')
    .slice(0, 32);
  const xml = hidden(render({ ...model, fingerprint }));
  if (XMLValidator.validate(xml) !== true)
    throw new SwitchError('bad-argument', `trunk ${model.trunkId} makes XML that is not well formed`);
  return { xml, fingerprint };
};

const render = (model: GatewayModel): string => {
  try {
    return template(model);
  } catch (thrown) {
    if (thrown instanceof RenderError)
      throw new SwitchError('bad-argument', thrown.message, { cause: thrown });
    throw thrown;
  }
};

/**
 * FreeSWITCH reads its files line by line before it parses XML (switch_xml.c, preprocess): it replaces `$${name}` and
 * drops a line that holds `X-PRE-PROCESS`. The template has neither, so both can only be part of a value; as
 * character references they reach the parser and nobody else.
 */
const hidden = (xml: string): string =>
  xml.replaceAll('$', '&#36;').replace(/x(?=-pre-process)/gi, (sign) => `&#${sign.charCodeAt(0)};`);
