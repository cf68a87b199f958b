/**
 * The guide of a trunk in native extension mode: what to set on the PBX, with this trunk's values and that PBX's menu
 * names. It never sees a password, and does not know who asks.
 */
import type { Guide } from '../contract/guide.ts';
import type { PhoneNumberBinding } from '../contract/number.ts';
import type { ExtensionTrunk } from '../contract/trunk.ts';
import { escapeAsteriskConf } from '../render.ts';
import { parseGuide } from './guide-markdown.ts';
import { type GuideModel, GuideTemplates } from './guide-templates.ts';
import { presetOf } from './presets.ts';

/** The trunk without its password: what goes in here may come out. */
export type GuideSubject = Pick<
  ExtensionTrunk,
  | 'name'
  | 'pbxType'
  | 'domain'
  | 'port'
  | 'transport'
  | 'extension'
  | 'username'
  | 'authId'
  | 'codecs'
  | 'expirySeconds'
  | 'concurrentCallLimit'
  | 'active'
> & {
  /** left out = checked against the public authorities, and off */
  encryption?: Pick<ExtensionTrunk, 'tlsVerify' | 'tlsCaPem' | 'mediaEncryption'>;
  numbers: readonly Pick<PhoneNumberBinding, 'number' | 'label'>[];
  /** null = no agent is linked yet */
  agentName: string | null;
};

/** More numbers than this make a guide hard to read; how many are left out is said. */
export const numbersShown = 20;

export class Guides {
  readonly #templates = new GuideTemplates({ connectionType: 'extension' });

  markdown(subject: GuideSubject): string {
    return this.#templates.markdown(subject.pbxType, modelOf(subject));
  }

  guide(subject: GuideSubject): Guide {
    return parseGuide(this.markdown(subject));
  }
}

/** Field by field, so that nothing that is added to a trunk comes out by itself. */
function modelOf(subject: GuideSubject): GuideModel {
  const { codecs, numbers } = subject;
  return {
    name: subject.name,
    pbx: presetOf(subject.pbxType, 'extension').label,
    domain: subject.domain,
    port: subject.port,
    transport: subject.transport.toUpperCase(),
    transportParameter: subject.transport,
    extension: subject.extension,
    ...encryptionOf(subject),
    username: subject.username,
    authId: subject.authId,
    ownAuthId: subject.authId !== subject.username,
    plainAccount: subject.username === subject.extension && subject.authId === subject.extension,
    codecs: codecs.map((codec) => codecNames[codec]).join(', then '),
    asterisk: {
      username: inAsteriskFile(subject.username),
      authId: inAsteriskFile(subject.authId),
      codecs: codecs.map((codec) => asteriskCodecs[codec]).join(','),
    },
    expirySeconds: subject.expirySeconds,
    limit: subject.concurrentCallLimit,
    severalCalls: subject.concurrentCallLimit > 1,
    active: subject.active,
    numbers: numbers.slice(0, numbersShown).map(({ number, label }) => ({ number: `+${number}`, label })),
    anyNumbers: numbers.length > 0,
    anyMore: numbers.length > numbersShown,
    moreNumbers: Math.max(0, numbers.length - numbersShown),
    agentName: subject.agentName ?? '',
    linked: subject.agentName !== null,
  };
}

function encryptionOf({ transport, encryption }: GuideSubject) {
  const { tlsVerify = true, tlsCaPem = null, mediaEncryption = 'off' } = encryption ?? {};
  const tls = transport === 'tls';
  const srtp = mediaEncryption !== 'off';
  return { tls, tlsVerify, tlsPrivate: tlsCaPem !== null, srtp, mediaEncryption, encrypted: tls || srtp };
}

export const codecNames = {
  PCMU: 'G.711 u-law (PCMU)',
  PCMA: 'G.711 A-law (PCMA)',
  G722: 'G.722',
  OPUS: 'Opus',
} as const;
/** Asterisk's own words, as `allow` takes them (main/codec_builtin.c). */
export const asteriskCodecs = { PCMU: 'ulaw', PCMA: 'alaw', G722: 'g722', OPUS: 'opus' } as const;

/** As it is typed into pjsip.conf; a name that the file cannot carry is shown as it is, and the guide's reader decides. */
function inAsteriskFile(text: string): string {
  try {
    return escapeAsteriskConf(text);
  } catch {
    return text;
  }
}
