/**
 * What FreeSWITCH says about PBXes that register on us, from events and from its list, to types. A registration is kept
 * under its trunk's id (`sip-force-extension` in trunk-xml.ts). Texts stay as they came. It keeps no state.
 */
import { z } from 'zod';
import { domainOf } from './trunk-xml.ts';

/** To subscribe to, after CUSTOM. */
export const registrarSubclasses = [
  'sofia::register',
  'sofia::unregister',
  'sofia::expire',
  'sofia::register_attempt',
] as const;

/** `overTls`: of the profile for TLS. */
export type RegistrarEvent = { overTls: boolean } & (
  | {
      type: 'registered';
      trunkId: string;
      contact: string;
      userAgent: string;
      sourceAddress: string;
      expirySeconds: number;
    }
  | { type: 'unregistered'; trunkId: string }
  | { type: 'expired'; trunkId: string }
  /** a REGISTER or INVITE with credentials that were not accepted */
  | { type: 'rejected'; username: string; sourceAddress: string }
);

/** The profile for TLS beside the one for all else. */
export const tlsProfileOf = (profile: string): string => `${profile}-tls`;

const Text = z
  .union([z.string(), z.array(z.string()).transform((values) => values[0] ?? '')])
  .transform((text) => text.slice(0, 1024));
const OptionalText = Text.optional().transform((text) => text ?? '');
const TrunkId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
const Seconds = z.coerce.number().int().min(0).max(10_000_000);

const Name = z.object({ 'Event-Subclass': z.string(), 'profile-name': OptionalText });
const Registered = z.object({
  'from-user': TrunkId,
  contact: OptionalText,
  'user-agent': OptionalText,
  'network-ip': OptionalText,
  expires: Seconds,
});
const Unregistered = z.object({ 'from-user': TrunkId });
const Expired = z.object({ user: TrunkId });
const Attempt = z.object({ 'auth-result': OptionalText, username: OptionalText, 'network-ip': OptionalText });

/** The URI of a Contact as sofia writes it: `"display" <sip:…;fs_nat=yes;fs_path=…>`, without sofia's own parameters. */
export const contactUri = (contact: string): string =>
  (/<([^>]*)>/.exec(contact)?.[1] ?? contact).replace(/;(?:fs_[a-z]+|received)=[^;]*/g, '').slice(0, 256);

/** null: an event that means nothing here. Throws a ZodError for one that ought to and is malformed. */
export const parseRegistrarEvent = (event: unknown, profile: string): RegistrarEvent | null => {
  const name = Name.safeParse(event).data;
  const overTls = name?.['profile-name'] === tlsProfileOf(profile);
  if (name === undefined || !(overTls || name['profile-name'] === profile)) return null;
  switch (name['Event-Subclass']) {
    case 'sofia::register': {
      const fields = Registered.parse(event);
      return {
        type: 'registered',
        overTls,
        trunkId: fields['from-user'],
        contact: contactUri(fields.contact),
        userAgent: fields['user-agent'].slice(0, 256),
        sourceAddress: fields['network-ip'],
        expirySeconds: fields.expires,
      };
    }
    case 'sofia::unregister':
      return { type: 'unregistered', overTls, trunkId: Unregistered.parse(event)['from-user'] };
    case 'sofia::expire':
      return { type: 'expired', overTls, trunkId: Expired.parse(event).user };
    case 'sofia::register_attempt': {
      const fields = Attempt.parse(event);
      if (fields['auth-result'] !== 'FORBIDDEN') return null;
      return { type: 'rejected', overTls, username: fields.username, sourceAddress: fields['network-ip'] };
    }
    default:
      return null;
  }
};

const Rows = z.object({ rows: z.array(z.unknown()).optional() });
const Row = z.object({
  reg_user: TrunkId,
  realm: z.enum([domainOf(false), domainOf(true)]),
  url: OptionalText,
  expires: z.coerce.number().int().min(0),
  network_ip: OptionalText,
});

export type StandingRegistration = {
  trunkId: string;
  overTls: boolean;
  contact: string;
  sourceAddress: string;
  expiresAt: Date;
};

/** The answer to `show registrations as json`; others than ours are left out. */
export const parseRegistrations = (json: string): StandingRegistration[] =>
  (Rows.parse(JSON.parse(json)).rows ?? []).flatMap((raw) => {
    const row = Row.safeParse(raw).data;
    if (row === undefined) return [];
    return [
      {
        trunkId: row.reg_user,
        overTls: row.realm === domainOf(true),
        contact: contactUri(row.url.replace(/^sofia\/[^/]*\//, '')),
        sourceAddress: row.network_ip,
        expiresAt: new Date(row.expires * 1000),
      },
    ];
  });
