/**
 * What choosing a PBX type fills in on a new trunk. Words only: the menu names of each PBX are in its guide
 * (dialplan-templates/guides), and a trunk may be set otherwise at any time.
 */
import type { Transport } from '../contract/encryption.ts';
import type { ConnectionType, PbxTypeEntry } from '../contract/guide.ts';
import { defaultCodecs, PbxType } from '../contract/trunk.ts';

type Preset = {
  label: string;
  port: number;
  transport: Transport;
  expirySeconds: number;
  notes: string[];
};

/** 600 s lies inside what Asterisk (60 to 7200, res_pjsip) and so FreePBX accept, and keeps most NAT tables fresh. */
const usual = { port: 5060, transport: 'udp', expirySeconds: 600 } as const;

const presets: Readonly<Record<ConnectionType, Readonly<Record<PbxType, Preset>>>> = {
  'native-extension': {
    '3cx': {
      ...usual,
      label: '3CX',
      notes: [
        'The Authentication ID is not the extension number: enter the one that 3CX shows.',
        'G.711 A-law first, then u-law.',
      ],
    },
    yeastar: {
      ...usual,
      label: 'Yeastar',
      notes: [
        'The Registration Name of an extension is random by default: enter it as the authentication ID.',
        'Registering from outside the PBX’s network is off by default (Allow Remote Registration).',
      ],
    },
    freepbx: {
      ...usual,
      label: 'FreePBX',
      notes: [
        'Use an extension of the kind SIP [chan_pjsip]; its Secret is the password.',
        'Where chan_sip runs beside chan_pjsip one of them is not on port 5060: see Port to Listen On.',
      ],
    },
    asterisk: {
      ...usual,
      label: 'Asterisk',
      notes: ['An endpoint, an auth and an aor in pjsip.conf, and a line in extensions.conf.'],
    },
    grandstream: {
      ...usual,
      label: 'Grandstream',
      notes: ['Without an AuthID of its own, an extension authenticates with its number.'],
    },
    other: {
      ...usual,
      label: 'Other',
      notes: [
        'Any PBX that lets a SIP phone register: port, transport and codecs are those of RFC 3261 phones.',
      ],
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
    defaults: { port, transport, codecs, expirySeconds },
    notes: [...notes],
  };
};

/** In the order in which a form offers them. */
export const listPbxTypes = (connectionType: ConnectionType): PbxTypeEntry[] =>
  PbxType.options.map((pbxType) => presetOf(pbxType, connectionType));
