/** Trunks as the API, the UI and the controller see them. */
import { z } from 'zod';
import { CaPem, MediaEncryption, Transport } from './encryption.ts';

export const PbxType = z.enum(['3cx', 'yeastar', 'freepbx', 'asterisk', 'grandstream', 'other']);
export type PbxType = z.infer<typeof PbxType>;

export const codecs = ['PCMU', 'PCMA'] as const;

/** A host name (RFC 1123), an IPv4 address, or an IPv6 address in brackets: nothing that means something to a switch. */
export const SipDomain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(
    /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)*)$/,
    'a host name or an IP address, such as pbx.example.com or 192.0.2.10',
  );

export const ExtensionNumber = z.string().regex(/^[0-9]{2,6}$/, '2 to 6 digits');

/** A name that people read: no control characters and no broken Unicode, which no database and no log wants. */
export const plainText = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Cs}\uFFFD]*$/u, 'no control characters, no broken letters');

/** SIP user names and passwords: printable ASCII without what would end a quoted string or a line. */
const SipToken = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_.!~*'()&=+$,;?/%@-]+$/, 'letters, digits and the signs that SIP allows in a user name');
const SipPassword = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'printable characters without spaces');

export const CodecOrder = z
  .array(z.enum(codecs))
  .min(1)
  .refine((order) => new Set(order).size === order.length, 'each codec once');

/**
 * How callers are handed to people. refer: a REFER on the caller's leg (RFC 3515), then Offhook is out. attended: the
 * target is called first and the caller joined to it (RFC 3891), so a busy target never loses him. bridge: the target is
 * called and Offhook stays in the path, for PBXes that allow no REFER.
 */
export const TransferMode = z.enum(['refer', 'attended', 'bridge']);
export type TransferMode = z.infer<typeof TransferMode>;

/** A trunk in native extension mode: Offhook registers on the PBX like a desk phone. */
export const TrunkInput = z.strictObject({
  name: plainText(80).min(1),
  pbxType: PbxType.default('other'),
  domain: SipDomain,
  /** left out = the transport's own: 5060, and 5061 for TLS */
  port: z.int().min(1).max(65_535).optional(),
  transport: Transport.default('udp'),
  /** with TLS: the PBX's certificate must be valid, trusted and made out to the PBX SIP Domain */
  tlsVerify: z.boolean().default(true),
  /** with TLS: trusted instead of the public authorities; null = those */
  tlsCaPem: CaPem.nullable().default(null),
  mediaEncryption: MediaEncryption.default('off'),
  extension: ExtensionNumber,
  /** blank = the extension */
  username: SipToken.or(z.literal('')).optional(),
  /** blank = the user name */
  authId: SipToken.or(z.literal('')).optional(),
  password: SipPassword,
  expirySeconds: z.int().min(30).max(86_400).default(600),
  /** blank = the PBX type's own order: 3CX PCMA first, the others PCMU */
  codecs: CodecOrder.optional(),
  concurrentCallLimit: z.int().min(1).max(1000).default(10),
  transferMode: TransferMode.default('refer'),
  /** callers may be handed to extensions that are not in the directory */
  allowAnyExtension: z.boolean().default(false),
  /** callers may be handed to numbers outside the PBX */
  allowOutsideTransfers: z.boolean().default(false),
  /** the agent that answers; none = calls are refused and say so */
  agentId: z.uuid().nullable().default(null),
  active: z.boolean().default(true),
});
export type TrunkInput = z.infer<typeof TrunkInput>;

/**
 * A change of a trunk: what is left out stays, a blank password keeps the stored one, a blank user name or auth id goes
 * back to what it is by default, and so does a null codec order. No other default applies.
 */
export const TrunkPatch = z.strictObject({
  name: TrunkInput.shape.name.optional(),
  pbxType: PbxType.optional(),
  domain: SipDomain.optional(),
  port: z.int().min(1).max(65_535).optional(),
  transport: Transport.optional(),
  tlsVerify: z.boolean().optional(),
  tlsCaPem: CaPem.nullable().optional(),
  mediaEncryption: MediaEncryption.optional(),
  extension: ExtensionNumber.optional(),
  username: SipToken.or(z.literal('')).optional(),
  authId: SipToken.or(z.literal('')).optional(),
  password: SipPassword.or(z.literal('')).optional(),
  expirySeconds: z.int().min(30).max(86_400).optional(),
  codecs: CodecOrder.nullable().optional(),
  concurrentCallLimit: z.int().min(1).max(1000).optional(),
  transferMode: TransferMode.optional(),
  allowAnyExtension: z.boolean().optional(),
  allowOutsideTransfers: z.boolean().optional(),
  agentId: z.uuid().nullable().optional(),
  active: z.boolean().optional(),
});
export type TrunkPatch = z.infer<typeof TrunkPatch>;

/** The status line of a trunk in native extension mode, in the product's own words. */
export type TrunkStatus = {
  state: 'connecting' | 'registered' | 'failed' | 'inactive';
  /** `Connecting`, `Registered as ext 1000`, `Failed — Authentication required`, `Inactive` */
  text: string;
  /** what the PBX admin should check; empty unless failed */
  check: string;
  /** when this state began, ISO 8601 */
  since: string;
  /** when the next attempt is due, ISO 8601; null when none is planned */
  nextAttemptAt: string | null;
};

/**
 * What the PBX turned out to do with transfers; null = not tried yet. Used for the next transfer and shown. Forgotten
 * when the trunk's address or transfer mode is changed.
 */
export type TransferSupport = {
  refer: TransferFinding | null;
  replaces: TransferFinding | null;
};
/** `sipStatus`: what the PBX answered when it does not; null when it does */
export type TransferFinding = { supported: boolean; sipStatus: number | null; at: string };

/** The codec order of a PBX type where the trunk names none. */
export const defaultCodecs = (pbxType: PbxType): (typeof codecs)[number][] =>
  pbxType === '3cx' ? ['PCMA', 'PCMU'] : ['PCMU', 'PCMA'];

/** A trunk as the API answers it: never with its password. */
export type Trunk = Omit<TrunkInput, 'password' | 'username' | 'authId' | 'codecs' | 'port'> & {
  id: string;
  port: number;
  username: string;
  authId: string;
  codecs: (typeof codecs)[number][];
  transferSupport: TransferSupport;
  status: TrunkStatus;
  createdAt: string;
};
