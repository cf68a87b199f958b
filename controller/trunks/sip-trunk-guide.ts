/**
 * The guide of a SIP trunk: what to set on the PBX so that it registers on us, or calls us, with this trunk's values and
 * that PBX's menu names. It never sees a password, and does not know who asks.
 */
import type { CertificateDetails } from '../contract/certificate.ts';
import { defaultPort } from '../contract/encryption.ts';
import type { Guide } from '../contract/guide.ts';
import type { PhoneNumberBinding } from '../contract/number.ts';
import type { SipTrunk } from '../contract/trunk.ts';
import { asteriskCodecs, codecNames, numbersShown } from './guide.ts';
import { parseGuide } from './guide-markdown.ts';
import { type GuideModel, GuideTemplates } from './guide-templates.ts';
import { presetOf } from './presets.ts';
import { dayOf } from './tls-words.ts';

/** Where PBXes reach us to register and to call: over UDP and TCP, and over TLS. */
export type RegistrarAddress = { host: string; port: number; tlsPort: number };

/** Where the PBX of one trunk goes. */
export const registrarFor = (
  { transport }: Pick<SipTrunk, 'transport'>,
  registrar: RegistrarAddress | null,
): { host: string; port: number } | null =>
  registrar && { host: registrar.host, port: transport === 'tls' ? registrar.tlsPort : registrar.port };

/** The trunk without its password: what goes in here may come out. */
export type SipTrunkGuideSubject = Pick<
  SipTrunk,
  | 'name'
  | 'pbxType'
  | 'domain'
  | 'port'
  | 'transport'
  | 'mediaEncryption'
  | 'authentication'
  | 'allowedAddresses'
  | 'username'
  | 'codecs'
  | 'concurrentCallLimit'
  | 'active'
> & {
  /** where PBXes reach us; null when nobody has said */
  registrar: RegistrarAddress | null;
  /** our own; null when it cannot be used. Without meaning but for TLS. */
  certificate: CertificateDetails | null;
  /** `agentName`: who answers it */
  numbers: readonly (Pick<PhoneNumberBinding, 'number' | 'label'> & { agentName: string | null })[];
  /** null = no agent is linked yet */
  agentName: string | null;
};

export class SipTrunkGuides {
  readonly #templates = new GuideTemplates({ connectionType: 'sip-trunk' });

  markdown(subject: SipTrunkGuideSubject): string {
    return this.#templates.markdown(subject.pbxType, modelOf(subject));
  }

  guide(subject: SipTrunkGuideSubject): Guide {
    return parseGuide(this.markdown(subject));
  }
}

function encryptionOf({ transport, mediaEncryption, certificate }: SipTrunkGuideSubject) {
  return {
    tls: transport === 'tls',
    srtp: mediaEncryption !== 'off',
    srtpRequired: mediaEncryption === 'required',
    mediaEncryption,
    certificateKnown: certificate !== null,
    certificateIsSelfSigned: certificate?.isSelfSigned ?? false,
    certificateIssuer: certificate?.issuer ?? '',
    certificateNames: (certificate?.names ?? []).slice(0, 6).join(', '),
    certificateUntil: certificate === null ? '' : dayOf(certificate.validUntil),
    certificateFingerprint: certificate?.fingerprint ?? '',
    certificateDoesNotFit: certificate?.fitsRegistrar === false,
  };
}

/** Addresses that only this machine itself can reach. */
const isLoopback = (host: string): boolean => /^(?:127\.[0-9.]+|localhost|\[?::1\]?)$/.test(host);

const authenticationLabels = {
  credentials: 'Credentials',
  'ip-allowlist': 'IP allowlist',
  both: 'Credentials and IP allowlist',
} as const;

/** Field by field, so that nothing that is added to a trunk comes out by itself. */
function modelOf(subject: SipTrunkGuideSubject): GuideModel {
  const { authentication, codecs, numbers, agentName } = subject;
  const registrar = registrarFor(subject, subject.registrar);
  const usesCredentials = authentication !== 'ip-allowlist';
  return {
    name: subject.name,
    pbx: presetOf(subject.pbxType, 'sip-trunk').label,
    domain: subject.domain,
    port: subject.port,
    transport: subject.transport.toUpperCase(),
    registrarKnown: registrar !== null,
    registrarIsLoopback: registrar !== null && isLoopback(registrar.host),
    registrarHost: registrar?.host ?? 'the address of Offhook',
    registrarPort: registrar?.port ?? defaultPort(subject.transport),
    ...encryptionOf(subject),
    username: subject.username,
    authenticationLabel: authenticationLabels[authentication],
    usesCredentials,
    // with credentials it may register or only call; registering is what every PBX can
    registers: usesCredentials,
    addresses: authentication === 'credentials' ? [] : subject.allowedAddresses,
    codecs: codecs.map((codec) => codecNames[codec]).join(', then '),
    asteriskCodecs: codecs.map((codec) => asteriskCodecs[codec]).join(','),
    limit: subject.concurrentCallLimit,
    active: subject.active,
    numbers: numbers.slice(0, numbersShown).map((one) => ({
      number: `+${one.number}`,
      label: one.label,
      agent: one.agentName ?? agentName ?? 'nobody yet',
    })),
    anyNumbers: numbers.length > 0,
    anyMore: numbers.length > numbersShown,
    moreNumbers: Math.max(0, numbers.length - numbersShown),
    agentName: agentName ?? '',
    linked: agentName !== null,
  };
}
