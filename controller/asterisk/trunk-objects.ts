/**
 * One SIP trunk as the PJSIP objects of Asterisk. Pure. They are named after the user name and not after the trunk,
 * because that is by which Asterisk finds them: an endpoint by the user of a digest or of From
 * (res_pjsip_authenticator_digest, res_pjsip_endpoint_identifier_user), a contact list by the user of To
 * (res_pjsip_registrar). Which trunk a call belongs to says a variable that the endpoint puts on it.
 */
import { createHash } from 'node:crypto';
import { registrarRealm, SwitchError, type TrunkAccount } from '../switch/port.ts';
import { encryption, formats } from './accounts.ts';
import type { PjsipObject } from './pjsip-objects.ts';

export const trunkVariable = 'OFFHOOK_TRUNK';
/** `required` on the calls of a trunk that takes TLS only: Asterisk's endpoints take what comes, whatever it came by */
export const tlsVariable = 'OFFHOOK_TLS';
/** The same for whoever reads the endpoint: Asterisk gives `set_var` back to nobody. */
export const trunkField = '@offhook_trunk';

/** The object that carries the password before the newest, and the newest too when there is only one. */
export const oldAuthOf = (username: string): string => `${username}~old`;

/** The one for calls to the PBX: of no realm, so for whichever it names. */
export const outAuthOf = (username: string): string => `${username}~out`;

const addressOfRecord = {
  max_contacts: '1',
  remove_existing: 'yes',
  minimum_expiration: '30',
  maximum_expiration: '3600',
  default_expiration: '300',
  qualify_frequency: '0',
};

const check = (account: TrunkAccount): void => {
  const isGood =
    /^[a-z0-9][a-z0-9-]{0,39}$/.test(account.trunkId) &&
    /^[a-z0-9][a-z0-9_.-]{2,39}$/.test(account.username) &&
    account.passwords.every((password) => /^[\x21-\x7e]{1,128}$/.test(password)) &&
    account.allowedAddresses.every((address) => /^[0-9a-f.:]{2,45}\/[0-9]{1,3}$/.test(address)) &&
    (account.authentication === 'credentials' || account.allowedAddresses.length > 0) &&
    account.codecs.length > 0;
  if (!isGood) throw new SwitchError('bad-argument', `the account of trunk ${account.trunkId} is not valid`);
};

/** In the order in which one needs the other; the last one is live only when all of them are. Throws a `SwitchError` with `bad-argument`. */
export const trunkObjectsOf = (account: TrunkAccount): PjsipObject[] => {
  check(account);
  const { username, trunkId, authentication, passwords } = account;
  const addresses = account.allowedAddresses.join(',');
  const isAddressOnly = authentication === 'ip-allowlist';
  // without an address of record a REGISTER is refused (403) and a call is not (res_pjsip_registrar.c)
  const mayRegister = account.active !== false;
  const auth = (password: string) => ({ auth_type: 'userpass', username, password });
  const ourRealm = { realm: registrarRealm };
  const endpoint: Record<string, string> = {
    context: 'offhook',
    disallow: 'all',
    allow: account.codecs.map((codec) => formats[codec]).join(','),
    incoming_call_offer_pref: 'local_first',
    // an address alone is no reason to believe a name, and a name none to believe without a password
    identify_by: isAddressOnly ? 'ip' : 'auth_username,username',
    [trunkField]: trunkId,
    trust_id_inbound: 'yes',
    direct_media: 'no',
    rtp_symmetric: 'yes',
    force_rport: 'yes',
    rewrite_contact: 'yes',
    dtmf_mode: 'auto',
    allow_transfer: 'no',
    send_connected_line: 'no',
    ...encryption[account.mediaEncryption ?? 'off'],
    ...(isAddressOnly
      ? {}
      : {
          auth: `${username},${oldAuthOf(username)}`,
          outbound_auth: outAuthOf(username),
          ...(mayRegister ? { aors: username } : {}),
        }),
    // checked for every request of the endpoint (pjsip_distributor.c, apply_endpoint_acl)
    ...(authentication === 'both' ? { deny: '0.0.0.0/0,::/0', permit: addresses } : {}),
  };
  const variables = [
    `${trunkVariable}=${trunkId}`,
    ...(account.transport === 'tls' ? [`${tlsVariable}=required`] : []),
  ];
  const objects: (readonly [PjsipObject['type'], string, Record<string, string>])[] = isAddressOnly
    ? [
        ['endpoint', username, endpoint],
        ['identify', username, { endpoint: username, match: addresses }],
      ]
    : [
        // first the old one, so that there is no moment in which neither is right
        ['auth', oldAuthOf(username), { ...auth(passwords[1] ?? passwords[0]), ...ourRealm }],
        ['auth', username, { ...auth(passwords[0]), ...ourRealm }],
        ...(mayRegister ? ([['aor', username, addressOfRecord]] as const) : []),
        ['endpoint', username, endpoint],
        ['auth', outAuthOf(username), auth(passwords[0])],
      ];
  const made = objects.map(([type, id, fields]) => {
    const entries = [
      ...Object.entries(fields),
      ...(type === 'endpoint' ? variables.map((variable) => ['set_var', variable] as const) : []),
    ];
    return { type, id, fields: entries, mark: markOf(entries) };
  });
  // the last one's mark says that all before it are there
  const marks = markOf(made);
  return made.map((object, index) => (index === made.length - 1 ? { ...object, mark: marks } : object));
};

const markOf = (what: unknown): string =>
  createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 32);
