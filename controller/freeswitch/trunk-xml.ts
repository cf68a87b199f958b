/**
 * One SIP trunk as a user of FreeSWITCH's directory. Pure: it writes no file and knows no FreeSWITCH process.
 *
 * What the template relies on, from mod_sofia's source (sofia_reg.c, sofia_reg_parse_auth and
 * sofia_reg_handle_register_token):
 * - a user without a password is let in with any: a hash is always there, and `allow-empty-password` is off;
 * - `a1-hash` is enough for digest, since our realm never changes: no file holds a password in the clear;
 * - `sip-forbid-register` refuses every digest of that user, calls included;
 * - `auth-acl` has to be a named list: one of networks mixes up IPv4 and IPv6;
 * - `sip-force-extension` is the name under which a registration is kept: the trunk's, whatever the PBX's To says.
 * Of SRTP the variables say what they say in gateway-xml.ts.
 */
import { createHash } from 'node:crypto';
import { XMLValidator } from 'fast-xml-parser';
import { repositoryPath } from '../paths.ts';
import { loadTemplate, RenderError } from '../render.ts';
import { registrarRealm, SwitchError, type TrunkAccount } from '../switch/port.ts';
import { trunkIdOf } from './commands.ts';
import { secureMedia } from './gateway-xml.ts';

type UserModel = {
  trunkId: string;
  username: string;
  cidr: string;
  a1Hash: string;
  isAddressOnly: boolean;
  list: string;
  fingerprint: string;
  codecs: string;
  secureMedia: string;
};

export type TrunkXml = {
  user: string;
  /** the named list of allowed addresses; null for a trunk that has none of its own */
  list: string | null;
  /** changes with anything in either; the user in the switch carries it as a variable */
  fingerprint: string;
};

const template = (name: string): string => repositoryPath('dialplan-templates', 'freeswitch', name);
const userTemplate = loadTemplate<UserModel>(template('trunk-user.xml.hbs'), 'xml');
const listTemplate = loadTemplate<{ list: string; addresses: readonly string[] }>(
  template('trunk-list.xml.hbs'),
  'xml',
);

/** The domain of the directory in which a trunk's user is: those for TLS have their own, see trunk-tls-profile.ts. */
export const domainOf = (overTls: boolean): string => (overTls ? `${registrarRealm}-tls` : registrarRealm);
export const isOverTls = ({ transport }: TrunkAccount): boolean => transport === 'tls';

/** RFC 2617 §3.2.2.2 */
export const a1HashOf = (username: string, password: string): string =>
  createHash('md5').update(`${username}:${registrarRealm}:${password}`).digest('hex');

const check = (account: TrunkAccount): void => {
  trunkIdOf(account.trunkId);
  const isGood =
    /^[a-z0-9][a-z0-9_.-]{2,39}$/.test(account.username) &&
    account.passwords.every((password) => /^[\x21-\x7e]{1,128}$/.test(password)) &&
    account.allowedAddresses.every((address) => /^[0-9a-f.:]{2,45}\/[0-9]{1,3}$/.test(address)) &&
    (account.authentication === 'credentials' || account.allowedAddresses.length > 0) &&
    account.codecs.length > 0;
  if (!isGood) throw new SwitchError('bad-argument', `the account of trunk ${account.trunkId} is not valid`);
};

/** With the newest password; `a1Hash` puts another one in its place. Throws a `SwitchError` with `bad-argument`. */
export const renderTrunk = (account: TrunkAccount, a1Hash?: string): TrunkXml => {
  check(account);
  const { trunkId, username, authentication, allowedAddresses } = account;
  const list = `offhook-${trunkId}`;
  const hasAddresses = authentication !== 'credentials';
  const model: UserModel = {
    trunkId,
    username,
    // the ACL of the profile lets these in without a challenge, as this user (switch_core.c, switch_load_network_lists)
    cidr: authentication === 'ip-allowlist' ? allowedAddresses.join(',') : '',
    a1Hash: a1Hash ?? a1HashOf(username, account.passwords[0]),
    isAddressOnly: authentication === 'ip-allowlist',
    list: authentication === 'both' ? list : '',
    fingerprint: '',
    codecs: account.codecs.join(','),
    secureMedia: secureMedia[account.mediaEncryption ?? 'off'],
  };
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([model, allowedAddresses]))
    .digest('hex')
    .slice(0, 32);
  return {
    user: wellFormed(trunkId, () => userTemplate({ ...model, fingerprint })),
    // also where the addresses stand in the user itself: a changed list makes FreeSWITCH read all of them again
    list: hasAddresses
      ? wellFormed(trunkId, () => listTemplate({ list, addresses: allowedAddresses }))
      : null,
    fingerprint,
  };
};

const wellFormed = (trunkId: string, render: () => string): string => {
  let xml: string;
  try {
    xml = render();
  } catch (thrown) {
    if (thrown instanceof RenderError)
      throw new SwitchError('bad-argument', thrown.message, { cause: thrown });
    throw thrown;
  }
  if (XMLValidator.validate(xml) !== true)
    throw new SwitchError('bad-argument', `trunk ${trunkId} makes XML that is not well formed`);
  return xml;
};
