/**
 * One extension account as the PJSIP objects of Asterisk. What is live in Asterisk decides whether anything is pushed: so a restarted controller leaves an unchanged registration alone.
 */
import { createHash } from 'node:crypto';
import type { Codec, ExtensionAccount } from '../switch/port.ts';
import { SwitchError } from '../switch/port.ts';
import type { PjsipObject, PjsipObjects } from './pjsip-objects.ts';
import { transportOf } from './tls-transports.ts';

/** in the order in which one needs the other */
export const objectTypes = ['auth', 'aor', 'endpoint', 'registration'] as const;
type ObjectType = (typeof objectTypes)[number];

export const formats: Readonly<Record<Codec, string>> = {
  PCMU: 'ulaw',
  PCMA: 'alaw',
  G722: 'g722',
  OPUS: 'opus',
};

/** RFC 3261 §25.1, `user`: everything else is escaped. */
const inUser = (text: string): string =>
  text.replace(
    /[^A-Za-z0-9_.!~*'()&=+$,?/-]/g,
    (sign) => `%${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}`,
  );

const serverUri = ({ domain, port, transport }: ExtensionAccount): string =>
  `sip:${domain}:${port}${transport === 'udp' ? '' : `;transport=${transport}`}`;
const clientUri = ({ username, domain, port }: ExtensionAccount): string =>
  `sip:${inUser(username)}@${domain}:${port}`;

/**
 * Whom a REGISTER is about. AMI's events and the messages on the wire both say it, but a From has no port (RFC 3261
 * §19.1.1) and PJSIP may move a parameter, so these do not count.
 */
export const registrationKey = (client: string, server: string): string =>
  `${withoutParameters(client).replace(/:\d+$/, '')} ${withoutParameters(server)}`.toLowerCase();
export const keyOf = (account: ExtensionAccount): string =>
  registrationKey(clientUri(account), serverUri(account));

const withoutParameters = (uri: string): string => uri.replace(/;[^@]*$/, '');

/**
 * Asterisk tries by itself every 60 to 90 seconds, spread by the trunk's name so that many do not come at once; the
 * growing retries are the controller's, by `reRegister`.
 */
const retrySeconds = (trunkId: string): number =>
  60 + (createHash('sha256').update(trunkId).digest().readUInt16BE() % 31);

/** Throws for an account that its type would let through and Asterisk or SIP would read otherwise. */
const check = (account: ExtensionAccount): void => {
  const isGood =
    /^[a-z0-9-]{1,40}$/.test(account.trunkId) &&
    /^[0-9]{1,20}$/.test(account.extension) &&
    /^(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)$/i.test(account.domain) &&
    Number.isInteger(account.port) &&
    account.port > 0 &&
    account.port < 65_536 &&
    Number.isInteger(account.expirySeconds) &&
    account.expirySeconds > 0 &&
    account.codecs.length > 0 &&
    // from_user takes no ? and no /, and PJSIP writes a % that it has unescaped as it is (measured, 22.10)
    /^[A-Za-z0-9_.!~*'()&=+$,;@-]{1,64}$/.test(account.username) &&
    /^[A-Za-z0-9_.!~*'()&=+$,;?/%@-]{1,64}$/.test(account.authId) &&
    /^[\x21-\x7e]{1,128}$/.test(account.password);
  if (!isGood) throw new SwitchError('bad-argument', `the account of trunk ${account.trunkId} is not valid`);
};

/** The four objects of an account, all named after its trunk. */
export const objectsOf = (account: ExtensionAccount): PjsipObject[] => {
  check(account);
  const { trunkId } = account;
  const retry = String(retrySeconds(trunkId));
  const fields: Record<ObjectType, Record<string, string>> = {
    auth: { auth_type: 'userpass', username: account.authId, password: account.password },
    aor: { contact: serverUri(account), qualify_frequency: '0' },
    endpoint: {
      transport: transportOf(account),
      context: 'offhook',
      disallow: 'all',
      allow: account.codecs.map((codec) => formats[codec]).join(','),
      // one codec in our answer: so the caller's frames and ours are of one kind for the whole call
      incoming_call_offer_pref: 'local_first',
      aors: trunkId,
      outbound_auth: trunkId,
      // The line of the registration says which endpoint a call is for, and no header of the caller does.
      identify_by: 'ip',
      trust_id_inbound: 'yes',
      from_user: inUser(account.username),
      direct_media: 'no',
      rtp_symmetric: 'yes',
      force_rport: 'yes',
      rewrite_contact: 'yes',
      dtmf_mode: 'auto',
      // A REFER from the PBX would take the caller away from us without a word to the controller.
      allow_transfer: 'no',
      send_connected_line: 'no',
      ...encryption[account.mediaEncryption ?? 'off'],
    },
    registration: {
      server_uri: serverUri(account),
      client_uri: clientUri(account),
      contact_user: account.extension,
      transport: transportOf(account),
      outbound_auth: trunkId,
      endpoint: trunkId,
      line: 'yes',
      expiration: String(account.expirySeconds),
      max_random_initial_delay: '0',
      // What is refused now may be mended on the PBX in a minute: no answer is the last one.
      auth_rejection_permanent: 'no',
      retry_interval: retry,
      forbidden_retry_interval: retry,
      fatal_retry_interval: retry,
      max_retries: '1000000',
    },
  };
  return objectTypes.map((type) => {
    const entries = Object.entries(fields[type]);
    // A changed password or address has to bring a new registration, whose own fields stay the same.
    const marked = type === 'registration' ? [entries, fields.auth, fields.aor] : entries;
    const mark = createHash('sha256').update(JSON.stringify(marked)).digest('hex').slice(0, 32);
    return { type, id: trunkId, fields: entries, mark };
  });
};

/**
 * Where SRTP is required, Asterisk takes plain audio all the same and the controller refuses such a call by name, or
 * ends it before any audio is opened (calls.ts): strictly set, Asterisk would refuse it before anybody hears of it.
 */
export const encryption = {
  off: {},
  offered: { media_encryption: 'sdes', media_encryption_optimistic: 'yes', set_var: 'OFFHOOK_SRTP=offered' },
  required: {
    media_encryption: 'sdes',
    media_encryption_optimistic: 'yes',
    set_var: 'OFFHOOK_SRTP=required',
  },
} as const;

export const registrationOf = (account: ExtensionAccount): PjsipObject =>
  objectsOf(account).find((object) => object.type === 'registration') as PjsipObject;

/**
 * The objects that are not in Asterisk as they should be. The registration's mark stands for its password and address
 * too: it is pushed after them.
 */
export const changedObjects = async (
  pjsip: PjsipObjects,
  account: ExtensionAccount,
): Promise<PjsipObject[]> => {
  const objects = objectsOf(account);
  const isLive = (type: ObjectType): Promise<boolean> =>
    pjsip.isLive(objects.find((object) => object.type === type) as PjsipObject);
  if (!(await isLive('registration'))) return objects;
  return (await isLive('endpoint')) ? [] : objects.filter((object) => object.type === 'endpoint');
};

/**
 * Puts an account's objects under another name and takes them away again: does Asterisk accept each value? The name is
 * gone before its first REGISTER, which leaves a second after the push.
 */
export const tryObjects = async (pjsip: PjsipObjects, account: ExtensionAccount): Promise<void> => {
  const trunkId = `try-${account.trunkId.slice(0, 36)}`;
  try {
    for (const object of objectsOf({ ...account, trunkId })) await pjsip.replace(object);
  } finally {
    for (const type of [...objectTypes].reverse()) await pjsip.remove(type, trunkId);
  }
};
