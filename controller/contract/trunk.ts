/** Trunks as the API, the UI and the controller see them: one kind for each connection type. */
import { z } from 'zod';
import { AllowedAddresses } from './allowed-address.ts';
import { CaPem, MediaEncryption, Transport } from './encryption.ts';
import { fieldFault } from './texts/field.ts';

export const PbxType = z.enum(['3cx', 'yeastar', 'freepbx', 'asterisk', 'grandstream', 'other']);
export type PbxType = z.infer<typeof PbxType>;

/** What a trunk may speak, G.711 by default; G.722 and Opus carry 7 and 20 kHz where the PBX offers them. */
export const codecs = ['PCMU', 'PCMA', 'G722', 'OPUS'] as const;

/** A host name (RFC 1123), an IPv4 address, or an IPv6 address in brackets: nothing that means something to a switch. */
export const SipDomain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(
    /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)*)$/,
    fieldFault.host,
  );

export const ExtensionNumber = z.string().regex(/^[0-9]{2,6}$/, fieldFault.extension);

/** A name that people read: no control characters and no broken Unicode, which no database and no log wants. */
export const plainText = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Cs}\uFFFD]*$/u, fieldFault.letters);

/** SIP user names and passwords: printable ASCII without what would end a quoted string or a line. */
const SipToken = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_.!~*'()&=+$,;?/%@-]+$/, fieldFault.sipUser);
const SipPassword = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, fieldFault.printableNoSpaces);

export const CodecOrder = z
  .array(z.enum(codecs))
  .min(1)
  .refine((order) => new Set(order).size === order.length, fieldFault.codecsOnce);

/**
 * How callers are handed to people. refer: a REFER on the caller's leg (RFC 3515), then Offhook is out. attended: the
 * target is called first and the caller joined to it (RFC 3891), so a busy target never loses him. bridge: the target is
 * called and Offhook stays in the path, for PBXes that allow no REFER.
 */
export const TransferMode = z.enum(['refer', 'attended', 'bridge']);
export type TransferMode = z.infer<typeof TransferMode>;

/** extension: Offhook registers on the PBX like a desk phone. sip-trunk: the PBX registers on Offhook, or just calls it. */
export const ConnectionType = z.enum(['extension', 'sip-trunk']);
export type ConnectionType = z.infer<typeof ConnectionType>;

/** What every trunk has, whatever its connection type. */
const common = {
  name: plainText(80).min(1),
  pbxType: PbxType.default('other'),
  /** PBX SIP Domain: transfers are addressed to it */
  domain: SipDomain,
  /** left out = the transport's own: 5060, and 5061 for TLS */
  port: z.int().min(1).max(65_535).optional(),
  transport: Transport.default('udp'),
  /** with TLS: the PBX's certificate must be valid, trusted and made out to the PBX SIP Domain */
  tlsVerify: z.boolean().default(true),
  /** with TLS: trusted instead of the public authorities; null = those */
  tlsCaPem: CaPem.nullable().default(null),
  mediaEncryption: MediaEncryption.default('off'),
  /** blank = the PBX type's own order: 3CX PCMA first, the others PCMU */
  codecs: CodecOrder.optional(),
  concurrentCallLimit: z.int().min(1).max(1000).default(10),
  transferMode: TransferMode.default('refer'),
  /** attended and bridge: who answers hears who calls and why, and is then joined with the caller */
  briefTarget: z.boolean().default(false),
  /** callers may be handed to extensions that are not in the directory */
  allowAnyExtension: z.boolean().default(false),
  /** callers may be handed to numbers outside the PBX */
  allowOutsideTransfers: z.boolean().default(false),
  /** the agent that answers; none = calls are refused and say so */
  agentId: z.uuid().nullable().default(null),
  active: z.boolean().default(true),
} as const;

/** A trunk in native extension mode. */
export const ExtensionTrunkInput = z.strictObject({
  // optional inside the default, so that the union knows that leaving it out means this one
  connectionType: z.literal('extension').optional().default('extension'),
  ...common,
  extension: ExtensionNumber,
  /** blank = the extension */
  username: SipToken.or(z.literal('')).optional(),
  /** blank = the user name */
  authId: SipToken.or(z.literal('')).optional(),
  password: SipPassword,
  expirySeconds: z.int().min(30).max(86_400).default(600),
});
export type ExtensionTrunkInput = z.infer<typeof ExtensionTrunkInput>;

/** both = the address must be allowed and the password right */
export const Authentication = z.enum(['credentials', 'ip-allowlist', 'both']);
export type Authentication = z.infer<typeof Authentication>;

/** A PBX's name on our registrar. Lower case only: FreeSWITCH finds its users without regard to it. */
export const RegistrarUsername = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9_.-]{2,39}$/, fieldFault.sipUsername)
  // Asterisk keeps these names and those of extensions, which are UUIDs, in one place
  .refine((name) => !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name), 'not the form of a UUID');
/** It stands open to the network that PBXes call from, so a short one is refused. */
export const RegistrarPassword = z
  .string()
  .min(12, fieldFault.sipPasswordLength)
  .max(64)
  .regex(/^[\x21-\x7e]+$/, fieldFault.printableNoSpaces)
  .regex(/^[^{}:]*$/, fieldFault.sipPasswordSigns);

/**
 * A trunk of the type SIP trunk. With the transport TLS its PBX may come over TLS only. It is the PBX that checks a
 * certificate then, ours: `tlsVerify` and `tlsCaPem` mean nothing here.
 */
