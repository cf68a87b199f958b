/** A trunk as its form holds it, and the way there and back. Pure. */
import type { PbxTypeEntry } from '../../../../controller/contract/guide.ts';
import {
  type ConnectionType,
  ExtensionTrunkInput,
  ExtensionTrunkPatch,
  type PbxType,
  SipTrunkInput,
  SipTrunkPatch,
  type Trunk,
} from '../../../../controller/contract/trunk.ts';
import { settingsOf } from '../../../../controller/contract/trunk-settings.ts';
import { type FieldErrors, schemaErrors } from '../../forms/field-errors.ts';

/** One shape for both connection types: what a type does not have is not sent. */
export type TrunkValues = {
  connectionType: ConnectionType;
  pbxType: PbxType;
  name: string;
  domain: string;
  port: number | '';
  transport: Trunk['transport'];
  tlsVerify: boolean;
  tlsCaPem: string;
  mediaEncryption: Trunk['mediaEncryption'];
  codecs: Trunk['codecs'];
  concurrentCallLimit: number | '';
  transferMode: Trunk['transferMode'];
  briefTarget: boolean;
  allowAnyExtension: boolean;
  allowOutsideTransfers: boolean;
  agentId: string | null;
  extension: string;
  username: string;
  authId: string;
  password: string;
  expirySeconds: number | '';
  authentication: 'credentials' | 'ip-allowlist' | 'both';
  allowedAddresses: string[];
};

export const newTrunkValues = (pbxType: PbxType, connectionType: ConnectionType): TrunkValues => ({
  connectionType,
  pbxType,
  name: '',
  domain: '',
  port: '',
  transport: 'udp',
  tlsVerify: true,
  tlsCaPem: '',
  mediaEncryption: 'off',
  codecs: ['PCMU', 'PCMA'],
  concurrentCallLimit: 10,
  transferMode: 'refer',
  briefTarget: false,
  allowAnyExtension: false,
  allowOutsideTransfers: false,
  agentId: null,
  extension: '',
  username: '',
  authId: '',
  password: '',
  expirySeconds: 600,
  authentication: 'credentials',
  allowedAddresses: [],
});

/** What choosing a PBX type fills in. */
export const presetValues = ({ defaults }: PbxTypeEntry): Partial<TrunkValues> => ({
  port: defaults.port,
  transport: defaults.transport,
  codecs: defaults.codecs,
  ...(defaults.expirySeconds === undefined ? {} : { expirySeconds: defaults.expirySeconds }),
});

export const valuesOf = (trunk: Trunk): TrunkValues => {
  const base = newTrunkValues(trunk.pbxType, trunk.connectionType);
  const common = {
    ...base,
    ...settingsOf(trunk),
    tlsCaPem: trunk.tlsCaPem ?? '',
  };
  if (trunk.connectionType === 'sip-trunk')
    return { ...common, authentication: trunk.authentication, allowedAddresses: trunk.allowedAddresses };
  return {
    ...common,
    extension: trunk.extension,
    // what is as it is by default is shown as blank, so that it follows when the extension is changed
    username: trunk.username === trunk.extension ? '' : trunk.username,
    authId: trunk.authId === trunk.username ? '' : trunk.authId,
    expirySeconds: trunk.expirySeconds,
  };
};

const given = (value: number | ''): number | undefined => (value === '' ? undefined : value);

const bodyOf = (values: TrunkValues): Record<string, unknown> => {
  const common = {
    connectionType: values.connectionType,
    ...settingsOf(values),
    port: given(values.port),
    tlsCaPem: values.tlsCaPem.trim() === '' ? null : values.tlsCaPem,
    concurrentCallLimit: given(values.concurrentCallLimit),
    username: values.username.trim(),
  };
  return values.connectionType === 'extension'
    ? {
        ...common,
        extension: values.extension.trim(),
        authId: values.authId.trim(),
        password: values.password,
        expirySeconds: given(values.expirySeconds),
      }
    : {
        ...common,
        authentication: values.authentication,
        allowedAddresses: values.authentication === 'credentials' ? [] : values.allowedAddresses,
      };
};

/** The body of POST /trunks. */
export const inputOf = (values: TrunkValues): Record<string, unknown> => ({
  ...bodyOf(values),
  password: values.password,
});
/** The body of PATCH /trunks/:trunkId. */
export const patchOf = bodyOf;

export const inputErrors = (values: TrunkValues): FieldErrors =>
  schemaErrors(values.connectionType === 'extension' ? ExtensionTrunkInput : SipTrunkInput, inputOf(values));

export const patchErrors = (values: TrunkValues): FieldErrors =>
  schemaErrors(values.connectionType === 'extension' ? ExtensionTrunkPatch : SipTrunkPatch, patchOf(values));
