/**
 * What choosing a PBX type fills in on a new trunk. Words only: the menu names of each PBX are in its guide
 * (dialplan-templates/guides), and a trunk may be set otherwise at any time.
 */
import type { Transport } from '../contract/encryption.ts';
import type { PbxTypeEntry } from '../contract/guide.ts';
import { type ConnectionType, defaultCodecs, PbxType } from '../contract/trunk.ts';

type Preset = {
  label: string;
  port: number;
  transport: Transport;
  expirySeconds?: number;
  notes: string[];
};

/** 600 s lies inside what Asterisk (60 to 7200, res_pjsip) and so FreePBX accept, and keeps most NAT tables fresh. */
const extension = { port: 5060, transport: 'udp', expirySeconds: 600 } as const;

/** Where transfers go; how long a registration lasts is the PBX's to ask. */
const sipTrunk = { port: 5060, transport: 'udp' } as const;

const presets: Readonly<Record<ConnectionType, Readonly<Record<PbxType, Preset>>>> = {
  extension: {
    '3cx': {
      ...extension,
      label: '3CX',
      notes: [
        'The Authentication ID is not the extension number: enter the one that 3CX shows.',
        'G.711 A-law first, then u-law.',
      ],
    },
    yeastar: {
      ...extension,
      label: 'Yeastar',
      notes: [
        'The Registration Name of an extension is random by default: enter it as the authentication ID.',
        'Registering from outside the PBX’s network is off by default (Allow Remote Registration).',
      ],
    },
    freepbx: {
      ...extension,
      label: 'FreePBX',
      notes: [
        'Use an extension of the kind SIP [chan_pjsip]; its Secret is the password.',
        'Where chan_sip runs beside chan_pjsip one of them is not on port 5060: see Port to Listen On.',
      ],
    },
    asterisk: {
      ...extension,
      label: 'Asterisk',
      notes: ['An endpoint, an auth and an aor in pjsip.conf, and a line in extensions.conf.'],
    },
    grandstream: {
      ...extension,
      label: 'Grandstream',
      notes: ['Without an AuthID of its own, an extension authenticates with its number.'],
    },
    other: {
      ...extension,
      label: 'Other',
      notes: [
        'Any PBX that lets a SIP phone register: port, transport and codecs are those of RFC 3261 phones.',
      ],
    },
  },
  'sip-trunk': {
    '3cx': {
      ...sipTrunk,
      label: '3CX',
      notes: [
        'A Generic VoIP Provider with Register/Account based authentication; editions that limit SIP trunks to an approved list (SMB Free) cannot use it.',
        'G.711 A-law first, then u-law.',
      ],
    },
    yeastar: {
      ...sipTrunk,
      label: 'Yeastar',
      notes: ['A SIP trunk of the type Register Trunk; a Peer Trunk for an IP allowlist.'],
    },
    freepbx: {
      ...sipTrunk,
      label: 'FreePBX',
      notes: ['A SIP (chan_pjsip) trunk with outbound authentication and registration.'],
    },
    asterisk: {
      ...sipTrunk,
      label: 'Asterisk',
      notes: [
        'A registration, an auth, an aor and an endpoint in pjsip.conf, and a line in extensions.conf.',
      ],
    },
    grandstream: {
      ...sipTrunk,
      label: 'Grandstream',
      notes: ['A VoIP trunk of the type Register SIP Trunk; a Peer SIP Trunk for an IP allowlist.'],
    },
    other: {
      ...sipTrunk,
      label: 'Other',
      notes: ['Any PBX that can register a SIP trunk (RFC 3261), or send its calls from a fixed address.'],
    },
  },
};

export const presetOf = (pbxType: PbxType, connectionType: ConnectionType): PbxTypeEntry => {
  const { label, notes, port, transport, expirySeconds } = presets[connectionType][pbxType];
  const codecs = defaultCodecs(pbxType);
  return {
    pbxType,
    label,
    connectionType,
    defaults: { port, transport, codecs, ...(expirySeconds === undefined ? {} : { expirySeconds }) },
    notes: [...notes],
  };
};

/** In the order in which a form offers them. */
export const listPbxTypes = (connectionType: ConnectionType): PbxTypeEntry[] =>
  PbxType.options.map((pbxType) => presetOf(pbxType, connectionType));