export const SipTrunkInput = z.strictObject({
  connectionType: z.literal('sip-trunk'),
  ...common,
  authentication: Authentication.default('credentials'),
  /** where the PBX calls from; needed unless `authentication` is credentials, and then without meaning */
  allowedAddresses: AllowedAddresses.default([]),
  /** blank = generated; unique on this Offhook */
  username: RegistrarUsername.or(z.literal('')).optional(),
  /** blank = 24 characters, generated, and shown once in the answer */
  password: RegistrarPassword.or(z.literal('')).optional(),
});
export type SipTrunkInput = z.infer<typeof SipTrunkInput>;

export const TrunkInput = z.discriminatedUnion('connectionType', [ExtensionTrunkInput, SipTrunkInput]);
export type TrunkInput = z.infer<typeof TrunkInput>;

const commonPatch = {
  name: common.name.optional(),
  pbxType: PbxType.optional(),
  domain: SipDomain.optional(),
  port: z.int().min(1).max(65_535).optional(),
  transport: Transport.optional(),
  tlsVerify: z.boolean().optional(),
  tlsCaPem: CaPem.nullable().optional(),
  mediaEncryption: MediaEncryption.optional(),
  codecs: CodecOrder.nullable().optional(),
  concurrentCallLimit: z.int().min(1).max(1000).optional(),
  transferMode: TransferMode.optional(),
  briefTarget: z.boolean().optional(),
  allowAnyExtension: z.boolean().optional(),
  allowOutsideTransfers: z.boolean().optional(),
  agentId: z.uuid().nullable().optional(),
  active: z.boolean().optional(),
} as const;

/**
 * A change of a trunk: what is left out stays, a blank password keeps the stored one, a blank user name or auth id goes
 * back to what it is by default, and so does a null codec order. No other default applies. The connection type stays.
 */
export const ExtensionTrunkPatch = z.strictObject({
  connectionType: z.literal('extension').optional(),
  ...commonPatch,
  extension: ExtensionNumber.optional(),
  username: SipToken.or(z.literal('')).optional(),
  authId: SipToken.or(z.literal('')).optional(),
  password: SipPassword.or(z.literal('')).optional(),
  expirySeconds: z.int().min(30).max(86_400).optional(),
});
export type ExtensionTrunkPatch = z.infer<typeof ExtensionTrunkPatch>;

/** A blank user name keeps the one that there is; a password is changed by rotating it. */
export const SipTrunkPatch = z.strictObject({
  connectionType: z.literal('sip-trunk').optional(),
  ...commonPatch,
  authentication: Authentication.optional(),
  allowedAddresses: AllowedAddresses.optional(),
  username: RegistrarUsername.or(z.literal('')).optional(),
});
export type SipTrunkPatch = z.infer<typeof SipTrunkPatch>;

/** Which of the two is meant follows from the trunk that is changed. */
export const TrunkPatch = z.union([ExtensionTrunkPatch, SipTrunkPatch]);
export type TrunkPatch = z.infer<typeof TrunkPatch>;

/** Rotate password: the old and the new one are both right for `overlapSeconds`. */
export const PasswordRotation = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(7 * 86_400)
    .default(86_400),
  /** blank = 24 characters, generated */
  password: RegistrarPassword.or(z.literal('')).optional(),
});
export type PasswordRotation = z.infer<typeof PasswordRotation>;

/** The status line of a trunk, in the product's own words. */
export type TrunkStatus = {
  /** connecting, registered and failed are native extension mode's; waiting and active a SIP trunk's */
  state: 'connecting' | 'registered' | 'failed' | 'waiting' | 'active' | 'inactive';
  /**
   * `Connecting`, `Registered as ext 1000`, `Failed — Authentication required`, `Waiting for PBX`, `Active`,
   * `Inactive`
   */
  text: string;
  /** what the PBX admin should check; empty when there is nothing */
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

/** What every trunk says of itself besides what was entered. */
type Answered = {
  id: string;
  port: number;
  codecs: (typeof codecs)[number][];
  transferSupport: TransferSupport;
  status: TrunkStatus;
  createdAt: string;
};

/** Native extension mode as the API answers it: never with its password. */
export type ExtensionTrunk = Omit<
  ExtensionTrunkInput,
  'password' | 'username' | 'authId' | 'codecs' | 'port'
> &
  Answered & { username: string; authId: string };

/** How a PBX is registered on us now. Its texts come from the PBX. */
export type PbxRegistration = {
  /** where it wants to be reached, a SIP URI */
  contact: string;
  userAgent: string;
  /** the address that its REGISTER came from, as we see it */
  sourceAddress: string;
  /** when it ends unless the PBX refreshes it, ISO 8601 */
  expiresAt: string;
};

/** A SIP trunk as the API answers it: never with its password, except once (`TrunkCredentials`). */
export type SipTrunk = Omit<SipTrunkInput, 'password' | 'username' | 'codecs' | 'port'> &
  Answered & {
    username: string;
    /** where its PBX registers and calls, over the trunk's transport; null when nobody has said */
    registrar: { host: string; port: number } | null;
    /** null when none stands: also of a PBX that only sends calls */
    registration: PbxRegistration | null;
    passwordChangedAt: string;
    /** until when the password before this one is right too, ISO 8601; null when it is not any more */
    oldPasswordUntil: string | null;
  };

export type Trunk = ExtensionTrunk | SipTrunk;

/** The answer of making a SIP trunk and of rotating its password, which is in no other answer. */
export type TrunkCredentials = {
  /** null when it was given and not generated, or when there is none to enter (IP allowlist) */
  password: string | null;
  /** what to know about the old one, in words; empty when there is nothing */
  notice: string;
};
export type SipTrunkWithPassword = SipTrunk & TrunkCredentials;
